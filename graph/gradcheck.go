package graph

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"inkstone/internal/random"
)

// CheckGradients compares the derivatives of a network's loss by its parameters with
// central finite differences, for tests of layers and operations of one's own. It
// trains nothing: it makes parameters in float64 and one batch of random images, and
// looks at up to ten elements of each parameter. Only what lies above a parameter is
// checked, so put a layer with one below an operation.
//
// A difference is refused if it is more than 1e-6 of the larger of 1 and the derivative;
// with steps of 1e-5 rounding leaves some 1e-9. Where a unit sits just at the corner of a
// ReLU or a maximum the differences are wrong; another batch size moves it.
func CheckGradients(net Net, cfg Config) error {
	const h, tolerance, most = 1e-5, 1e-6, 10
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
			return fmt.Errorf("the derivative by %s: %w", name, err)
		}
		gradients[name] = append([]float64(nil), g.(*tensor.Dense).Data().([]float64)...)
	}
	for _, node := range s.builder.learned {
		name := node.Name()
		w := params.Get(name).value.Data().([]float64)
		for k := range min(most, len(w)) {
			i := k * len(w) / min(most, len(w))
			var loss [2]float64
			old := w[i]
			for side, to := range []float64{old + h, old - h} {
				w[i] = to
				if loss[side], err = s.Step(cfg.Batch, 0); err != nil {
					return err
				}
			}
			w[i] = old
			got, want := gradients[name][i], (loss[0]-loss[1])/(2*h)
			if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
				return fmt.Errorf("the derivative by %s[%d] is %.8g, finite differences give %.8g: a Backward above it is wrong", name, i, got, want)
			}
		}
	}
	return nil
}
