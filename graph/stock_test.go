package graph

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/internal/random"
)

// stock is one of gorgonia's operations and the layer to compare with it. Gorgonia's layout is
// batch, channels, height, width for images and outputs, inputs, height, width for weights.
type stock struct {
	name  string
	shape []int // of the input here: batch, height, width, channels, or rows
	net   Net
	apply func(x *gorgonia.Node, params map[string]*gorgonia.Node) (*gorgonia.Node, error)
}

func stockConv(pad, stride, dilation []int) func(*gorgonia.Node, map[string]*gorgonia.Node) (*gorgonia.Node, error) {
	return func(x *gorgonia.Node, params map[string]*gorgonia.Node) (*gorgonia.Node, error) {
		w := params["c.weight"]
		y, err := gorgonia.Conv2d(x, w, w.Shape()[2:].Clone(), pad, stride, dilation)
		if bias := params["c.bias"]; err == nil && bias != nil {
			bias = gorgonia.Must(gorgonia.Reshape(bias, tensor.Shape{1, bias.Shape()[0], 1, 1}))
			return gorgonia.BroadcastAdd(y, bias, nil, []byte{0, 2, 3})
		}
		return y, err
	}
}

func stockUnary(f func(*gorgonia.Node) (*gorgonia.Node, error)) func(*gorgonia.Node, map[string]*gorgonia.Node) (*gorgonia.Node, error) {
	return func(x *gorgonia.Node, _ map[string]*gorgonia.Node) (*gorgonia.Node, error) { return f(x) }
}

// TestStock compares outputs and gradients with those of gorgonia's operations that are
// correct.
func TestStock(t *testing.T) {
	relu := func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.ReLU(x) }
	for _, tc := range []stock{
		{"conv", []int{2, 6, 7, 3}, convNet(4, 3, NoBias), stockConv([]int{0, 0}, []int{1, 1}, []int{1, 1})},
		{"conv padding", []int{2, 5, 5, 2}, convNet(3, 3, Same, NoBias), stockConv([]int{1, 1}, []int{1, 1}, []int{1, 1})},
		{"conv stride", []int{1, 9, 8, 2}, convNet(3, 2, Kernel(3, 2), Stride(2, 3), NoBias), stockConv([]int{0, 0}, []int{2, 3}, []int{1, 1})},
		{"conv dilation", []int{2, 9, 9, 1}, convNet(2, 3, Dilation(2), Pad(1), NoBias), stockConv([]int{1, 1}, []int{1, 1}, []int{2, 2})},
		{"conv bias", []int{2, 5, 4, 2}, convNet(3, 2, Bias(gaussian)), stockConv([]int{0, 0}, []int{1, 1}, []int{1, 1})},
		{"dense", []int{5, 4}, denseNet(3, Bias(gaussian)), func(x *gorgonia.Node, params map[string]*gorgonia.Node) (*gorgonia.Node, error) {
			y := gorgonia.Must(gorgonia.Mul(x, gorgonia.Must(gorgonia.Transpose(params["d.weight"], 1, 0))))
			return gorgonia.BroadcastAdd(y, gorgonia.Must(gorgonia.Reshape(params["d.bias"], tensor.Shape{1, 3})), nil, []byte{0})
		}},
		{"maxpool", []int{2, 6, 8, 3}, maxPoolNet(2), stockUnary(func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.MaxPool2D(x, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2})
		})},
		{"maxpool padding", []int{2, 7, 5, 2}, maxPoolNet(3, Stride(2), Pad(1)), stockUnary(func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.MaxPool2D(x, tensor.Shape{3, 3}, []int{1, 1}, []int{2, 2})
		})},
		{"relu", []int{2, 3, 3, 2}, relu, stockUnary(gorgonia.Rectify)},
		{"leakyrelu", []int{4, 5}, activationNets[1].net, stockUnary(func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.LeakyRelu(x, 0.1)
		})},
		{"tanh", []int{4, 5}, activationNets[4].net, stockUnary(gorgonia.Tanh)},
		{"sigmoid", []int{4, 5}, activationNets[5].net, stockUnary(gorgonia.Sigmoid)},
		{"softmax", []int{4, 5}, softmaxNet, stockUnary(func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(x) })},
		{"concat", []int{2, 3, 3, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Concat(b.Tanh(x), b.Sigmoid(x)) },
			stockUnary(func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Concat(1, gorgonia.Must(gorgonia.Tanh(x)), gorgonia.Must(gorgonia.Sigmoid(x)))
			})},
		{"add", []int{2, 3, 3, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Add(b.Tanh(x), b.Sigmoid(x)) },
			stockUnary(func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Add(gorgonia.Must(gorgonia.Tanh(x)), gorgonia.Must(gorgonia.Sigmoid(x)))
			})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			own := newProbe(t, NewParams64(3), tc.shape, tc.net)
			loss := own.value(t)
			d := gradients(t, own.Training)

			// The same network in gorgonia's layout, which is the portable one.
			g := gorgonia.NewGraph()
			leaf := func(name string, v []float64, native, perm []int) *gorgonia.Node {
				shape := make([]int, len(perm))
				for i, p := range perm {
					shape[i] = native[p]
				}
				value := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(transpose(v, native, perm)))
				return gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(value))
			}
			imageOrder := func(dims int) []int {
				return map[int][]int{4: {0, 3, 1, 2}, 2: {0, 1}}[dims]
			}
			paramOrder := func(dims int) []int {
				return map[int][]int{4: {3, 2, 0, 1}, 2: {1, 0}, 1: {0}}[dims]
			}
			nodes, orders := gorgonia.Nodes{leaf("x", values(t, own.x.Value()), tc.shape, imageOrder(len(tc.shape)))}, [][]int{imageOrder(len(tc.shape))}
			params := map[string]*gorgonia.Node{}
			for _, p := range own.builder.params.All()[1:] {
				order := paramOrder(p.Value().Dims())
				n := leaf(p.Name(), values(t, p.Value()), p.Value().Shape(), order)
				params[p.Name()], nodes, orders = n, append(nodes, n), append(orders, order)
			}
			y, err := tc.apply(nodes[0], params)
			if err != nil {
				t.Fatal(err)
			}
			var result gorgonia.Value
			gorgonia.Read(y, &result)

			// The loss has the same random weights as that of newProbe.
			ownShape := own.logits.Shape()
			order := imageOrder(len(ownShape))
			weights := make([]float64, ownShape.TotalSize())
			r := random.Parameter(7, "weights of the loss")
			for i := range weights {
				weights[i] = r.NormFloat64()
			}
			total := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.HadamardProd(y, leaf("weights", weights, ownShape, order)))))
			if _, err := gorgonia.Grad(total, nodes...); err != nil {
				t.Fatal(err)
			}
			vm := gorgonia.NewTapeMachine(g)
			defer vm.Close()
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			mustClose(t, "y", values(t, result), transpose(values(t, own.logits.Value()), ownShape, order), 1e-13)
			mustClose(t, "loss", values(t, total.Value()), []float64{loss}, 1e-12)
			for i, n := range nodes {
				got, err := n.Grad()
				if err != nil {
					t.Fatal(err)
				}
				native := slices.Clone(own.builder.params.Get(n.Name()).Value().Shape())
				mustClose(t, fmt.Sprint("gradient with respect to ", n.Name()), values(t, got), transpose(d[n.Name()], native, orders[i]), 1e-12)
			}
		})
	}
}
