package measure

import (
	"context"
	"math"

	"inkstone/train/data"
)

// describeMNIST counts what MNIST holds.
func describeMNIST(_ context.Context, e *Env) (*Result, error) {
	r := &Result{}
	sets := []*data.Set{e.Training, e.Validation}
	counts := make([]float64, 10)
	var ink, pixels, sum float64
	for _, s := range sets {
		for i := range s.Len() {
			counts[s.Label(i)]++
			for _, p := range s.Pixels(i) {
				if p > 0 {
					ink++
				}
				sum += float64(p)
			}
			pixels += float64(len(s.Pixels(i)))
		}
	}
	mean := sum / pixels / 255
	var squares float64
	for _, s := range sets {
		for i := range s.Len() {
			for _, p := range s.Pixels(i) {
				d := float64(p)/255 - mean
				squares += d * d
			}
		}
	}
	smallest, largest := 0, 0
	for class, n := range counts {
		if n < counts[smallest] {
			smallest = class
		}
		if n > counts[largest] {
			largest = class
		}
	}
	r.add("training", 0, float64(e.Training.Len()+e.Validation.Len()))
	r.add("test", 0, float64(e.Test.Len()))
	var high float64
	for _, n := range e.Test.Counts()[5:] {
		high += float64(n)
	}
	r.add("test.high", 0, high) // test images of the digits 5 to 9
	r.add("ink", 0, 100*ink/pixels)
	r.add("mean", 0, mean)
	r.add("std", 0, math.Sqrt(squares/pixels))
	r.add("rarest", 0, float64(smallest))
	r.add("rarest.count", 0, counts[smallest])
	r.add("commonest", 0, float64(largest))
	r.add("commonest.count", 0, counts[largest])
	r.list("counts", counts)
	return r, nil
}

// baselines measures simple classifiers beside a convolutional one, on the validation images.
func baselines(ctx context.Context, e *Env) (*Result, error) {
	r := &Result{}
	r.add("means", 0, 100*nearest(means(e.Training), e.Validation))
	presets := []string{"book-linear", "book-dense", width(16)}
	const runs = 3
	scores := make([]float64, len(presets)*runs)
	err := parallel(len(scores), func(i int) error {
		c := plain(e.Training.Len(), 1560, uint64(i%runs+1))
		if i/runs == 0 {
			c.Optimizer.LearningRate = 0.002
		}
		var err error
		scores[i], err = fitted(ctx, presets[i/runs], e.Training, e.Validation, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, preset := range presets {
		r.add(preset, 0.1, scores[i*runs:(i+1)*runs]...)
	}
	return r, nil
}

// means returns the mean image of each class.
func means(s *data.Set) [][]float64 {
	out := make([][]float64, len(s.Classes()))
	counts := s.Counts()
	for i := range s.Len() {
		c := s.Label(i)
		if out[c] == nil {
			out[c] = make([]float64, len(s.Pixels(i)))
		}
		for j, p := range s.Pixels(i) {
			out[c][j] += float64(p) / float64(counts[c])
		}
	}
	return out
}

// nearest returns the fraction of the images whose nearest reference is that of their class.
func nearest(references [][]float64, s *data.Set) float64 {
	right := 0
	for i := range s.Len() {
		best, least := 0, math.Inf(1)
		for c, ref := range references {
			var d float64
			for j, p := range s.Pixels(i) {
				d += (float64(p) - ref[j]) * (float64(p) - ref[j])
			}
			if d < least {
				best, least = c, d
			}
		}
		if best == s.Label(i) {
			right++
		}
	}
	return float64(right) / float64(s.Len())
}
