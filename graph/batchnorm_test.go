package graph

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
)

func batchNormNet(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.BatchNorm("n", x) }

// TestBatchNormByHand checks a training step, an evaluation and a second step. The channels
// of the first step hold 1 3 and 10 50. Their means are 2 and 30; their variances are 1 and
// 400 without Bessel's correction, 2 and 800 with it.
func TestBatchNormByHand(t *testing.T) {
	params := NewParams64(1)
	train := compile(t, params, Train, []int{2, 2}, batchNormNet)
	fill(params.Get("n.weight").Value(), []float64{2, 1})
	fill(params.Get("n.bias").Value(), []float64{0, 5})
	got := train.output(t, []float64{1, 10, 3, 50})
	a, c := 1/math.Sqrt(1+1e-5), 20/math.Sqrt(400+1e-5)
	mustClose(t, "y", got, []float64{-2 * a, -c + 5, 2 * a, c + 5}, 1e-15)
	mustClose(t, "running mean", values(t, params.Get("n.running_mean").Value()), []float64{0.2, 3}, 1e-15)
	mustClose(t, "running variance", values(t, params.Get("n.running_var").Value()), []float64{0.9 + 0.2, 0.9 + 80}, 1e-15)

	// An evaluation with another batch size uses the running statistics and does not change them.
	eval := compile(t, params, Eval, []int{1, 2}, batchNormNet)
	got = eval.output(t, []float64{1, 30})
	mustClose(t, "evaluation", got, []float64{2 * 0.8 / math.Sqrt(1.1+1e-5), 27/math.Sqrt(80.9+1e-5) + 5}, 1e-15)
	mustClose(t, "running mean after evaluation", values(t, params.Get("n.running_mean").Value()), []float64{0.2, 3}, 1e-15)

	// The second step continues from these statistics.
	train.output(t, []float64{1, 10, 3, 50})
	mustClose(t, "second running mean", values(t, params.Get("n.running_mean").Value()), []float64{0.38, 5.7}, 1e-15)
	mustClose(t, "second running variance", values(t, params.Get("n.running_var").Value()), []float64{0.9*1.1 + 0.2, 0.9*80.9 + 80}, 1e-15)
}

// naiveBatchNorm normalizes rows of len(weight) channels by their own statistics and returns
// these too.
func naiveBatchNorm(x, weight, bias []float64) (y, mean, variance []float64) {
	c := len(weight)
	rows := len(x) / c
	y = make([]float64, len(x))
	for k := range c {
		m, v := 0.0, 0.0
		for r := range rows {
			m += x[r*c+k] / float64(rows)
		}
		for r := range rows {
			d := x[r*c+k] - m
			v += d * d / float64(rows)
		}
		for r := range rows {
			y[r*c+k] = weight[k]*(x[r*c+k]-m)/math.Sqrt(v+1e-5) + bias[k]
		}
		mean, variance = append(mean, m), append(variance, v*float64(rows)/float64(rows-1))
	}
	return y, mean, variance
}

func TestBatchNormNaive(t *testing.T) {
	for _, shape := range [][]int{{2, 1}, {7, 5}, {1, 3, 5, 9}, {3, 4, 1, 17}, {33, 2, 2, 3}} {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			c, size := shape[len(shape)-1], 1
			for _, s := range shape {
				size *= s
			}
			s := compile(t, NewParams64(1), Train, shape, batchNormNet)
			weight, bias, x := noise("weight", c), noise("bias", c), noise("x", size)
			params := s.builder.params
			fill(params.Get("n.weight").Value(), weight)
			fill(params.Get("n.bias").Value(), bias)
			y, mean, variance := naiveBatchNorm(x, weight, bias)
			mustClose(t, "y", s.output(t, x), y, 1e-12)
			for k := range c {
				mean[k] *= 0.1
				variance[k] = 0.9 + 0.1*variance[k]
			}
			mustClose(t, "running mean", values(t, params.Get("n.running_mean").Value()), mean, 1e-13)
			mustClose(t, "running variance", values(t, params.Get("n.running_var").Value()), variance, 1e-13)
		})
	}
}

// TestBatchNormRows checks that unused rows of the batch have no influence.
func TestBatchNormRows(t *testing.T) {
	part := compile(t, NewParams64(1), Train, []int{5, 2, 1, 3}, batchNormNet)
	whole := compile(t, NewParams64(1), Train, []int{3, 2, 1, 3}, batchNormNet)
	x := noise("rows", 5*6)
	for i := 3 * 6; i < len(x); i++ {
		x[i] = 1e6
	}
	part.builder.state.rows = 3
	mustClose(t, "y", part.output(t, x)[:3*6], whole.output(t, x[:3*6]), 1e-13)
	for _, name := range []string{"n.running_mean", "n.running_var"} {
		mustClose(t, name, values(t, part.builder.params.Get(name).Value()), values(t, whole.builder.params.Get(name).Value()), 1e-14)
	}
}

// TestBatchNormFrozen checks that in training a frozen layer uses its running statistics and
// does not change them.
func TestBatchNormFrozen(t *testing.T) {
	params := NewParams64(1)
	compile(t, params, Train, []int{2, 2}, batchNormNet)
	for _, p := range params.All() {
		p.frozen = true
	}
	fill(params.Get("n.running_mean").Value(), []float64{10, 20})
	fill(params.Get("n.running_var").Value(), []float64{4, 9})
	s := compile(t, params, Train, []int{2, 2}, batchNormNet)
	got := s.output(t, []float64{10, 20, 12, 26})
	mustClose(t, "y", got, []float64{0, 0, 2 / math.Sqrt(4+1e-5), 6 / math.Sqrt(9+1e-5)}, 1e-15)
	mustClose(t, "running mean", values(t, params.Get("n.running_mean").Value()), []float64{10, 20}, 0)
	mustClose(t, "running variance", values(t, params.Get("n.running_var").Value()), []float64{4, 9}, 0)
	if n := len(s.builder.learned); n != 0 {
		t.Errorf("%d learned nodes, want none", n)
	}
	// The gradient with respect to the input is weight/sqrt(var+eps).
	p := newProbe(t, params, []int{2, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return gorgonia.Must(gorgonia.Sum(batchNormNet(b, x)))
	})
	p.value(t)
	g, err := p.Learned()[0].Grad()
	if err != nil {
		t.Fatal(err)
	}
	a, c := 1/math.Sqrt(4+1e-5), 1/math.Sqrt(9+1e-5)
	mustClose(t, "gradient", values(t, g), []float64{a, c, a, c}, 1e-15)
}

func TestBatchNormErrors(t *testing.T) {
	runRefused(t, []refused{
		{[]int{3}, batchNormNet, `batchnorm "n": input has shape (3), want batch, ..., channels`},
	})
	s := compile(t, NewParams64(1), Train, []int{1, 3}, batchNormNet)
	mustFail(t, s.run(), "batchnorm n: 1 value per channel in the batch: a variance needs at least 2; use a larger batch")
	mean := values(t, s.builder.params.Get("n.running_mean").Value())
	mustClose(t, "running mean after the error", mean, []float64{0, 0, 0}, 0)
}
