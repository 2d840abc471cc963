package graph

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// must is gorgonia.Must, which panics on an error.
func must(n *gorgonia.Node, err error) *gorgonia.Node { return gorgonia.Must(n, err) }

// maps2 declares two feature maps of shape 2x3x4 and 2x3x2.
func maps2(b *Builder, x *Node) (*Node, *Node) {
	return b.Tanh(b.Conv("conv1", x, 4, 3, Bias(gaussian))), b.Tanh(b.Conv("conv2", x, 2, 3, Bias(gaussian)))
}

// scaled multiplies each unit of x by an element of a parameter of that shape.
func scaled(b *Builder, name string, x *Node, shape ...int) *Node {
	w := b.Param(name+".weight", gaussian, shape...)
	return must(gorgonia.BroadcastHadamardProd(x, w, nil, []byte{0}))
}

// double is an elementwise Op.
var double = Op{
	Elementwise: true,
	Forward: func(y *tensor.Dense, in []*tensor.Dense) error {
		for i, v := range in[0].Data().([]float64) {
			y.Data().([]float64)[i] = 2 * v
		}
		return nil
	},
	Backward: func([]*tensor.Dense, *tensor.Dense, *tensor.Dense, []*tensor.Dense) error { return nil },
}

// portableNet is a network on images of 4x5x2, with the same network in the operations of PyTorch.
type portableNet struct {
	name     string
	net      Net
	torch    func(m torchModule, x torchTensor) torchTensor
	version1 []string // the parameters whose order version 1 had wrong
}

// portableNets has a network for each kind of path from feature maps to a parameter.
var portableNets = []portableNet{
	{"flatten", func(b *Builder, x *Node) *Node {
		y := b.Conv("conv1", x, 4, 3)
		return b.Dense("out", b.Tanh(b.Dense("fc", b.Flatten(y), 6)), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.linear("fc", m.conv("conv1", x, 1).flatten()).tanh())
	}, nil},
	{"depthwise", func(b *Builder, x *Node) *Node {
		x = b.Conv("conv1", x, 6, 3, Groups(2))
		return b.Dense("out", b.Flatten(b.Conv("conv2", x, 6, 2, Groups(6))), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.conv("conv2", m.conv("conv1", x, 2), 6).flatten())
	}, nil},
	{"batch norm of a flattened image", func(b *Builder, x *Node) *Node {
		x = b.BatchNorm("bn1", b.Conv("conv1", x, 4, 3))
		return b.Dense("out", b.Tanh(b.BatchNorm("bn2", b.Dropout(b.Flatten(x), 0.5))), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.batchNorm("bn2", m.batchNorm("bn1", m.conv("conv1", x, 1)).flatten()).tanh())
	}, nil},
	{"concat of maps", func(b *Builder, x *Node) *Node {
		y, z := maps2(b, x)
		return b.Dense("out", b.Flatten(b.Concat(y, z)), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y, z := m.maps2(x)
		return m.linear("out", torchCat(1, y, z).flatten())
	}, nil},
	{"concat of flattened maps", func(b *Builder, x *Node) *Node {
		y, z := maps2(b, x)
		return b.Dense("out", b.BatchNorm("bn", b.Concat(b.Flatten(y), b.Flatten(z))), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y, z := m.maps2(x)
		return m.linear("out", m.batchNorm("bn", torchCat(1, y.flatten(), z.flatten())))
	}, []string{"bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "out.weight"}},
	{"concat of a flattened map and rows", func(b *Builder, x *Node) *Node {
		y, z := maps2(b, x)
		rows := b.Concat(b.Dense("fc", b.Flatten(y), 5), b.Flatten(z), b.GlobalAvgPool(y))
		return b.Dense("out", b.Add(rows, b.Tanh(rows)), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y, z := m.maps2(x)
		rows := torchCat(1, m.linear("fc", y.flatten()), z.flatten(), y.mean())
		return m.linear("out", rows.with(rows.tanh(), func(a, b float64) float64 { return a + b }))
	}, []string{"out.weight"}},
	{"gorgonia's concat of rows", func(b *Builder, x *Node) *Node {
		y, z := maps2(b, x)
		return b.Dense("out", must(gorgonia.Concat(1, b.Flatten(z), b.Flatten(y))), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y, z := m.maps2(x)
		return m.linear("out", torchCat(1, z.flatten(), y.flatten()))
	}, []string{"out.weight"}},
	{"gorgonia's concat of maps", func(b *Builder, x *Node) *Node {
		y, z := maps2(b, x)
		return b.Dense("out", b.Flatten(must(gorgonia.Concat(3, z, y))), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y, z := m.maps2(x)
		return m.linear("out", torchCat(1, z, y).flatten())
	}, nil},
	{"gorgonia's reshape", func(b *Builder, x *Node) *Node {
		y := b.Conv("conv1", x, 4, 3)
		return b.Dense("out", b.BatchNorm("bn", must(gorgonia.Reshape(y, tensor.Shape{y.Shape()[0], 24}))), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.batchNorm("bn", m.conv("conv1", x, 1).flatten()))
	}, []string{"bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "out.weight"}},
	{"gorgonia's transpose and reshape", func(b *Builder, x *Node) *Node {
		y := must(gorgonia.Transpose(b.Conv("conv1", x, 4, 3), 0, 3, 1, 2))
		return b.Dense("out", must(gorgonia.Reshape(y, tensor.Shape{y.Shape()[0], 24})), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.conv("conv1", x, 1).flatten())
	}, nil},
	{"a parameter of each unit", func(b *Builder, x *Node) *Node {
		y := b.Conv("conv1", x, 4, 3)
		return b.Dense("out", b.Tanh(scaled(b, "scale", b.Flatten(y), 1, 24)), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.scaled("scale", m.conv("conv1", x, 1).flatten()).tanh())
	}, []string{"scale.weight", "out.weight"}},
	{"a vector with an element for each unit", func(b *Builder, x *Node) *Node {
		y, z := maps2(b, x)
		rows := b.Concat(b.Flatten(y), b.Flatten(z))
		return b.Dense("out", scaled(b, "scale", rows, 36), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y, z := m.maps2(x)
		return m.linear("out", m.scaled("scale", torchCat(1, y.flatten(), z.flatten())))
	}, []string{"scale.weight", "out.weight"}},
	{"a product of parameters", func(b *Builder, x *Node) *Node {
		y := b.Flatten(b.Conv("conv1", x, 4, 3))
		w := must(gorgonia.HadamardProd(b.Param("a.weight", gaussian, 1, 24), must(gorgonia.Tanh(b.Param("b.weight", gaussian, 1, 24)))))
		return b.Dense("out", must(gorgonia.BroadcastHadamardProd(y, w, nil, []byte{0})), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		w := m.param("a.weight").with(m.param("b.weight").tanh(), func(a, b float64) float64 { return a * b })
		y := m.conv("conv1", x, 1).flatten()
		return m.linear("out", y.with(w, func(a, b float64) float64 { return a * b }))
	}, []string{"a.weight", "b.weight", "out.weight"}},
	{"a parameter of each unit of a dense layer", func(b *Builder, x *Node) *Node {
		y := b.Dense("fc", b.Flatten(b.Conv("conv1", x, 4, 3)), 6)
		return b.Dense("out", scaled(b, "scale", y, 1, 6), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.scaled("scale", m.linear("fc", m.conv("conv1", x, 1).flatten())))
	}, nil},
	{"a parameter of each pixel", func(b *Builder, x *Node) *Node {
		y := scaled(b, "scale", b.Conv("conv1", x, 4, 3), 1, 2, 3, 4)
		return b.Dense("out", b.Flatten(y), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.linear("out", m.scaled("scale", m.conv("conv1", x, 1)).flatten())
	}, []string{"scale.weight"}},
	{"a product with a parameter", func(b *Builder, x *Node) *Node {
		y := b.Flatten(b.Conv("conv1", x, 4, 3))
		return must(gorgonia.Mul(y, b.Param("mix.weight", gaussian, 24, b.Classes())))
	}, func(m torchModule, x torchTensor) torchTensor {
		return m.conv("conv1", x, 1).flatten().matmul(m.param("mix.weight"))
	}, []string{"mix.weight"}},
	{"an elementwise operation", func(b *Builder, x *Node) *Node {
		y := b.Flatten(b.Conv("conv1", x, 4, 3))
		return b.Dense("out", b.Apply("double", double, y), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y := m.conv("conv1", x, 1).flatten()
		return m.linear("out", y.with(y, func(a, b float64) float64 { return a + b }))
	}, nil},
	{"an operation on maps", func(b *Builder, x *Node) *Node {
		o := double
		o.Elementwise = false
		return b.Dense("out", b.Flatten(b.Apply("double", o, b.Conv("conv1", x, 4, 3))), b.Classes())
	}, func(m torchModule, x torchTensor) torchTensor {
		y := m.conv("conv1", x, 1).flatten()
		return m.linear("out", y.with(y, func(a, b float64) float64 { return a + b }))
	}, nil},
}

func layoutConfig(batch int) Config {
	return Config{Batch: batch, Height: 4, Width: 5, Channels: 2, Classes: 3, Workers: 1}
}

// TestPortableParameters checks that a network of PyTorch's operations computes the same from
// the portable parameters, and that the orders of version 1 are those that it had.
func TestPortableParameters(t *testing.T) {
	for _, tc := range slices.Concat(portableNets, axesNets) {
		t.Run(tc.name, func(t *testing.T) {
			params := NewParams64(1)
			for _, batch := range []int{1, 3} { // the shapes of rows and of a parameter are equal for 1
				s, err := NewEvaluation(params, tc.net, layoutConfig(batch))
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				for _, p := range params.All() {
					v := noise(p.name, p.Len())
					for i := range v {
						v[i] = float64(float32(0.3*v[i] + 0.7)) // above 0 for running variances
					}
					fill(p.value, v)
				}
				fill(s.Input(), noise("images", batch*40))
				if err := s.Run(); err != nil {
					t.Fatal(err)
				}
				module := torchModule{t, params}
				mustClose(t, "logits", values(t, s.Logits()), tc.torch(module, module.images(s.Input())).data, 1e-9)
			}
			if lines := params.NotPortable(); lines != nil {
				t.Errorf("not portable: %v", lines)
			}
			var changed []string
			for _, p := range params.All() {
				if p.Version1() != p {
					changed = append(changed, p.name)
				}
			}
			if !slices.Equal(changed, tc.version1) {
				t.Errorf("version 1 had other orders of %v, want %v", changed, tc.version1)
			}
		})
	}
}

// TestInferredOrderOfSessions checks that the order is the same whichever session declares the
// network first.
func TestInferredOrderOfSessions(t *testing.T) {
	for _, tc := range slices.Concat(portableNets, axesNets) {
		orders := func(declare func(ps *Params) error) map[string]axisOrder {
			params := NewParams(1)
			for range 2 {
				if err := declare(params); err != nil {
					t.Fatal(err)
				}
			}
			m := map[string]axisOrder{}
			for _, p := range params.All() {
				m[p.name] = p.order
			}
			return m
		}
		described := orders(func(ps *Params) error { _, err := Describe(ps, tc.net, layoutConfig(1)); return err })
		trained := orders(func(ps *Params) error { _, err := NewTraining(ps, tc.net, layoutConfig(4)); return err })
		started := orders(func(ps *Params) error {
			cfg := layoutConfig(4)
			cfg.From = []string{"flatten1"}
			if _, err := NewEvaluation(ps, tc.net, cfg); err == nil {
				return nil
			}
			cfg.From = nil // flatten1 is missing, or not all that the rest reads
			_, err := NewEvaluation(ps, tc.net, cfg)
			return err
		})
		for _, other := range []map[string]axisOrder{trained, started} {
			if !maps.EqualFunc(described, other, axisOrder.equal) {
				t.Errorf("%s: orders %v and %v", tc.name, described, other)
			}
		}
	}
}

// TestNotPortable checks that networks whose order in PyTorch no rule derives are reported
// with the parameter and the layer.
func TestNotPortable(t *testing.T) {
	mixed := double
	mixed.Elementwise = false
	flat := func(b *Builder, x *Node) *Node { return b.Flatten(b.Conv("conv1", x, 4, 3)) }
	for _, tc := range []struct {
		name string
		net  Net
		want []string // parts of the only line
	}{
		{"operation", func(b *Builder, x *Node) *Node {
			return b.Dense("out", b.Apply("mixed", mixed, flat(b, x)), b.Classes())
		},
			[]string{"out.weight", `mixed "mixed1"`}},
		{"reshape", func(b *Builder, x *Node) *Node {
			n := x.Shape()[0]
			y := must(gorgonia.Reshape(flat(b, x), tensor.Shape{n, 12, 2}))
			return b.Dense("out", must(gorgonia.Reshape(must(gorgonia.Tanh(y)), tensor.Shape{n, 24})), b.Classes())
		}, []string{"out.weight", "Reshape", `flatten "flatten1"`}},
		{"slice", func(b *Builder, x *Node) *Node {
			return b.Dense("out", must(gorgonia.Slice(flat(b, x), nil, gorgonia.S(0, 12))), b.Classes())
		}, []string{"out.weight", `flatten "flatten1"`}},
		{"sum with dense", func(b *Builder, x *Node) *Node {
			y := flat(b, x)
			return b.Dense("out", b.Add(y, b.Dense("fc", y, 24)), b.Classes())
		}, []string{"out.weight", `add "add1"`}},
		{"batch norm", func(b *Builder, x *Node) *Node {
			return b.Dense("out", b.Dense("fc", b.Apply("mixed", mixed, flat(b, x)), 5), b.Classes())
		}, []string{"fc.weight", `mixed "mixed1"`}},
		{"images from rows", func(b *Builder, x *Node) *Node {
			y := must(gorgonia.Reshape(b.Dense("fc", flat(b, x), 24), tensor.Shape{x.Shape()[0], 2, 3, 4}))
			return b.Dense("out", b.GlobalAvgPool(b.Conv("conv2", y, 5, 2, NoBias)), b.Classes())
		}, []string{"conv2.weight", "Reshape", `dense "fc"`}},
		{"two orders", func(b *Builder, x *Node) *Node {
			y, w := flat(b, x), b.Param("scale.weight", gaussian, 1, 24)
			y = must(gorgonia.BroadcastHadamardProd(y, w, nil, []byte{0}))
			return b.Dense("out", must(gorgonia.BroadcastHadamardProd(b.Dense("fc", y, 24), w, nil, []byte{0})), b.Classes())
		}, []string{"scale.weight", "different orders"}},
		{"logits", func(b *Builder, x *Node) *Node {
			return b.Flatten(b.Conv("conv1", b.MaxPool(x, 2), 2, 1))
		}, []string{"logits", `flatten "flatten1"`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := layoutConfig(2)
			cfg.Classes = 8
			params := NewParams(1)
			s, err := NewTraining(params, tc.net, cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			lines := params.NotPortable()
			if len(lines) != 1 {
				t.Fatalf("reported %q, want one line", lines)
			}
			for _, w := range tc.want {
				if !strings.Contains(lines[0], w) {
					t.Errorf("reported %q, want %q in it", lines[0], w)
				}
			}
		})
	}
	// The order of a single channel is the same.
	params := NewParams(1)
	cfg := layoutConfig(2)
	cfg.Classes = 4
	if _, err := Describe(params, func(b *Builder, x *Node) *Node { return b.Flatten(b.Conv("conv1", b.MaxPool(x, 2), 1, 1)) }, cfg); err != nil {
		t.Fatal(err)
	}
	if lines := params.NotPortable(); lines != nil {
		t.Errorf("flattened logits of one channel are reported as %q", lines)
	}
}
