package graph

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"inkstone/internal/random"
)

// CheckGradients compares the gradients of a network's loss with central finite
// differences, for tests of custom layers and operations. It creates float64 parameters and
// one batch of random images, and checks up to ten elements of each parameter. To test an
// operation, put a layer with parameters before it: the check covers only what is computed
// from a parameter.
//
// It refuses a difference of more than 1e-6, relative to the larger of 1 and the gradient.
// The step is 1e-5, which leaves a rounding error of about 1e-9. Finite differences are
// wrong where an input of a ReLU or a maximum is within a step of the kink; another batch
// size changes the inputs.
func CheckGradients(net Net, cfg Config) error {
	const h, tolerance, maxElements = 1e-5, 1e-6, 10
	params := NewParams64(1)
	s, err := NewTraining(params, net, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	normal(s.Input().Data().([]float64), 1, random.Parameter(1, "images"))
	for i := range s.labels {
		s.labels[i] = int32(i % cfg.Classes)
	}
	if _, err := s.Step(cfg.Batch, 0); err != nil {
		return err
	}
	gradients := map[string][]float64{}
	for i, vg := range s.Learned() {
		name := s.builder.learned[i].Name()
		g, err := vg.Grad()
		if err != nil {
			return fmt.Errorf("the gradient with respect to %s: %w", name, err)
		}
		gradients[name] = append([]float64(nil), g.(*tensor.Dense).Data().([]float64)...)
	}
	for _, node := range s.builder.learned {
		name := node.Name()
		w := params.Get(name).value.Data().([]float64)
		for k := range min(maxElements, len(w)) {
			i := k * len(w) / min(maxElements, len(w))
			var loss [2]float64
			old := w[i]
			for side, value := range []float64{old + h, old - h} {
				w[i] = value
				if loss[side], err = s.Step(cfg.Batch, 0); err != nil {
					return err
				}
			}
			w[i] = old
			got, want := gradients[name][i], (loss[0]-loss[1])/(2*h)
			if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
				return fmt.Errorf("the gradient with respect to %s[%d] is %.8g, finite differences give %.8g: the Backward of an operation after it is wrong", name, i, got, want)
			}
		}
	}
	return nil
}
