package graph

import (
	"errors"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestBuilderErrors(t *testing.T) {
	runRefused(t, []refused{
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dense("d", b.Dense("d", x, 3), 3) },
			`dense "d": the name is taken by a dense layer: give each layer a name of its own`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Tanh(b.Dense("tanh1", x, 3)) },
			`tanh "tanh1": the name is taken by a dense layer: give each layer a name of its own`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Dense("d", nil, 3) }, `dense "d": input 1 is nil`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			other := NewBuilder(NewParams64(1), Train, 10, 1)
			return b.ReLU(other.Input("strange", 1, 1, 1, 1))
		}, `relu "relu1": input 1 (strange`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			other := NewBuilder(NewParams64(1), Train, 10, 1)
			return b.ReLU(other.Input("strange", 1, 1, 1, 1))
		}, `belongs to another graph`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.ReLU(b.newLeaf("single", tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float32))))
		}, `relu "relu1": input 1 holds float32, the parameters are float64`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Input("images", 64, 28, 0, 1) },
			`input "images": shape (64, 28, 0, 1) (batch, height, width, channels) has a size below 1`},
	})
	mustFail(t, NewBuilder(nil, Train, 10, 1).Err(), "graph: no parameter store")
}

// TestBuilderErrorSticks checks that Err returns the first error, and that later layers add
// nothing to the graph or the store.
func TestBuilderErrorSticks(t *testing.T) {
	params := NewParams(1)
	b := NewBuilder(params, Train, 10, 1)
	x := b.Input("images", 1, 4, 4, 1)
	bad := b.Conv("conv1", x, 1, 9)
	b.Fail(errors.New("a later error"))
	last := b.CrossEntropy(b.Dense("fc", b.Flatten(b.ReLU(bad)), 10), b.Labels("labels", 1), 0)
	if last != nil || b.Input("again", 1, 1, 1, 1) != nil || b.L2Penalty(1, "*") != nil {
		t.Error("a layer after the error is not nil")
	}
	mustFail(t, b.Err(), `conv "conv1": a window of 9x9`)
	if n := len(b.Layers()); n != 0 {
		t.Errorf("%d layers, want none", n)
	}
	if names := params.Names(); len(names) != 0 {
		t.Errorf("parameters %v, want none", names)
	}
}

func TestBuilderFail(t *testing.T) {
	b := NewBuilder(NewParams(1), Train, 10, 1)
	x := b.Input("images", 1, 4, 4, 1)
	b.Fail(errors.New("my layer: no"))
	if b.ReLU(x) != nil {
		t.Error("a layer after Fail is not nil")
	}
	mustFail(t, b.Err(), "my layer: no")
}

func TestBuilderAccessors(t *testing.T) {
	params := NewParams(1)
	b := NewBuilder(params, Eval, 26, 1)
	if b.Params() != params || b.Mode() != Eval || b.Classes() != 26 {
		t.Errorf("store %v, mode %v, classes %d", b.Params(), b.Mode(), b.Classes())
	}
	x := b.ReLU(b.ReLU(b.Input("images", 1, 1, 1, 1)))
	layers := b.Layers()
	if len(layers) != 2 || layers[0].Name != "relu1" || layers[1].Name != "relu2" || layers[1].Node != x || x.Graph() != b.Graph() {
		t.Errorf("layers %+v", layers)
	}
	layers[0].Name = "changed"
	if b.Layers()[0].Name != "relu1" {
		t.Error("Layers does not return a copy")
	}
	for mode, want := range map[Mode]string{Train: "train", Eval: "eval", 7: "Mode(7)"} {
		if mode.String() != want {
			t.Errorf("mode %d shows as %s, want %s", int(mode), mode, want)
		}
	}
}

// TestRawLeaf checks the gradient with respect to a leaf that the author makes with gorgonia.
func TestRawLeaf(t *testing.T) {
	b := NewBuilder(NewParams64(1), Train, 10, 1)
	x := b.Input("images", 1, 1, 1, 2)
	fill(x.Value().(*tensor.Dense), []float64{3, 5})
	scale := gorgonia.NewTensor(b.Graph(), tensor.Float64, 4, gorgonia.WithShape(1, 1, 1, 2), gorgonia.WithName("scale"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(1, 1, 1, 2), tensor.WithBacking([]float64{1, -1}))))
	y := b.LeakyReLU(gorgonia.Must(gorgonia.HadamardProd(x, scale)), 0.5)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	d, err := gorgonia.Grad(gorgonia.Must(gorgonia.Sum(y)), scale)
	if err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(b.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, "gradient", values(t, d[0].Value()), []float64{3, 2.5}, 0)
}

// TestBuilderWithoutSession checks that a graph in training mode, with batch normalization,
// runs on a virtual machine that the author creates.
func TestBuilderWithoutSession(t *testing.T) {
	b := NewBuilder(NewParams64(1), Train, 10, 1)
	x := b.Input("images", 2, 1, 1, 1)
	fill(x.Value().(*tensor.Dense), []float64{1, 3})
	y := b.BatchNorm("bn", x)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	vm := gorgonia.NewTapeMachine(b.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, "y", values(t, y.Value()), []float64{-1, 1}, 1e-5)
}

func TestParamTwice(t *testing.T) {
	b := NewBuilder(NewParams64(1), Train, 10, 1)
	for i := range 2 {
		_, _, err := b.declareParam("w", []int{2}, sameOrder([]int{2}), false, Zeros, Fan{})
		if i == 0 && err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			mustFail(t, err, `parameter "w" is declared twice: give each layer a name of its own`)
		}
	}
}

// TestEvaluationIsNotDifferentiable checks that an evaluation graph has no trainable
// parameters.
func TestEvaluationIsNotDifferentiable(t *testing.T) {
	b := NewBuilder(NewParams64(1), Eval, 10, 1)
	y := b.Dense("fc", b.Flatten(b.Input("images", 1, 1, 1, 2)), 2)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	_, err := gorgonia.Grad(gorgonia.Must(gorgonia.Sum(y)), b.Graph().ByName("fc.weight")...)
	mustFail(t, err, "Non Differentiable")
	if b.L2Penalty(1, "*") != nil {
		t.Error("a penalty in an evaluation graph")
	}
	mustFail(t, b.Err(), `L2 penalty: pattern "*" matches no trainable weight`)
}
