package train

import (
	"context"
	"errors"
	"fmt"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/augment"
)

// RobustnessImages is the usual number of images for [MeasureRobustness].
const RobustnessImages = 1000

// Robustness is the accuracy of a model on distorted images, by kind and amount of the
// distortion.
type Robustness struct {
	Images        int // number of images
	Height, Width int // of an image, in pixels
	Curves        []RobustnessCurve
}

// RobustnessCurve is the accuracy by the amount of one kind of distortion.
type RobustnessCurve struct {
	Distortion string // rotation, shift, thickness, blur or noise
	Unit       string
	Points     []RobustnessPoint // by increasing amount
}

// RobustnessPoint is the result on images that are distorted by one amount.
type RobustnessPoint struct {
	Amount   float64
	Errors   int
	Accuracy float64 // from 0 to 1
	Example  []byte  // the first image, distorted: Height x Width bytes (row, column)
}

// robustnessKinds lists the distortions and their amounts. The direction of a shift depends on
// the image: four images in a row are shifted in four directions.
var robustnessKinds = []struct {
	name, unit string
	amounts    []float64
	distortion func(amount float64, image int) augment.Distortion
}{
	{"rotation", "degrees", []float64{-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60},
		func(v float64, _ int) augment.Distortion { return augment.Distortion{Rotation: v} }},
	{"shift", "pixels", []float64{0, 1, 2, 3, 4, 5, 6},
		func(v float64, image int) augment.Distortion {
			return []augment.Distortion{{Right: v}, {Down: v}, {Right: -v}, {Down: -v}}[image%4]
		}},
	{"thickness", "pixels", []float64{-1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2},
		func(v float64, _ int) augment.Distortion { return augment.Distortion{Thickness: v} }},
	{"blur", "pixels", []float64{0, 0.5, 1, 1.5, 2, 2.5, 3},
		func(v float64, _ int) augment.Distortion { return augment.Distortion{Blur: v} }},
	{"noise", "of the ink", []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6},
		func(v float64, _ int) augment.Distortion { return augment.Distortion{Noise: v} }},
}

// RobustnessSteps returns the number of evaluations of [MeasureRobustness].
func RobustnessSteps() int {
	steps := 0
	for _, k := range robustnessKinds {
		steps += len(k.amounts)
	}
	return steps
}

// MeasureRobustness returns the accuracy of a model on the images of a set after rotation, shift,
// change of the width of strokes, blur and noise. It matches classes by name, as [Evaluate] does.
// The noise of an image depends on its index in the set. workers is the number of goroutines of an
// operation, or 0 for one per processor. It does not change the result. If done is not nil, it is
// called after each of [RobustnessSteps] evaluations.
//
// Hendrycks and Dietterich, "Benchmarking neural network robustness to common corruptions and
// perturbations", ICLR 2019, measure robustness in this way. The errors are those of [Evaluate];
// images with a side below 7 pixels are refused too.
func MeasureRobustness(ctx context.Context, m *model.Model, set *data.Set, workers int, done func()) (*Robustness, error) {
	if err := checkCall(ctx, m); err != nil {
		return nil, fmt.Errorf("robustness: %w", err)
	}
	set, err := fitEvaluation(m, set)
	if err != nil {
		return nil, fmt.Errorf("robustness: %w", err)
	}
	c, err := m.Classifier(min(evaluationBatch, set.Len()), workers)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r := &Robustness{Images: set.Len(), Height: set.Height(), Width: set.Width()}
	for _, kind := range robustnessKinds {
		curve := RobustnessCurve{Distortion: kind.name, Unit: kind.unit}
		for _, amount := range kind.amounts {
			d, err := newDistorter(set, func(image int) augment.Distortion { return kind.distortion(amount, image) })
			if err != nil {
				return nil, fmt.Errorf("robustness: %w", err)
			}
			score, err := evaluate(ctx, set, c.Batch(), d.scorer(c), nil)
			if err = errors.Join(err, d.err); err != nil {
				return nil, err
			}
			curve.Points = append(curve.Points, RobustnessPoint{Amount: amount, Errors: score.Errors, Accuracy: score.Accuracy, Example: d.example})
			if done != nil {
				done()
			}
		}
		r.Curves = append(r.Curves, curve)
	}
	return r, nil
}

// distorter distorts the images of a set.
type distorter struct {
	set     *data.Set
	fixed   [4]*augment.Fixed // of image i: the one with index i%4
	buffer  []byte            // a batch of images
	example []byte            // the first image, distorted
	err     error
}

func newDistorter(set *data.Set, distortion func(image int) augment.Distortion) (*distorter, error) {
	d := &distorter{set: set, buffer: make([]byte, evaluationBatch*set.Height()*set.Width())}
	for i := range d.fixed {
		var err error
		if d.fixed[i], err = distortion(i).New(set.Height(), set.Width()); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// scorer returns the scorer of the distorted images.
func (d *distorter) scorer(c classifier) scorer {
	size := d.set.Height() * d.set.Width()
	return func(start, n int) ([]float32, error) {
		return c.Logits(n, func(i int) []byte {
			image := start + i
			out := d.buffer[i*size : (i+1)*size]
			if err := d.fixed[image%len(d.fixed)].Apply(out, d.set.Pixels(image), uint64(image)); err != nil {
				d.err = err
			}
			if image == 0 {
				d.example = append([]byte(nil), out...)
			}
			return out
		})
	}
}
