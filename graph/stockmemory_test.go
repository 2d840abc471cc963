package graph

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/internal/longtest"
)

// TestMemory runs each elementwise operation after Reshape and after a Concat of one node,
// over a parameter and over layers, and checks that a session is refused if and only if
// its values or its gradients are wrong or a parameter changes.
func TestMemory(t *testing.T) {
	longtest.Skip(t)
	views := map[string]func(x *gorgonia.Node) *gorgonia.Node{
		"nothing": func(x *gorgonia.Node) *gorgonia.Node { return x },
		"Reshape": func(x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Reshape(x, tensor.Shape{2, 2, 3})) },
		"Reshape twice": func(x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Reshape(must(gorgonia.Reshape(x, tensor.Shape{3, 4})), tensor.Shape{2, 6}))
		},
		"Concat": func(x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Concat(1, x)) },
	}
	roots := map[string]func(b *Builder, x *gorgonia.Node) (y, other *gorgonia.Node){
		"parameter": func(_ *Builder, x *gorgonia.Node) (*gorgonia.Node, *gorgonia.Node) { return x, x },
		"sigmoid":   func(b *Builder, x *gorgonia.Node) (*gorgonia.Node, *gorgonia.Node) { return b.Sigmoid(x), x },
		"dense": func(b *Builder, x *gorgonia.Node) (*gorgonia.Node, *gorgonia.Node) {
			return b.Dense("fc", x, 6, Weights(positive)), x
		},
		"sigmoid read twice": func(b *Builder, x *gorgonia.Node) (*gorgonia.Node, *gorgonia.Node) {
			y := b.Sigmoid(x)
			return y, y
		},
	}
	operations := map[string]func(x *gorgonia.Node) *gorgonia.Node{}
	for name, f := range map[string]func(*gorgonia.Node) (*gorgonia.Node, error){
		"Abs": gorgonia.Abs, "Sin": gorgonia.Sin, "Exp": gorgonia.Exp, "Log": gorgonia.Log, "Neg": gorgonia.Neg, "Square": gorgonia.Square,
		"Sqrt": gorgonia.Sqrt, "Inverse": gorgonia.Inverse, "Cube": gorgonia.Cube, "Tanh": gorgonia.Tanh, "Sigmoid": gorgonia.Sigmoid,
		"Log1p": gorgonia.Log1p, "Expm1": gorgonia.Expm1, "Softplus": gorgonia.Softplus,
	} {
		operations[name] = func(x *gorgonia.Node) *gorgonia.Node { return must(f(x)) }
	}
	two := gorgonia.NewConstant(2.5)
	for name, f := range map[string]func(a, b *gorgonia.Node) (*gorgonia.Node, error){
		"Add": gorgonia.Add, "Sub": gorgonia.Sub, "HadamardProd": gorgonia.HadamardProd, "HadamardDiv": gorgonia.HadamardDiv, "Pow": gorgonia.Pow,
	} {
		operations[name+" of a constant"] = func(x *gorgonia.Node) *gorgonia.Node { return must(f(two, x)) }
		operations[name+" constant"] = func(x *gorgonia.Node) *gorgonia.Node { return must(f(x, two)) }
		operations[name+" of another"] = func(x *gorgonia.Node) *gorgonia.Node { return must(f(must(gorgonia.Tanh(x)), x)) }
		operations[name+" another"] = func(x *gorgonia.Node) *gorgonia.Node { return must(f(x, must(gorgonia.Tanh(x)))) }
	}
	found := map[bool]int{}
	for view, viewOf := range views {
		for root, rootOf := range roots {
			for name, f := range operations {
				for _, training := range []bool{true, false} {
					build := func() *compilation {
						b := NewBuilder(NewParams64(5), Train, 10, 1)
						_, x, err := b.declareParam("x", []int{2, 6}, sameOrder([]int{2, 6}), false, positive, Fan{})
						if err != nil {
							t.Fatal(err)
						}
						y, other := rootOf(b, x)
						z := f(viewOf(y))
						z = b.Mul(z, b.Param("w", positive, z.Shape()...)) // gradients of 1 would hide a product
						loss := must(gorgonia.Add(must(gorgonia.Sum(z)), must(gorgonia.Sum(b.Tanh(other)))))
						c := &compilation{purpose: forTraining, cfg: Config{Batch: 2, KeepValues: true}, builder: b, logits: loss, loss: loss}
						if training {
							if err := differentiate(c); err != nil {
								t.Fatal(err)
							}
						}
						return c
					}
					c := build()
					if err := cmp.Or(selectRoots(c), compileGraph(c)); err != nil {
						t.Fatal(err)
					}
					refused := checkMemory(c)
					why := memoryFault(t, build(), training)
					if (refused != nil) != (why != "") {
						t.Errorf("%s of %s of %s, training %v: refused is %v, found is %q", name, view, root, training, refused, why)
					}
					found[why != ""]++
				}
			}
		}
	}
	if found[true] < 100 || found[false] < 100 {
		t.Errorf("%d sessions are wrong and %d are right, which shows little", found[true], found[false])
	}
}

// positive fills a parameter with values between 0.6 and 2.4.
func positive(v []float64, _ Fan, r *rand.Rand) {
	for k := range v {
		v[k] = 0.6 + 1.8*r.Float64()
	}
}

// memoryFault says what is wrong with a graph: another value than that of its operations
// computed one by one, parameters that change, gradients that differ from finite
// differences.
func memoryFault(t *testing.T, c *compilation, training bool) string {
	t.Helper()
	values1, err := c.builder.evaluate(c.loss)
	if err != nil {
		t.Fatal(err)
	}
	want := elementsOf(values1[c.loss])[0]
	x := c.builder.paramNodes["x"].Value().Data().([]float64)
	before := slices.Clone(x)
	if err := cmp.Or(selectRoots(c), compileGraph(c)); err != nil {
		t.Fatal(err)
	}
	s := c.session()
	defer s.Close()
	value := func() float64 {
		if err := s.run(); err != nil {
			t.Fatal(err)
		}
		return elementsOf(c.loss.Value())[0]
	}
	for range 2 {
		if got := value(); math.Abs(got-want) > 1e-12*math.Abs(want) {
			return fmt.Sprint("value ", got, " for ", want)
		}
		if !slices.Equal(x, before) {
			return "the parameter changes"
		}
	}
	if !training {
		return ""
	}
	grad := elementsOf(c.gradients[0].Value())
	const h = 1e-5
	for k := range x {
		x[k] = before[k] + h
		up := value()
		x[k] = before[k] - h
		down := value()
		x[k] = before[k]
		if want := (up - down) / (2 * h); math.Abs(grad[k]-want) > 1e-6*max(1, math.Abs(want)) {
			return fmt.Sprint("gradient ", grad[k], " for ", want)
		}
	}
	return ""
}
