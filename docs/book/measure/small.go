package measure

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"inkstone/graph"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
)

// imageCounts are the numbers of training images of the scaling curves.
var imageCounts = []int{100, 300, 1000, 3000, 10000, 50000}

// scaling trains networks of several widths on several numbers of images, for about 780 steps each.
func scaling(ctx context.Context, e *Env) (*Result, error) {
	const runs = 3
	cells := len(widths) * len(imageCounts)
	wrong := make([][]float64, cells)
	for i := range wrong {
		wrong[i] = make([]float64, runs)
	}
	err := parallel(cells*runs, func(i int) error {
		cell, seed := i/runs, uint64(i%runs+1)
		w, n := widths[len(widths)-1-cell/len(imageCounts)], imageCounts[cell%len(imageCounts)] // the slowest first
		set := e.Training
		if n < set.Len() {
			var err error
			if set, err = e.Training.PerClass(n/10, seed); err != nil {
				return err
			}
		}
		v, err := fitted(ctx, width(w), set, e.Validation, plain(set.Len(), 780, seed))
		wrong[cell][i%runs] = 100 - v
		return err
	})
	if err != nil {
		return nil, err
	}
	r := &Result{}
	for cell, errors := range wrong {
		w, n := widths[len(widths)-1-cell/len(imageCounts)], imageCounts[cell%len(imageCounts)]
		r.add(fmt.Sprintf("error.%d.%d", w, n), 0.3, errors...)
		e.Log("width %d, %d images: errors %.2f %%", w, n, errors)
	}
	for _, w := range widths {
		m, err := train.NewModel(width(w), e.Training, 1)
		if err != nil {
			return nil, err
		}
		r.add(fmt.Sprintf("parameters.%d", w), 0, float64(m.Params.Count()))
	}
	return r, nil
}

// distill trains a small network alone and on the answers of a large one.
func distill(ctx context.Context, e *Env) (*Result, error) {
	dir, err := os.MkdirTemp("", "book")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "teacher.safetensors")
	teacher, err := fit(ctx, width(32), e.Training, plain(e.Training.Len(), 2340, 1))
	if err != nil {
		return nil, err
	}
	if err := teacher.Save(path); err != nil {
		return nil, err
	}
	r := &Result{}
	v, err := percent(ctx, teacher, e.Validation)
	if err != nil {
		return nil, err
	}
	r.add("teacher", 0.2, v)
	const runs = 5
	alone, taught, gain := make([]float64, runs), make([]float64, runs), make([]float64, runs)
	err = parallel(2*runs, func(i int) error {
		c, scores := plain(e.Training.Len(), 2340, uint64(i/2+1)), alone
		if i%2 == 1 {
			c.Teacher, c.TeacherWeight, c.Temperature = path, 0.9, 4
			scores = taught
		}
		v, err := fitted(ctx, width(2), e.Training, e.Validation, c)
		scores[i/2] = v
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range gain {
		gain[i] = taught[i] - alone[i]
	}
	r.add("alone", 0.3, alone...)
	r.add("taught", 0.3, taught...)
	r.add("gain", 0.3, gain...)
	return r, nil
}

// quantize rounds the weights of a trained network to a few bits.
func quantize(ctx context.Context, e *Env) (*Result, error) {
	m, v, err := fitFast(ctx, e)
	if err != nil {
		return nil, err
	}
	r := &Result{}
	r.add("float32", 0.2, v)
	original := map[string][]float32{}
	for _, p := range weights(m) {
		original[p.Name()] = p.Portable()
	}
	for bits := 8; bits >= 2; bits-- {
		for _, p := range weights(m) {
			if err := p.SetPortable(p.PortableShape(), quantized(original[p.Name()], p.PortableShape()[0], bits)); err != nil {
				return nil, err
			}
		}
		if v, err = percent(ctx, m, e.Validation); err != nil {
			return nil, err
		}
		slack := 0.2
		if bits < 4 {
			slack = 5
		}
		r.add(fmt.Sprintf("bits.%d", bits), slack, v)
		e.Log("%d bits: %.2f %%", bits, v)
	}
	return r, nil
}

// quantized rounds the weights of each output to multiples of its scale, from -(2^(bits-1)-1) to
// 2^(bits-1)-1 times the scale.
func quantized(values []float32, outputs, bits int) []float32 {
	out := make([]float32, len(values))
	size := len(values) / outputs
	levels := float64(int(1)<<(bits-1) - 1)
	for start := 0; start < len(values); start += size {
		var largest float64
		for _, v := range values[start : start+size] {
			largest = max(largest, math.Abs(float64(v)))
		}
		scale := largest / levels
		for i := start; i < start+size && scale > 0; i++ {
			out[i] = float32(math.Round(float64(values[i])/scale) * scale)
		}
	}
	return out
}

// strengths are the largest changes of a pixel, from 0 to 1, in the experiment adversarial.
var strengths = []float64{0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3}

// adversarial changes each pixel by a fixed amount, in the direction that raises the loss and in a
// random direction: the fast gradient sign method of Goodfellow et al., arXiv:1412.6572.
func adversarial(ctx context.Context, e *Env) (*Result, error) {
	r := &Result{}
	few, err := e.Validation.PerClass(100, 1)
	if err != nil {
		return nil, err
	}
	for _, preset := range []string{"fast", "book-linear"} {
		c, _ := train.Recipe("fast")
		c.Workers = 1
		if preset == "book-linear" {
			c.Optimizer.LearningRate = 0.002
		}
		m, err := fit(ctx, preset, e.Training, c)
		if err != nil {
			return nil, err
		}
		for _, strength := range strengths {
			for _, kind := range []string{"sign", "random"} {
				images, err := attack(m, few, strength, kind == "random")
				if err != nil {
					return nil, err
				}
				v, err := percent(ctx, m, images)
				if err != nil {
					return nil, err
				}
				r.add(fmt.Sprintf("%s.%s.%g", preset, kind, strength), 8, v)
				e.Log("%s, %s, %g: %.2f %%", preset, kind, strength, v)
			}
		}
		if preset == "fast" {
			one, err := data.New("digit", "a program", 28, 28, e.Training.Classes(), exampleDigit(), []byte{7})
			if err != nil {
				return nil, err
			}
			changed, err := attack(m, one, 0.2, false)
			if err != nil {
				return nil, err
			}
			for name, set := range map[string]*data.Set{"before": one, "after": changed} {
				report, err := train.Evaluate(ctx, m, set, 1)
				if err != nil {
					return nil, err
				}
				p := report.Predictions
				r.list("image."+name, bytesToList(set.Pixels(0)))
				r.add("answer."+name, 9, float64(p.Predicted[0]))
				r.add("probability."+name, 100, 100*slices.Max(p.Image(0)))
			}
		}
	}
	return r, nil
}

// attack returns images in which each pixel has changed by strength.
func attack(m *model.Model, set *data.Set, strength float64, random bool) (*data.Set, error) {
	const batch = 50
	size := min(batch, set.Len())
	g, err := graph.NewImageGradients(m.Params, m.Net(), m.Config(size, 1))
	if err != nil {
		return nil, err
	}
	defer g.Close()
	classes, n := len(m.Classes), m.Height*m.Width
	normalize := m.Normalizer()
	source := rand.New(rand.NewPCG(1, 0))
	var pixels, labels []byte
	for start := 0; start+size <= set.Len(); start += size {
		input := g.Input().Data().([]float32)
		for i := range size {
			normalize(input[i*n:(i+1)*n], set.Pixels(start+i))
		}
		w := g.Weights().Data().([]float32)
		clear(w)
		if err := g.Run(); err != nil {
			return nil, err
		}
		for i := range size { // the gradient of the loss with respect to the logits: softmax minus one-hot
			logits := g.Logits().Data().([]float32)[i*classes : (i+1)*classes]
			copy(w[i*classes:], softmaxMinus(logits, set.Label(start+i)))
		}
		if err := g.Run(); err != nil {
			return nil, err
		}
		gradient := g.Gradient().Data().([]float32)
		for i := range size {
			for j, p := range set.Pixels(start + i) {
				d := float64(gradient[i*n+j])
				if random {
					d = source.Float64() - 0.5
				}
				if d != 0 {
					d = math.Copysign(strength, d)
				}
				pixels = append(pixels, byte(math.Round(255*min(1, max(0, float64(p)/255+d)))))
			}
			labels = append(labels, byte(set.Label(start+i)))
		}
	}
	return data.New(set.Name(), "changed by a program", m.Height, m.Width, set.Classes(), pixels, labels)
}

// softmaxMinus returns the softmax of the logits less 1 at the label.
func softmaxMinus(logits []float32, label int) []float32 {
	out := make([]float32, len(logits))
	largest := slices.Max(logits)
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v - largest))
	}
	for k, v := range logits {
		out[k] = float32(math.Exp(float64(v-largest)) / sum)
	}
	out[label]--
	return out
}
