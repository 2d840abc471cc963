package code

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

// Small is a convolutional network for images of 6 x 6 pixels and three classes: a convolution with
// one kernel of 3 x 3, ReLU, max-pooling by 2, and a dense layer.
type Small struct {
	Kernel Matrix  // 3 x 3
	Bias   float64 // of the convolution
	Dense  Layer   // from 4 values to 3 logits
}

// NewSmall returns the network of the book, with round numbers as its parameters.
func NewSmall() *Small {
	return &Small{
		Kernel: Matrix{{0.5, -0.3, 0.2}, {0.1, 0.4, -0.6}, {-0.2, 0.3, 0.7}},
		Bias:   0.1,
		Dense: Layer{
			W: Matrix{{0.3, -0.2, 0.5, 0.1}, {-0.4, 0.6, 0.2, -0.3}, {0.2, 0.1, -0.5, 0.4}},
			B: []float64{0.05, -0.1, 0.2},
			F: Identity,
		},
	}
}

// SmallImage returns the image of the book for [Small]: a stroke like that of a seven.
func SmallImage() Matrix {
	return Matrix{
		{0, 0, 0, 0, 0, 0},
		{0, 0.9, 1, 1, 0.8, 0},
		{0, 0, 0.1, 0.6, 0.7, 0},
		{0, 0, 0.3, 0.9, 0.1, 0},
		{0, 0.2, 0.8, 0.2, 0, 0},
		{0, 0, 0, 0, 0, 0},
	}
}

// values of the forward pass that the backward pass needs.
type forward struct{ z, a Matrix }

func (s *Small) forward(x Matrix) (logits []float64, f forward) {
	f.z = Conv(x, s.Kernel, 1)
	f.a = NewMatrix(f.z.Rows(), f.z.Columns())
	for i := range f.z {
		for j := range f.z[i] {
			f.z[i][j] += s.Bias
			f.a[i][j] = ReLU.Value(f.z[i][j])
		}
	}
	return s.Dense.Forward(MaxPool(f.a, 2, 2).Flatten()), f
}

// Logits returns the logits of an image.
func (s *Small) Logits(x Matrix) []float64 {
	logits, _ := s.forward(x)
	return logits
}

// Loss returns the cross-entropy of an image.
func (s *Small) Loss(x Matrix, label int) float64 {
	return CrossEntropy(Softmax(s.Logits(x)), label)
}

// ByHand returns the gradient of the loss with respect to each parameter, by the formulas of the book.
func (s *Small) ByHand(x Matrix, label int) *Small {
	logits, f := s.forward(x)
	g := &Small{}
	dw, db, dpooled := s.Dense.Backward(CrossEntropyGradient(logits, label))
	g.Dense = Layer{W: dw, B: db}
	da := MaxPoolBackward(f.a, Matrix{dpooled[:2], dpooled[2:]}, 2, 2)
	for i := range da {
		for j := range da[i] {
			da[i][j] *= ReLU.Slope(f.z[i][j]) // now the gradient with respect to z
			g.Bias += da[i][j]
		}
	}
	_, g.Kernel = ConvBackward(x, s.Kernel, da, 1)
	return g
}

// Parameters returns the address of each parameter: kernel, bias, weights, biases.
func (s *Small) Parameters() []*float64 {
	var all []*float64
	for _, row := range s.Kernel {
		for i := range row {
			all = append(all, &row[i])
		}
	}
	all = append(all, &s.Bias)
	for _, row := range s.Dense.W {
		for i := range row {
			all = append(all, &row[i])
		}
	}
	for i := range s.Dense.B {
		all = append(all, &s.Dense.B[i])
	}
	return all
}

// ByDifferences returns the gradient with respect to each of the parameters by central differences: the
// loss is computed twice for each of them.
func ByDifferences(loss func() float64, parameters []*float64, step float64) []float64 {
	gradient := make([]float64, len(parameters))
	for i, p := range parameters {
		old := *p
		*p = old + step
		above := loss()
		*p = old - step
		below := loss()
		*p = old
		gradient[i] = (above - below) / (2 * step)
	}
	return gradient
}

// SmallNet is the network of [Small] for package graph.
func SmallNet(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.MaxPool(b.ReLU(b.Conv("conv", x, 1, 3)), 2)
	return b.Dense("fc", b.Flatten(x), b.Classes())
}

// ByGraph returns the gradient with respect to each parameter as gorgonia's graph computes it.
func (s *Small) ByGraph(x Matrix, label int) ([]float64, error) {
	t, err := graph.NewTraining(graph.NewParams64(1), SmallNet, graph.Config{Batch: 1, Height: 6, Width: 6, Channels: 1, Classes: 3, Workers: 1})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	w := make([]float64, 0, 12)
	for input := range 4 { // package graph has the inputs of a dense layer as rows
		for output := range 3 {
			w = append(w, s.Dense.W[output][input])
		}
	}
	learned := t.Learned()
	for i, values := range [][]float64{s.Kernel.Flatten(), {s.Bias}, w, s.Dense.B} {
		copy(learned[i].Value().Data().([]float64), values)
	}
	copy(t.Input().Data().([]float64), x.Flatten())
	t.Labels()[0] = int32(label)
	if _, err := t.Step(1, 0); err != nil {
		return nil, err
	}
	var all []float64
	for i, p := range learned {
		g, err := p.Grad()
		if err != nil {
			return nil, fmt.Errorf("parameter %d: %w", i, err)
		}
		d := g.Data().([]float64)
		if i == 2 {
			for output := range 3 {
				for input := range 4 {
					all = append(all, d[input*3+output])
				}
			}
			continue
		}
		all = append(all, d...)
	}
	return all, nil
}
