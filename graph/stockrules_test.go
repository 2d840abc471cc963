package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/internal/longtest"
)

// A stockCase is an operation of gorgonia over inputs of these shapes.
type stockCase struct {
	name   string
	shapes [][]int
	apply  func(x []*gorgonia.Node) (*gorgonia.Node, error)
}

// declare declares the operation over parameters with values between 0.6 and 2.4, so that
// roots and logarithms exist.
func (tc stockCase) declare(t *testing.T) *compilation {
	t.Helper()
	b := NewBuilder(NewParams64(5), Train, 10, 1)
	xs := make([]*gorgonia.Node, len(tc.shapes))
	for i, s := range tc.shapes {
		var err error
		if _, xs[i], err = b.declareParam(fmt.Sprint("x", i), s, sameOrder(s), false, func(v []float64, _ Fan, r *rand.Rand) {
			for k := range v {
				v[k] = 0.6 + 1.8*r.Float64()
			}
		}, Fan{}); err != nil {
			t.Fatal(err)
		}
	}
	y, err := tc.apply(xs)
	if err != nil {
		t.Fatal(err)
	}
	return &compilation{purpose: forTraining, cfg: Config{Batch: 2, KeepValues: true}, builder: b, logits: y}
}

// isWrong reports, without any rule, whether the gradient of the operation differs from
// finite differences of its values, or the operation fails.
func (tc stockCase) isWrong(t *testing.T) (why string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			why = fmt.Sprint("panics: ", r)
		}
	}()
	c := tc.declare(t)
	y := c.logits
	c.loss = y
	if !y.IsScalar() {
		weights := tensor.New(tensor.WithShape(y.Shape()...), tensor.WithBacking(noise("weights", y.Shape().TotalSize())))
		c.loss = gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.HadamardProd(y, gorgonia.NewConstant(weights)))))
	}
	for _, run := range []func(*compilation) error{differentiate, selectRoots, compileGraph} {
		if err := run(c); err != nil {
			return "fails: " + err.Error()
		}
	}
	s := c.session()
	defer s.Close()
	value := func() float64 {
		if err := s.run(); err != nil {
			panic(err)
		}
		v, err := scalarValue(c.loss.Value())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	value()
	grads := make([][]float64, len(c.gradients))
	for i, g := range c.gradients {
		grads[i] = values(t, g.Value())
	}
	const h = 1e-5
	for i, n := range c.builder.learned {
		w := n.Value().Data().([]float64)
		for k := range w {
			old := w[k]
			w[k] = old + h
			up := value()
			w[k] = old - h
			down := value()
			w[k] = old
			if want := (up - down) / (2 * h); !(math.Abs(grads[i][k]-want) <= 1e-6*max(1, math.Abs(want))) {
				return fmt.Sprintf("gradient with respect to x%d[%d] is %v, finite differences give %v", i, k, grads[i][k], want)
			}
		}
	}
	return ""
}

func unary(f func(*gorgonia.Node) (*gorgonia.Node, error)) func([]*gorgonia.Node) (*gorgonia.Node, error) {
	return func(x []*gorgonia.Node) (*gorgonia.Node, error) { return f(x[0]) }
}

func binary(f func(a, b *gorgonia.Node) (*gorgonia.Node, error)) func([]*gorgonia.Node) (*gorgonia.Node, error) {
	return func(x []*gorgonia.Node) (*gorgonia.Node, error) { return f(x[0], x[1]) }
}

// span is a slice of an axis.
type span struct{ from, to int }

func (s span) Start() int { return s.from }
func (s span) End() int   { return s.to }
func (s span) Step() int  { return 1 }

// stockCases are the operations that a rule knows, over shapes for which they are right and
// shapes for which they are wrong.
func stockCases() (list []stockCase) {
	image := []int{2, 3, 4, 2}
	for name, f := range map[string]func(*gorgonia.Node) (*gorgonia.Node, error){
		"Abs": gorgonia.Abs, "Sin": gorgonia.Sin, "Cos": gorgonia.Cos, "Exp": gorgonia.Exp, "Log": gorgonia.Log, "Log2": gorgonia.Log2,
		"Neg": gorgonia.Neg, "Square": gorgonia.Square, "Sqrt": gorgonia.Sqrt, "Inverse": gorgonia.Inverse, "InverseSqrt": gorgonia.InverseSqrt,
		"Cube": gorgonia.Cube, "Tanh": gorgonia.Tanh, "Sigmoid": gorgonia.Sigmoid, "Log1p": gorgonia.Log1p, "Expm1": gorgonia.Expm1,
		"Softplus": gorgonia.Softplus, "Mish": gorgonia.Mish, "Rectify": gorgonia.Rectify,
	} {
		list = append(list, stockCase{name, [][]int{image}, unary(f)}, stockCase{name + " matrix", [][]int{{4, 6}}, unary(f)})
	}
	two := gorgonia.NewConstant(2.5)
	for name, f := range map[string]func(a, b *gorgonia.Node) (*gorgonia.Node, error){
		"Add": gorgonia.Add, "Sub": gorgonia.Sub, "HadamardProd": gorgonia.HadamardProd, "HadamardDiv": gorgonia.HadamardDiv, "Pow": gorgonia.Pow,
	} {
		list = append(list,
			stockCase{name, [][]int{image, image}, binary(f)},
			stockCase{name + " matrix", [][]int{{4, 6}, {4, 6}}, binary(f)},
			stockCase{name + " constant", [][]int{image}, func(x []*gorgonia.Node) (*gorgonia.Node, error) { return f(x[0], two) }},
			stockCase{name + " of a constant", [][]int{image}, func(x []*gorgonia.Node) (*gorgonia.Node, error) { return f(two, x[0]) }})
	}
	for name, f := range map[string]func(*gorgonia.Node, ...int) (*gorgonia.Node, error){"Sum": gorgonia.Sum, "Mean": gorgonia.Mean, "Max": gorgonia.Max} {
		for _, shape := range [][]int{{4, 6}, {2, 3, 5}, image, {1, 3, 5, 4}, {2, 3, 2, 1}, {2, 1, 3, 2}, {2, 3, 2, 3, 2}, {3, 2, 4, 2, 3}} {
			if len(shape) == 5 && name == "Mean" {
				continue // the sum is the same operation
			}
			for set := 1; set < 1<<len(shape); set++ {
				var axes []int
				for a := range shape {
					if set>>a&1 == 1 {
						axes = append(axes, a)
					}
				}
				list = append(list, stockCase{fmt.Sprint(name, shape, axes), [][]int{shape},
					func(x []*gorgonia.Node) (*gorgonia.Node, error) { return f(x[0], slices.Clone(axes)...) }})
			}
		}
	}
	for name, f := range map[string]func(a, b *gorgonia.Node, left, right []byte) (*gorgonia.Node, error){
		"BroadcastHadamardProd": gorgonia.BroadcastHadamardProd, "BroadcastAdd": gorgonia.BroadcastAdd, "BroadcastSub": gorgonia.BroadcastSub,
		"BroadcastHadamardDiv": gorgonia.BroadcastHadamardDiv,
	} {
		for _, shape := range [][]int{{4, 6}, {2, 3, 5}, image, {1, 3, 3, 2}, {2, 1, 1, 3}, {2, 3, 2, 3}, {2, 1, 3, 2}} {
			for set := 1; set < 1<<len(shape); set++ {
				var axes []byte
				small := slices.Clone(shape)
				for a := range shape {
					if set>>a&1 == 1 {
						axes, small[a] = append(axes, byte(a)), 1
					}
				}
				list = append(list, stockCase{fmt.Sprint(name, shape, axes), [][]int{shape, small},
					func(x []*gorgonia.Node) (*gorgonia.Node, error) { return f(x[0], x[1], nil, axes) }})
			}
		}
	}
	for axis := range image {
		list = append(list,
			stockCase{fmt.Sprint("SoftMax ", axis), [][]int{image}, unary(func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(x, axis) })},
			stockCase{fmt.Sprint("Concat ", axis), [][]int{image, image}, func(x []*gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Concat(axis, x...) }},
			stockCase{fmt.Sprint("Slice ", axis), [][]int{image}, unary(func(x *gorgonia.Node) (*gorgonia.Node, error) {
				slices := make([]tensor.Slice, axis+1)
				slices[axis] = span{0, 2}
				return gorgonia.Slice(x, slices...)
			})})
	}
	pool := func(size int, pad []int) func([]*gorgonia.Node) (*gorgonia.Node, error) {
		return unary(func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.MaxPool2D(x, tensor.Shape{size, size}, pad, []int{2, 2})
		})
	}
	return append(list,
		stockCase{"LogSoftMax", [][]int{{4, 6}}, unary(func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LogSoftMax(x) })},
		stockCase{"MaxPool2D", [][]int{{2, 3, 6, 4}}, pool(2, []int{0, 0})},
		stockCase{"MaxPool2D padded", [][]int{{2, 3, 6, 4}}, pool(3, []int{1, 1})},
		stockCase{"AveragePool2D", [][]int{{2, 3, 6, 4}}, unary(func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.AveragePool2D(x, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2})
		})},
		stockCase{"GlobalAveragePool2D", [][]int{{2, 3, 6, 4}}, unary(gorgonia.GlobalAveragePool2D)},
		stockCase{"Conv2d", [][]int{{2, 3, 6, 4}, {2, 3, 3, 3}}, func(x []*gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.Conv2d(x[0], x[1], tensor.Shape{3, 3}, []int{1, 1}, []int{2, 2}, []int{1, 1})
		}},
		stockCase{"Mul", [][]int{{4, 6}, {6, 3}}, binary(gorgonia.Mul)},
		stockCase{"Mul matrix vector", [][]int{{4, 6}, {6}}, binary(gorgonia.Mul)},
		stockCase{"Transpose", [][]int{image}, unary(func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Transpose(x, 0, 3, 1, 2) })},
		stockCase{"Reshape", [][]int{image}, unary(func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Reshape(x, tensor.Shape{2, 24}) })},
	)
}

// TestStockRules checks that each operation is refused if it is wrong, and is on the list of
// right ones if it is right.
func TestStockRules(t *testing.T) {
	longtest.Skip(t)
	ruled := map[*stockRule]bool{}
	for _, tc := range stockCases() {
		why := tc.isWrong(t)
		c := tc.declare(t)
		for _, u := range c.builder.stockUses(c.logits, false) {
			ruled[u.rule] = true
			if u.verdict() == unproven {
				t.Errorf("%s: no rule for %s", tc.name, u.kind)
			}
		}
		err := checkOperations(c)
		switch {
		case why != "" && err == nil:
			t.Errorf("%s is not refused: its %s", tc.name, why)
		case why == "" && err != nil:
			t.Errorf("%s is right, but: %v", tc.name, err)
		}
	}
	for i := range stockRules {
		if r := &stockRules[i]; r.verdict == right || r.verdict == rightByRow {
			if !ruled[r] && r.function != "Read" {
				t.Errorf("no case for the rule on %s", r.function)
			}
		}
	}
}
