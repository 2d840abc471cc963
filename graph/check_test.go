package graph

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestMistakes makes common mistakes and checks that the error names the layer and what to
// change.
func TestMistakes(t *testing.T) {
	type node = gorgonia.Node
	head := func(b *Builder, x *node) *node { return b.Dense("fc", b.Flatten(x), b.Classes()) }
	cfg := Config{Batch: 2, Height: 8, Width: 8, Channels: 1, Classes: 5, Workers: 1}
	for _, tc := range []struct {
		name string
		net  Net
		want []string
	}{
		{"window too large", func(b *Builder, x *node) *node {
			return head(b, b.Conv("conv2", b.MaxPool(b.Conv("conv1", x, 2, 5), 2), 2, 5))
		},
			[]string{`conv "conv2": a window of 5x5 does not fit images of 2x2`, "make it smaller, pad (Pad, Same), or pool less"}},
		{"name taken", func(b *Builder, x *node) *node { return head(b, b.Conv("conv1", b.Conv("conv1", x, 2, 3), 2, 3)) },
			[]string{`conv "conv1": the name is taken by a conv layer: give each layer a name of its own`}},
		{"name with a space", func(b *Builder, x *node) *node { return head(b, b.Conv("my conv", x, 2, 3)) },
			[]string{`conv "my conv": the name has a ' '`, "use only letters, digits"}},
		{"name that is a pattern", func(b *Builder, x *node) *node { return head(b, b.Conv("conv*", x, 2, 3)) },
			[]string{`conv "conv*": the name has a '*'`}},
		{"no name", func(b *Builder, x *node) *node { return head(b, b.Conv("", x, 2, 3)) },
			[]string{`conv "": the name is empty`}},
		{"dot at the end", func(b *Builder, x *node) *node { return head(b, b.Conv("conv1.", x, 2, 3)) },
			[]string{`conv "conv1.": the name is empty, or begins or ends with .`}},
		{"branch unused", func(b *Builder, x *node) *node { b.Conv("lost", x, 2, 3); return head(b, x) },
			[]string{`conv "lost": its output is used by no other layer`, "use it or leave it out"}},
		{"parameter unused", func(b *Builder, x *node) *node { b.Param("lost.weight", Ones, 3); return head(b, x) },
			[]string{`param "lost.weight": its output is used by no other layer`}},
		{"images unused", func(b *Builder, x *node) *node { return b.Dense("fc", b.Flatten(b.Input("other", 2, 8, 8, 1)), 5) },
			[]string{"do not depend on its input: pass x to the first layer"}},
		{"nil input", func(b *Builder, x *node) *node { return head(b, b.Conv("conv1", nil, 2, 3)) },
			[]string{`conv "conv1": input 1 is nil: pass it the node of a layer`}},
		{"nil among inputs", func(b *Builder, x *node) *node { return head(b, b.Add(x, nil)) }, []string{`add "add1": input 2 is nil`}},
		{"nothing returned", func(b *Builder, x *node) *node { head(b, x); return nil },
			[]string{"the network returned no logits: return the node of its last layer"}},
		{"other number of classes", func(b *Builder, x *node) *node { return b.Dense("fc", b.Flatten(x), 7) },
			[]string{`dense "fc": the network's logits have shape (2, 7), want (2, 5)`, "give the last layer b.Classes() units"}},
		{"images as logits", func(b *Builder, x *node) *node { return b.Conv("conv1", x, 5, 3) },
			[]string{`conv "conv1": the network's logits have shape (2, 6, 6, 5), want (2, 5)`, "end with Flatten or GlobalAvgPool and a Dense"}},
		{"probabilities as logits", func(b *Builder, x *node) *node { return b.Softmax(head(b, x)) },
			[]string{`softmax "softmax1" is the network's result: return its input, the logits`}},
		{"no Flatten", func(b *Builder, x *node) *node { return b.Dense("fc", b.Conv("conv1", x, 2, 3), 5) },
			[]string{`dense "fc": input has shape (2, 6, 6, 2), want batch, inputs: call Flatten or GlobalAvgPool first`}},
		{"Flatten too early", func(b *Builder, x *node) *node { return head(b, b.MaxPool(b.Flatten(x), 2)) },
			[]string{`maxpool "maxpool1": input has shape (2, 64), want an image`, "call Flatten after"}},
		{"shapes that do not add up", func(b *Builder, x *node) *node { return head(b, b.Add(x, b.Conv("conv1", x, 1, 3))) },
			[]string{`add "add1": inputs have shapes [images (2, 8, 8, 1) conv1 (2, 6, 6, 1)], want the same shape for all`}},
		{"groups", func(b *Builder, x *node) *node { return head(b, b.Conv("conv1", x, 4, 3, Groups(2))) },
			[]string{`conv "conv1": 1 input channels and 4 filters in 2 groups: both must be multiples of Groups`}},
		{"option of another layer", func(b *Builder, x *node) *node { return b.Dense("fc", b.Flatten(x), 5, Stride(2)) },
			[]string{`dense "fc": option Stride does not apply here; the layer takes [NoBias Weights Bias]`}},
		{"a variable of gorgonia's", func(b *Builder, x *node) *node {
			scale := gorgonia.NewTensor(b.Graph(), tensor.Float32, 4, gorgonia.WithShape(2, 8, 8, 1), gorgonia.WithName("scale"), gorgonia.WithInit(gorgonia.Ones()))
			return head(b, gorgonia.Must(gorgonia.HadamardProd(x, scale)))
		}, []string{`the variable "scale" would be neither learned nor saved: declare it with Builder.Param, or as a constant`}},
		{"a stock operation that does not fit", func(b *Builder, x *node) *node {
			x = b.Conv("conv1", x, 2, 3)
			return head(b, gorgonia.Must(gorgonia.Mul(x, x)))
		}, []string{`the network failed after conv "conv1", at `, "check_test.go:"}},
		{"a mistake in Go", func(b *Builder, x *node) *node {
			x = b.Flatten(x)
			return b.Dense("fc", x, x.Shape()[3])
		}, []string{`the network failed after flatten "flatten1", at `, "check_test.go:", "index out of range [3] with length 2"}},
		{"nothing but nil after an error", func(b *Builder, x *node) *node {
			x = b.Conv("conv1", x, 2, 9)
			return b.Dense("fc", b.Flatten(x), x.Shape()[3])
		}, []string{`conv "conv1": a window of 9x9 does not fit`}},
		{"an initializer that panics", func(b *Builder, x *node) *node {
			return b.Dense("fc", b.Flatten(x), 5, Weights(constantAt(1<<20)))
		}, []string{`the network failed`, "index out of range"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := NewTraining(NewParams(1), tc.net, cfg)
			mustFail(t, err, tc.want...)
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q has more than one line", err)
			}
			_, err = NewEvaluation(NewParams(1), tc.net, cfg)
			mustFail(t, err, tc.want...)
		})
	}
}

// constantAt is an initializer that writes out of range.
func constantAt(i int) Initializer {
	return func(values []float64, _ Fan, _ *rand.Rand) { values[i] = 1 }
}

func TestNames(t *testing.T) {
	for _, name := range []string{"conv1", "block1.conv", "layers/2/conv", "conv_1-a", "卷积1", "1"} {
		if err := checkName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}
