package graph

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ending completes a network: f works on the output of a convolution, of shape batch, 4, 4, 3.
func ending(f func(b *Builder, x *gorgonia.Node) *gorgonia.Node) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		y := f(b, b.Conv("conv1", x, 3, 3))
		if y.Dims() == 4 {
			y = b.Flatten(y)
		}
		return b.Dense("fc", y, b.Classes())
	}
}

var endingConfig = Config{Batch: 2, Height: 6, Width: 6, Channels: 1, Classes: 5}

// stockNets are networks with operations that are known to be wrong, and a part of the
// error that refuses them: the layer that stands in.
var stockNets = []struct {
	name string
	f    func(b *Builder, x *gorgonia.Node) *gorgonia.Node
	use  string
	eval bool // refused in evaluation too
}{
	{"mean along axis 2", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Mean(must(gorgonia.Mean(x, 2)), 1))
	}, "Builder.Mean", true},
	{"sum along axis 2", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Sum(must(gorgonia.Sum(x, 2)), 1))
	}, "Builder.Sum", true},
	{"max along axis 2", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Max(must(gorgonia.Max(x, 2)), 1))
	}, "Builder.Max", true},
	{"squeeze and excite", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		s := must(gorgonia.Sigmoid(b.Dense("se", b.GlobalAvgPool(x), 3)))
		s = must(gorgonia.Reshape(s, tensor.Shape{x.Shape()[0], 1, 1, 3}))
		return must(gorgonia.BroadcastHadamardProd(x, s, nil, []byte{1, 2}))
	}, "Builder.SqueezeExcite", false},
	{"scale of channels", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.BroadcastHadamardProd(x, b.Param("w", Ones, 1, 1, 1, 3), nil, []byte{0, 1, 2}))
	}, "Builder.Scale", false},
	{"inverse square root", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.InverseSqrt(b.Sigmoid(x)))
	}, "Builder.Apply", false},
	{"log2", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Log2(b.Sigmoid(x))) }, "Builder.Apply", false},
	{"dropout", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Dropout(x, 0.25)) }, "Builder.Dropout", true},
	{"batch norm", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		y := must(gorgonia.Transpose(x, 0, 3, 1, 2))
		y, _, _, _, err := gorgonia.BatchNorm(y, b.Param("bn.weight", Ones, 1, 3, 1, 1), b.Param("bn.bias", Zeros, 1, 3, 1, 1), 0.9, 1e-5)
		return must(y, err)
	}, "Builder.BatchNorm", true},
	{"random node", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Add(x, gorgonia.GaussianRandomNode(b.Graph(), tensor.Float32, 0, 1, x.Shape()...)))
	}, "Builder.Dropout", true},
	{"mean of the whole tensor", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Sub(x, must(gorgonia.Mean(x))))
	}, "Builder.Mean over the other axes", true},
	{"max over the batch", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.BroadcastSub(x, must(gorgonia.Max(x, 0)), nil, []byte{0}))
	}, "Builder.Max over the other axes", true},
	{"sum over the batch after a transpose", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		y := b.GlobalAvgPool(x)
		return must(gorgonia.BroadcastAdd(y, must(gorgonia.Sum(must(gorgonia.Transpose(y, 1, 0)), 1)), nil, []byte{0}))
	}, "Builder.Sum", true},
	{"softmax over the batch", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.SoftMax(x, 0)) }, "Builder.Softmax", true},
	{"average pooling", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.AveragePool2D(x, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	}, "Builder.AvgPool", false},
	{"max-pooling with four paddings", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.MaxPool2D(x, tensor.Shape{2, 2}, []int{1, 0, 0, 1}, []int{2, 2}))
	}, "Builder.MaxPool with Pad", true},
	{"square of a reshaped layer", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Square(must(gorgonia.Reshape(b.Tanh(x), tensor.Shape{x.Shape()[0], 48}))))
	}, "Builder.Flatten", false},
	{"sum of a reshaped parameter", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		w := must(gorgonia.Reshape(b.Param("w", Ones, 3, 1), tensor.Shape{3}))
		w = must(gorgonia.Add(w, must(gorgonia.Tanh(w))))
		return b.Mul(x, must(gorgonia.Reshape(w, tensor.Shape{1, 1, 1, 3})))
	}, "Builder.Flatten", true},
}

// TestWrongOperationsRefused checks that sessions refuse operations that are wrong, and name
// the operation, the layer before it, and what stands in.
func TestWrongOperationsRefused(t *testing.T) {
	for _, tc := range stockNets {
		t.Run(tc.name, func(t *testing.T) {
			_, err := NewTraining(NewParams(1), ending(tc.f), endingConfig)
			mustFail(t, err, "gorgonia's", "use ", tc.use)
			_, err = NewEvaluation(NewParams(1), ending(tc.f), endingConfig)
			if tc.eval {
				mustFail(t, err, tc.use)
			} else if err != nil {
				t.Errorf("evaluation needs no gradient, but: %v", err)
			}
		})
	}
	_, err := NewTraining(NewParams(1), ending(stockNets[0].f), endingConfig)
	mustFail(t, err, `Sum or Mean (Σ[2]) of (2, 4, 4, 3) after conv "conv1"`)
}

// TestFrozenOperations checks that an operation with a wrong gradient is accepted where no
// gradient is computed.
func TestFrozenOperations(t *testing.T) {
	net := ending(func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Log2(b.Sigmoid(x))) })
	params := NewParams(1)
	if _, err := NewEvaluation(params, net, endingConfig); err != nil {
		t.Fatal(err)
	}
	if err := params.Freeze("conv1.*"); err != nil {
		t.Fatal(err)
	}
	s, err := NewTraining(params, net, endingConfig)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

// TestLogSumExpRefused checks the one composed operation that is wrong. Gorgonia declares
// it for vectors only.
func TestLogSumExpRefused(t *testing.T) {
	_, err := NewTraining(NewParams(1), ending(func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Mul(x, must(gorgonia.LogSumExp(b.Param("w", Ones, 7), 0))))
	}), endingConfig)
	mustFail(t, err, "LogSumExp", "Builder.Max")
}

// TestConstants checks that tensors without a name, which gorgonia takes for one if they print the
// same, are refused, and that others have their values.
func TestConstants(t *testing.T) {
	mask := func(middle float32, opts ...gorgonia.NodeConsOpt) *gorgonia.Node {
		d := make([]float32, 400)
		d[200] = middle
		return gorgonia.NewConstant(tensor.New(tensor.WithShape(1, 400), tensor.WithBacking(d)), opts...)
	}
	net := func(first, second *gorgonia.Node) Net {
		return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			x = b.Flatten(x)
			left, right := must(gorgonia.HadamardProd(x, first)), must(gorgonia.HadamardProd(x, second))
			return b.Dense("fc", b.Concat(left, right), b.Classes(), Weights(Ones))
		}
	}
	cfg := Config{Batch: 1, Height: 20, Width: 20, Channels: 1, Classes: 2, Workers: 1}
	_, err := NewEvaluation(NewParams(1), net(mask(1), mask(10)), cfg)
	mustFail(t, err, "gorgonia's NewConstant", "without a name", "use gorgonia.WithName")
	e, err := NewEvaluation(NewParams(1), net(mask(1, gorgonia.WithName("low")), mask(10, gorgonia.WithName("high"))), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	fill(e.Input(), slices.Repeat([]float64{1}, 400))
	if err := e.Run(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, "logits", values(t, e.Logits()), []float64{11, 11}, 0)
}

// TestTensordotOfOneImage checks that a session of one image, in which Tensordot fails, is
// refused, and a description is not.
func TestTensordotOfOneImage(t *testing.T) {
	net := ending(func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Tensordot([]int{1}, []int{0}, b.GlobalAvgPool(x), b.Param("w", Ones, 3, 2)))
	})
	cfg := endingConfig
	if _, err := Describe(NewParams(1), net, cfg); err != nil {
		t.Error(err)
	}
	cfg.Batch = 1
	_, err := NewEvaluation(NewParams(1), net, cfg)
	mustFail(t, err, "Tensordot", "fails on a batch of one image", "Builder.Dense")
}

// TestReductionsLikeGorgonias compares the layers with gorgonia's reductions along the axes
// for which those are right, and checks that the values of all refused ones are wrong.
func TestReductionsLikeGorgonias(t *testing.T) {
	functions := map[string]func(*gorgonia.Node, ...int) (*gorgonia.Node, error){"sum": gorgonia.Sum, "mean": gorgonia.Mean, "max": gorgonia.Max}
	for kind, f := range functions {
		for _, shape := range [][]int{{4, 6}, {2, 3, 5}, {2, 3, 5, 4}, {1, 3, 5, 4}, {2, 3, 2, 4}} {
			for axis := range shape {
				name := fmt.Sprint(kind, shape, axis)
				x := noise(name, tensor.Shape(shape).TotalSize())
				for i := range x {
					x[i] -= 2 // most maxima are below 0
				}
				s := compile(t, NewParams64(1), Eval, shape, func(_ *Builder, x *gorgonia.Node) *gorgonia.Node { return must(f(x, axis)) })
				got := s.output(t, x)
				want := naiveReduce(x, shape, []int{axis}, combinations[kind])
				off := 0.0
				for i := range want {
					off = max(off, math.Abs(got[i]-want[i]))
				}
				refused := reductionIsWrong(shape, []int{axis})
				if (off > 1e-12) != refused {
					t.Errorf("%s is off by %v, refused is %v", name, off, refused)
				}
			}
		}
	}
}
