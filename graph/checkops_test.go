package graph

import (
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"testing"
	"time"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// otherOp is an operation of another package than gorgonia and this one: x², elementwise.
type otherOp struct {
	factor  float64 // on the gradient, which is right for 1
	onlyRow int     // if above 0, an error there: the gradient is wrong at one element of each onlyRow elements
	fails   string  // how Do fails
	mix     bool    // adds the first element of the last row to all
}

func (o otherOp) Arity() int    { return 1 }
func (o otherOp) Type() hm.Type { a := hm.TypeVariable('a'); return hm.NewFnType(a, a) }
func (o otherOp) InferShape(s ...gorgonia.DimSizer) (tensor.Shape, error) {
	return s[0].(tensor.Shape).Clone(), nil
}
func (o otherOp) ReturnsPtr() bool      { return true }
func (o otherOp) CallsExtern() bool     { return false }
func (o otherOp) OverwritesInput() int  { return -1 }
func (o otherOp) WriteHash(h hash.Hash) { fmt.Fprintf(h, "%#v", o) }
func (o otherOp) Hashcode() uint32      { h := fnv.New32a(); o.WriteHash(h); return h.Sum32() }
func (o otherOp) String() string        { return "squareish" }
func (o otherOp) DiffWRT(int) []bool    { return []bool{true} }

func (o otherOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	switch o.fails {
	case "error":
		return nil, errors.New("no such luck")
	case "panic":
		panic("out of luck")
	}
	d := in[0].(*tensor.Dense)
	y := d.Clone().(*tensor.Dense)
	x := elementsOf(d)
	setElements(y, func(i int) float64 {
		if o.mix {
			return x[i]*x[i] + x[len(x)-1]
		}
		return x[i] * x[i]
	})
	return y, nil
}

func (o otherOp) SymDiff(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	d, err := gorgonia.ApplyOp(otherGrad{o}, in[0], grad)
	return gorgonia.Nodes{d}, err
}

// otherGrad is the gradient of otherOp.
type otherGrad struct{ otherOp }

func (o otherGrad) Arity() int    { return 2 }
func (o otherGrad) Type() hm.Type { a := hm.TypeVariable('a'); return hm.NewFnType(a, a, a) }
func (o otherGrad) WriteHash(h hash.Hash) {
	fmt.Fprintf(h, "gradient %#v", o.otherOp)
}
func (o otherGrad) Hashcode() uint32 { h := fnv.New32a(); o.WriteHash(h); return h.Sum32() }

func (o otherGrad) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	if o.fails == "gradient" {
		panic("out of gradients")
	}
	x, dy := elementsOf(in[0]), elementsOf(in[1])
	d := in[0].(*tensor.Dense).Clone().(*tensor.Dense)
	setElements(d, func(i int) float64 {
		factor := o.factor
		if o.onlyRow > 0 && i%o.onlyRow != 0 {
			factor = 1
		}
		return 2 * factor * x[i] * dy[i]
	})
	return d, nil
}

// noGradient is an operation without a gradient.
type noGradient struct{ otherOp }

func (noGradient) DiffWRT(int) []bool { return []bool{true} }
func (noGradient) SymDiff(gorgonia.Nodes, *gorgonia.Node, *gorgonia.Node) (gorgonia.Nodes, error) {
	return nil, errors.New("not differentiable")
}

func applied(o gorgonia.Op) func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.ApplyOp(o, x)) }
}

func TestCheckOpsRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		f    func(b *Builder, x *gorgonia.Node) *gorgonia.Node
		want []string
	}{
		{"gradient times 2", applied(otherOp{factor: 2}), []string{`squareish of (3, 4, 4, 3) after conv "conv1" has a wrong gradient`, "Builder.Apply"}},
		{"gradient of zero", applied(otherOp{factor: 0}), []string{`squareish`, "wrong gradient"}},
		{"one element in 36 is off by a tenth", applied(otherOp{factor: 1.1, onlyRow: 36}), []string{`squareish`, "wrong gradient"}},
		{"no gradient", applied(noGradient{otherOp{factor: 1}}), []string{`squareish`, "has no gradient"}},
		{"error", applied(otherOp{factor: 1, fails: "error"}), []string{`squareish`, "no such luck"}},
		{"panic", applied(otherOp{factor: 1, fails: "panic"}), []string{`squareish`, "out of luck"}},
		{"panic in the gradient", applied(otherOp{factor: 1, fails: "gradient"}), []string{`squareish`, "out of gradients"}},
		{"rows mixed by an unknown operation", applied(otherOp{factor: 1, mix: true}), []string{`squareish of (3, 4, 4, 3) after conv "conv1" mixes images`}},
		{"rows mixed by a slice of the batch", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.GlobalAvgPool(x)
			last := must(gorgonia.Slice(y, span{y.Shape()[0] - 1, y.Shape()[0]}))
			return b.Mul(y, must(gorgonia.Reshape(last, tensor.Shape{1, 3})))
		}, []string{"Slice", "mixes images", `globalavgpool "globalavgpool1"`}},
		{"rows mixed after a transpose", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.GlobalAvgPool(x)
			yt := must(gorgonia.Transpose(y, 1, 0))
			return must(gorgonia.Mul(must(gorgonia.Mul(y, yt)), y))
		}, []string{"depend on other images", "Transpose"}},
		// In training the gradient of the quotient keeps what it overwrites in evaluation.
		{"value overwritten in evaluation only", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := must(gorgonia.Concat(1, x))
			y = must(gorgonia.HadamardDiv(y, must(gorgonia.Exp(y))))
			return b.Concat(b.Sum(y, 1, 2), b.Sum(must(gorgonia.Transpose(x, 0, 3, 1, 2)), 2, 3))
		}, []string{"evaluation: ", "overwrites the value of conv"}},
		{"sparsemax of images", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Sparsemax(x)) }, []string{"Sparsemax", "fails"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := CheckOps(NewParams(1), ending(tc.f), endingConfig)
			mustFail(t, err, tc.want...)
			if _, session := NewEvaluation(NewParams(1), ending(tc.f), endingConfig); errors.Is(err, ErrWrongOperation) != (session == nil) {
				t.Errorf("a session is declared with the error %v, CheckOps gives %v", session, err)
			}
		})
	}
}

// TestCheckOpsAccepts checks operations that are right, also without a rule.
func TestCheckOpsAccepts(t *testing.T) {
	constant := func(b *Builder) *gorgonia.Node { // of one type, so that the network cannot be declared in float64
		return gorgonia.NewConstant(float32(2))
	}
	for _, tc := range []struct {
		name string
		f    func(b *Builder, x *gorgonia.Node) *gorgonia.Node
	}{
		{"layers alone", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.ReLU(x) }},
		{"unknown operation", applied(otherOp{factor: 1})},
		{"unknown operation after ReLU", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.ApplyOp(otherOp{factor: 1}, b.ReLU(x)))
		}},
		{"float32 constant", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.ApplyOp(otherOp{factor: 1}, must(gorgonia.HadamardProd(x, constant(b)))))
		}},
		{"upsampling", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Upsample2D(x, 2)) }},
		{"scale of units", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.GlobalAvgPool(x)
			return must(gorgonia.BroadcastHadamardProd(y, b.Param("w", Ones, 1, 3), nil, []byte{0}))
		}},
		{"batch norm, dropout and a transpose", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			y := b.BatchNorm("bn", b.Dropout(x, 0.5))
			return must(gorgonia.Transpose(must(gorgonia.Tanh(y)), 0, 3, 1, 2))
		}},
		{"mean over height and width", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Mean(x, 1, 2)) }},
		{"minimum of two layers", func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.MinBetween(b.Tanh(x), x)) }},
		{"tensor product", func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Tensordot([]int{1}, []int{0}, b.GlobalAvgPool(x), b.Param("w", HeUniform, 3, 2)))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			params := NewParams(1)
			if err := CheckOps(params, ending(tc.f), endingConfig); err != nil {
				t.Error(err)
			}
			if params.Get("fc.weight") == nil {
				t.Error("the parameters are not those of the network")
			}
		})
	}
}

// TestCheckOpsOfFrozenPart checks that a gradient which no parameter needs is not examined.
func TestCheckOpsOfFrozenPart(t *testing.T) {
	net := ending(applied(otherOp{factor: 2}))
	params := NewParams(1)
	mustFail(t, CheckOps(params, net, endingConfig), "wrong gradient")
	if err := params.Freeze("conv1.*"); err != nil {
		t.Fatal(err)
	}
	if err := CheckOps(params, net, endingConfig); err != nil {
		t.Error(err)
	}
}

// TestCheckOpsChangesNothing checks that parameters, also statistics, keep their values.
func TestCheckOpsChangesNothing(t *testing.T) {
	net := ending(func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.ApplyOp(otherOp{factor: 1}, b.BatchNorm("bn", x)))
	})
	params := NewParams(1)
	if _, err := Describe(params, net, endingConfig); err != nil {
		t.Fatal(err)
	}
	before := map[string][]float64{}
	for _, p := range params.All() {
		before[p.Name()] = elementsOf(p.value)
	}
	if err := CheckOps(params, net, endingConfig); err != nil {
		t.Fatal(err)
	}
	for _, p := range params.All() {
		mustClose(t, p.Name(), elementsOf(p.value), before[p.Name()], 0)
	}
}

// TestCheckOpsIsQuick checks that a network of MNIST's size with ten operations to examine is
// checked within a second. It usually takes a fifth of that.
func TestCheckOpsIsQuick(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Conv("conv1", x, 16, 3)
		for i := range 10 {
			x = must(gorgonia.ApplyOp(otherOp{factor: 1, onlyRow: i + 1}, b.Tanh(x)))
		}
		return b.Dense("fc", b.Flatten(b.MaxPool(x, 4)), b.Classes())
	}
	start := time.Now()
	if err := CheckOps(NewParams(1), net, Config{Height: 28, Width: 28, Channels: 1, Classes: 10}); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 10*time.Second { // ten times the goal, for busy machines
		t.Errorf("the check took %v", d)
	} else {
		t.Log(d)
	}
}
