package kernel

import (
	"math"
	"slices"
	"testing"
)

// naiveBatchNorm normalizes all rows with the statistics of the active ones.
func naiveBatchNorm(x, gamma, beta []float64, active int, eps float64) (y, mean, variance []float64) {
	c := len(gamma)
	y, mean, variance = make([]float64, len(x)), make([]float64, c), make([]float64, c)
	for j := range c {
		for r := range active {
			mean[j] += x[r*c+j] / float64(active)
		}
		for r := range active {
			variance[j] += (x[r*c+j] - mean[j]) * (x[r*c+j] - mean[j]) / float64(active)
		}
		for r := range len(x) / c {
			y[r*c+j] = gamma[j]*(x[r*c+j]-mean[j])/math.Sqrt(variance[j]+eps) + beta[j]
		}
	}
	return y, mean, variance
}

func testBatchNorm[T Float](t *testing.T, rows, c, active int, tol float64) {
	const eps = 1e-3
	r := newRand(18)
	x, gamma, beta, dy := normal[T](r, rows*c), normal[T](r, c), normal[T](r, c), normal[T](r, rows*c)
	for i := range x {
		x[i] += 3 // a mean that is not near zero
	}
	wantY, wantMean, wantVar := naiveBatchNorm(to[float64](x), to[float64](gamma), to[float64](beta), active, float64(T(eps)))
	var want [4][]T
	for _, n := range workerCounts {
		b, err := NewBatchNorm[T](rows, c, eps, NewWorkers(n))
		must(t, err)
		got := [4][]T{poison[T](len(x)), poison[T](len(x)), poison[T](c), poison[T](c)}
		must(t, b.Forward(got[0], x, gamma, beta, active, false))
		must(t, b.Backward(got[1], got[2], got[3], dy, x, gamma, active))
		mustClose(t, "y", got[0], wantY, tol)
		mustClose(t, "mean", b.Mean(), wantMean, tol)
		mustClose(t, "variance", b.Var(), wantVar, tol)
		mustClose(t, "dx beyond the active rows", got[1][active*c:], make([]T, (rows-active)*c), 0)
		if n == 1 {
			want = got
		}
		for i, name := range []string{"y", "dx", "dgamma", "dbeta"} {
			mustSameBits(t, name, got[i], want[i])
		}
	}
}

func TestBatchNormMatchesNaive(t *testing.T) {
	for _, s := range [][3]int{{1, 1, 1}, {5, 3, 5}, {7, 17, 4}, {3000, 33, 2999}} {
		testBatchNorm[float64](t, s[0], s[1], s[2], 1e-11)
		testBatchNorm[float32](t, s[0], s[1], s[2], 1e-4)
	}
}

// Batch norm with ReLU in the same pass is bit-identical to two passes, forward and backward,
// for any number of workers.
func TestBatchNormAndReLU(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {7, 17, 4}, {205, 1, 205}, {205, 3, 203}, {100, 15, 99}, {130, 16, 129}, {90, 65, 90}, {3000, 33, 2999}} {
			testBatchNormAndReLU[float64](t, s[0], s[1], s[2])
			testBatchNormAndReLU[float32](t, s[0], s[1], s[2])
		}
	})
}

// setEdges makes the outputs of some channels 0, -0, NaN, tiny, or 0 but for rounding.
func setEdges[T Float](x, gamma, beta []T) {
	c := len(gamma)
	column := func(j int, value func(r int, v T) T) {
		for i := j; i < len(x); i += c {
			x[i] = value(i/c, x[i])
		}
	}
	for j := 3; j < c; j++ {
		switch j % 10 {
		case 3:
			gamma[j], beta[j] = 0, 0
		case 4:
			gamma[j], beta[j] = 0, T(math.Copysign(0, -1))
		case 5:
			column(j, func(r int, v T) T {
				if r == 1 {
					return T(math.NaN())
				}
				return v
			})
		case 6:
			column(j, func(r int, v T) T {
				if r == 1 {
					return T(math.Inf(1))
				}
				return v
			})
		case 7: // the outputs are denormal in float32
			gamma[j], beta[j] = 1e-40, 0
		case 8: // all inputs are equal to their mean
			beta[j] = 0
			column(j, func(int, T) T { return 0.1 })
		case 9: // inputs of -1 and 1, outputs of -2 gamma or 0 but for rounding
			beta[j] = -gamma[j]
			column(j, func(r int, _ T) T { return T(1 - 2*(r%2)) })
		}
	}
}

func testBatchNormAndReLU[T Float](t *testing.T, rows, c, active int) {
	const eps = 1e-3
	r := newRand(25)
	x, gamma, beta, dy := normal[T](r, rows*c), normal[T](r, c), normal[T](r, c), normal[T](r, rows*c)
	setEdges(x, gamma, beta)
	mean, variance := normal[T](r, c), make([]T, c)
	for i := range variance {
		variance[i] = T(0.1 + r.Float64())
	}
	names := []string{"y", "dx", "dgamma", "dbeta", "y by given statistics"}
	outputs := func() [5][]T {
		return [5][]T{poison[T](rows * c), poison[T](rows * c), poison[T](c), poison[T](c), poison[T](rows * c)}
	}
	b, err := NewBatchNorm[T](rows, c, eps, nil)
	must(t, err)
	want, masked := outputs(), make([]T, len(dy))
	must(t, b.Forward(want[0], x, gamma, beta, active, false))
	must(t, Activate(nil, ReLU, 0, want[0], want[0]))
	must(t, ActivateGrad(nil, ReLU, 0, masked, dy, nil, want[0]))
	must(t, b.Backward(want[1], want[2], want[3], masked, x, gamma, active))
	must(t, BatchNormEval(nil, want[4], x, gamma, beta, mean, variance, eps, false))
	must(t, Activate(nil, ReLU, 0, want[4], want[4]))
	for _, n := range workerCounts {
		ws := NewWorkers(n)
		b, err := NewBatchNorm[T](rows, c, eps, ws)
		must(t, err)
		got := outputs()
		must(t, b.Forward(got[0], x, gamma, beta, active, true))
		must(t, b.Backward(got[1], got[2], got[3], dy, x, gamma, active))
		must(t, BatchNormEval(ws, got[4], x, gamma, beta, mean, variance, eps, true))
		for i, name := range names {
			mustSameBits(t, name, got[i], want[i])
		}
	}
}

func TestBatchNormByHand(t *testing.T) {
	// Values 1 and 3: mean 2, biased variance 1; with epsilon 3 the divisor is 2.
	b, err := NewBatchNorm[float64](2, 1, 3, nil)
	must(t, err)
	y := make([]float64, 2)
	must(t, b.Forward(y, []float64{1, 3}, []float64{4}, []float64{10}, 2, false))
	mustClose(t, "y", y, []float64{8, 12}, 0)
	mustClose(t, "mean", b.Mean(), []float64{2}, 0)
	mustClose(t, "variance", b.Var(), []float64{1}, 0)
	dx, dgamma, dbeta := make([]float64, 2), make([]float64, 1), make([]float64, 1)
	// x̂ = ∓½, dy = 0, 1: dβ = 1, dγ = ½, dx = 4/2·(dy - ½ - x̂·¼) = -¾, ¾.
	must(t, b.Backward(dx, dgamma, dbeta, []float64{0, 1}, []float64{1, 3}, []float64{4}, 2))
	mustClose(t, "dx", dx, []float64{-0.75, 0.75}, 0)
	mustClose(t, "dgamma", dgamma, []float64{0.5}, 0)
	mustClose(t, "dbeta", dbeta, []float64{1}, 0)
}

func TestBatchNormLargeMean(t *testing.T) {
	// Σx² - (Σx)²/n would lose a variance of 1 if the mean is 10⁴.
	b, err := NewBatchNorm[float32](4, 1, 1e-5, nil)
	must(t, err)
	x := []float32{9999, 10001, 9999, 10001}
	must(t, b.Forward(make([]float32, 4), x, []float32{1}, []float32{0}, 4, false))
	mustClose(t, "variance", b.Var(), []float32{1}, 0)
}

func TestBatchNormGradient(t *testing.T) {
	const rows, c = 9, 5
	for _, active := range []int{2, 6, rows} {
		r := newRand(19)
		x, gamma, beta, dy := normal[float64](r, rows*c), normal[float64](r, c), normal[float64](r, c), normal[float64](r, rows*c)
		b, err := NewBatchNorm[float64](rows, c, 1e-2, nil)
		must(t, err)
		y, dx, dgamma, dbeta := poison[float64](len(x)), poison[float64](len(x)), poison[float64](c), poison[float64](c)
		loss := func() float64 {
			must(t, b.Forward(y, x, gamma, beta, active, false))
			return dot(y[:active*c], dy[:active*c])
		}
		loss()
		must(t, b.Backward(dx, dgamma, dbeta, dy, x, gamma, active))
		mustMatchGradient(t, "dx", dx, x, loss)
		mustMatchGradient(t, "dgamma", dgamma, gamma, loss)
		mustMatchGradient(t, "dbeta", dbeta, beta, loss)
	}
}

func TestBatchNormEval(t *testing.T) {
	const rows, c, eps = 50, 37, 1e-2
	r := newRand(20)
	x, gamma, beta, dy := normal[float64](r, rows*c), normal[float64](r, c), normal[float64](r, c), normal[float64](r, rows*c)
	mean, variance := normal[float64](r, c), make([]float64, c)
	want := make([]float64, len(x))
	for j := range c {
		variance[j] = 0.1 + r.Float64()
		for i := j; i < len(x); i += c {
			want[i] = gamma[j]*(x[i]-mean[j])/math.Sqrt(variance[j]+eps) + beta[j]
		}
	}
	var first [4][]float64
	for _, n := range workerCounts {
		ws := NewWorkers(n)
		got := [4][]float64{poison[float64](len(x)), poison[float64](len(x)), poison[float64](c), poison[float64](c)}
		must(t, BatchNormEval(ws, got[0], x, gamma, beta, mean, variance, eps, false))
		must(t, BatchNormEvalGrad(ws, got[1], got[2], got[3], dy, x, gamma, mean, variance, eps))
		mustClose(t, "y", got[0], want, 1e-12)
		if n == 1 {
			first = got
			y := poison[float64](len(x))
			loss := func() float64 {
				must(t, BatchNormEval(nil, y, x, gamma, beta, mean, variance, eps, false))
				return dot(y, dy)
			}
			mustMatchGradient(t, "dx", got[1], x, loss)
			mustMatchGradient(t, "dgamma", got[2], gamma, loss)
			mustMatchGradient(t, "dbeta", got[3], beta, loss)
		}
		for i, name := range []string{"y", "dx", "dgamma", "dbeta"} {
			mustSameBits(t, name, got[i], first[i])
		}
	}
	must(t, BatchNormEvalGrad(nil, nil, nil, nil, dy, x, gamma, mean, variance, eps))
}

// The assembly for float32 is bit-identical to the plain loops, which add float32 numbers in
// float64.
func TestBatchNormEvalGradBits(t *testing.T) {
	const rows, eps = 301, 1e-2
	for _, c := range []int{1, 16, 37} {
		r := newRand(29)
		x, dy, gamma, mean := normal[float32](r, rows*c), normal[float32](r, rows*c), normal[float32](r, c), normal[float32](r, c)
		variance := make([]float32, c)
		dx, dgamma, dbeta := make([]float32, rows*c), make([]float32, c), make([]float32, c)
		for j := range c {
			variance[j] = 0.1 + r.Float32()
			inverse := float32(1 / math.Sqrt(float64(variance[j])+float64(float32(eps))))
			sum, dot := 0.0, 0.0
			for i := j; i < len(x); i += c {
				dx[i] = float32(dy[i]*gamma[j]) * inverse
				sum += float64(dy[i])
				dot += float64(dy[i]) * float64(float32(x[i]-mean[j])*inverse)
			}
			dgamma[j], dbeta[j] = float32(dot), float32(sum)
		}
		for _, n := range workerCounts {
			ws := NewWorkers(n)
			for _, want := range [][3][]float32{{dx, dgamma, dbeta}, {dx, nil, nil}, {nil, dgamma, nil}, {nil, nil, dbeta}} {
				var got [3][]float32
				for i, w := range want {
					if w != nil {
						got[i] = poison[float32](len(w))
					}
				}
				must(t, BatchNormEvalGrad(ws, got[0], got[1], got[2], dy, x, gamma, mean, variance, eps))
				for i, name := range []string{"dx", "dgamma", "dbeta"} {
					if !slices.Equal(got[i], want[i]) {
						t.Fatalf("%d channels, %d workers: %s is %v, want %v", c, n, name, got[i], want[i])
					}
				}
			}
		}
		mustNotAllocate(t, "BatchNormEvalGrad", func() error {
			return BatchNormEvalGrad(nil, dy, dgamma, dbeta, dy, x, gamma, mean, variance, eps)
		})
	}
}

func TestBatchNormErrors(t *testing.T) {
	_, err := NewBatchNorm[float32](0, 3, 1e-5, nil)
	mustFail(t, err, "batch norm: 0 rows of 3 channels")
	_, err = NewBatchNorm[float32](2, 3, 0, nil)
	mustFail(t, err, "epsilon is 0")
	b, err := NewBatchNorm[float32](2, 3, 1e-5, nil)
	must(t, err)
	x, g := make([]float32, 6), make([]float32, 3)
	mustFail(t, b.Forward(x, x, g, g, 0, true), "0 active rows, expected 1 to 2")
	mustFail(t, b.Forward(x, x, g, g, 3, true), "3 active rows")
	mustFail(t, b.Forward(x[1:], x, g, g, 2, true), "y has 5")
	mustFail(t, b.Forward(x, x[1:], g, g, 2, true), "x has 5")
	mustFail(t, b.Forward(x, x, g[1:], g, 2, true), "gamma has 2")
	mustFail(t, b.Forward(x, x, g, g[1:], 2, true), "beta has 2")
	mustFail(t, b.Backward(x, g, g, x, x, g, 5), "5 active rows")
	mustFail(t, b.Backward(x[1:], g, g, x, x, g, 2), "dx has 5")
	mustFail(t, b.Backward(x, g[1:], g, x, x, g, 2), "dgamma has 2")
	mustFail(t, b.Backward(x, g, g[1:], x, x, g, 2), "dbeta has 2")
	mustFail(t, b.Backward(x, g, g, x[1:], x, g, 2), "dy has 5")
	mustFail(t, b.Backward(x, g, g, x, x[1:], g, 2), "x has 5")
	mustFail(t, b.Backward(x, g, g, x, x, g[1:], 2), "gamma has 2")

	mustFail(t, BatchNormEval(nil, x, x[1:], g, g, g, g, 1, false), "x has 5 elements, expected rows of 3")
	mustFail(t, BatchNormEval(nil, x[1:], x, g, g, g, g, 1, false), "y has 5")
	mustFail(t, BatchNormEval(nil, x, x, nil, g, g, g, 1, false), "rows of 0")
	mustFail(t, BatchNormEval(nil, x, x, g, g[1:], g, g, 1, false), "beta has 2")
	mustFail(t, BatchNormEval(nil, x, x, g, g, g[1:], g, 1, false), "mean has 2")
	mustFail(t, BatchNormEval(nil, x, x, g, g, g, g[1:], 1, false), "variance has 2")
	mustFail(t, BatchNormEval(nil, x, x, g, g, g, g, 0, false), "epsilon is 0")
	mustFail(t, BatchNormEvalGrad(nil, x[1:], g, g, x, x, g, g, g, 1), "dx has 5")
	mustFail(t, BatchNormEvalGrad(nil, x, g, g, x[1:], x, g, g, g, 1), "dy has 5")

	mustNotAllocate(t, "Forward", func() error { return b.Forward(x, x, g, g, 2, true) })
	mustNotAllocate(t, "Backward", func() error { return b.Backward(x, g, g, x, x, g, 2) })
	mustNotAllocate(t, "Eval", func() error { return BatchNormEval(nil, x, x, g, g, g, g, 1, false) })
	mustNotAllocate(t, "EvalGrad", func() error { return BatchNormEvalGrad(nil, x, g, g, x, x, g, g, g, 1) })
}

// The variance does not lose digits if the mean is much larger, or moves from row to row.
func TestBatchNormVarianceOfLargeMean(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		const rows, c = 2000, 19
		r := newRand(28)
		x := normal[float32](r, rows*c)
		for i := range x {
			x[i] += 1000 + float32(i/c)/200
		}
		ones := slices.Repeat([]float32{1}, c)
		_, mean, variance := naiveBatchNorm(to[float64](x), to[float64](ones), to[float64](ones), rows-1, 1e-5)
		b, err := NewBatchNorm[float32](rows, c, 1e-5, nil)
		must(t, err)
		must(t, b.Forward(make([]float32, len(x)), x, ones, ones, rows-1, false))
		mustClose(t, "mean", b.Mean(), mean, 1e-6)
		mustClose(t, "variance", b.Var(), variance, 1e-4)
	})
}
