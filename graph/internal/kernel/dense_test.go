package kernel

import (
	"fmt"
	"testing"
)

// naiveDense computes Dense and its gradients by the formula.
func naiveDense(n, in, out int, x, weight, bias, dy []float64) (y, dx, dweight, dbias []float64) {
	y, dbias = make([]float64, n*out), make([]float64, out)
	dx, dweight = make([]float64, n*in), make([]float64, in*out)
	for r := range n {
		for o := range out {
			y[r*out+o] = bias[o]
			dbias[o] += dy[r*out+o]
			for i := range in {
				y[r*out+o] += x[r*in+i] * weight[i*out+o]
				dx[r*in+i] += dy[r*out+o] * weight[i*out+o]
				dweight[i*out+o] += dy[r*out+o] * x[r*in+i]
			}
		}
	}
	return y, dx, dweight, dbias
}

func testDense[T Float](t *testing.T, n, in, out int, tol float64) {
	r := newRand(5)
	x, weight, bias := normal[T](r, n*in), normal[T](r, in*out), normal[T](r, out)
	dy := sparse[T](r, n*out, 0.4)
	y, dx, dweight, dbias := poison[T](n*out), poison[T](n*in), poison[T](in*out), poison[T](out)
	d, err := NewDense[T](n, in, out, false, NewWorkers(2))
	must(t, err)
	must(t, d.Forward(y, x, weight, bias))
	must(t, d.Backward(dx, dweight, dbias, dy, nil, x, weight))
	wantY, wantX, wantWeight, wantBias := naiveDense(n, in, out,
		to[float64](x), to[float64](weight), to[float64](bias), to[float64](dy))
	mustClose(t, "y", y, wantY, tol)
	mustClose(t, "dx", dx, wantX, tol)
	mustClose(t, "dweight", dweight, wantWeight, tol)
	mustClose(t, "dbias", dbias, wantBias, tol)

	for _, p := range [][]T{dx, dweight, dbias} {
		copy(p, poison[T](len(p)))
	}
	must(t, d.Backward(dx, nil, nil, dy, nil, nil, weight))
	must(t, d.Backward(nil, dweight, nil, dy, nil, x, nil))
	must(t, d.Backward(nil, nil, dbias, dy, nil, nil, nil))
	mustClose(t, "dx alone", dx, wantX, tol)
	mustClose(t, "dweight alone", dweight, wantWeight, tol)
	mustClose(t, "dbias alone", dbias, wantBias, tol)

	must(t, d.Forward(y, x, weight, nil))
	for i := range wantY {
		wantY[i] -= float64(bias[i%out])
	}
	mustClose(t, "y without bias", y, wantY, tol)
}

func TestDenseMatchesNaive(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {1, 7, 10}, {3, 8, 8}, {5, 9, 17}, {33, 300, 12}, {70, 513, 3}, {2, 40, 130}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			testDense[float64](t, c[0], c[1], c[2], 1e-12)
			testDense[float32](t, c[0], c[1], c[2], 1e-4)
		})
	}
}

func TestDenseByHand(t *testing.T) {
	d, err := NewDense[float64](2, 3, 2, false, nil)
	must(t, err)
	x := []float64{1, 2, 3, 0, -1, 4}
	weight := []float64{1, 2, 3, 4, 5, 6}
	y := make([]float64, 4)
	must(t, d.Forward(y, x, weight, []float64{0.5, -0.5}))
	mustClose(t, "y", y, []float64{22.5, 27.5, 17.5, 19.5}, 0)
	dx, dweight, dbias := make([]float64, 6), make([]float64, 6), make([]float64, 2)
	must(t, d.Backward(dx, dweight, dbias, []float64{1, 0, -1, 2}, nil, x, weight))
	mustClose(t, "dx", dx, []float64{1, 3, 5, 3, 5, 7}, 0)
	mustClose(t, "dweight", dweight, []float64{1, 0, 3, -2, -1, 8}, 0)
	mustClose(t, "dbias", dbias, []float64{0, 2}, 0)
}

func TestDenseGradient(t *testing.T) {
	const n, in, out = 3, 11, 9
	r := newRand(6)
	x, weight, bias, dy := normal[float64](r, n*in), normal[float64](r, in*out), normal[float64](r, out), normal[float64](r, n*out)
	y, dx, dweight, dbias := poison[float64](n*out), poison[float64](n*in), poison[float64](in*out), poison[float64](out)
	d, err := NewDense[float64](n, in, out, false, nil)
	must(t, err)
	must(t, d.Backward(dx, dweight, dbias, dy, nil, x, weight))
	loss := func() float64 {
		must(t, d.Forward(y, x, weight, bias))
		return dot(y, dy)
	}
	mustMatchGradient(t, "dx", dx, x, loss)
	mustMatchGradient(t, "dweight", dweight, weight, loss)
	mustMatchGradient(t, "dbias", dbias, bias, loss)
}

func TestDenseSameBitsForAnyWorkers(t *testing.T) {
	const n, in, out = 40, 300, 20
	r := newRand(7)
	x, weight, bias, dy := normal[float32](r, n*in), normal[float32](r, in*out), normal[float32](r, out), normal[float32](r, n*out)
	var want [4][]float32
	for _, w := range workerCounts {
		d, err := NewDense[float32](n, in, out, false, NewWorkers(w))
		must(t, err)
		got := [4][]float32{poison[float32](n * out), poison[float32](n * in), poison[float32](in * out), poison[float32](out)}
		must(t, d.Forward(got[0], x, weight, bias))
		must(t, d.Backward(got[1], got[2], got[3], dy, nil, x, weight))
		if w == 1 {
			want = got
		}
		for i, name := range []string{"y", "dx", "dweight", "dbias"} {
			mustSameBits(t, name, got[i], want[i])
		}
	}
}

func TestDenseErrors(t *testing.T) {
	for _, c := range [][3]int{{0, 1, 1}, {1, 0, 1}, {1, 1, -1}, {1, 1 << 20, 1 << 20}} {
		_, err := NewDense[float32](c[0], c[1], c[2], false, nil)
		mustFail(t, err, "dense: n is", fmt.Sprintf("in %d, out %d", c[1], c[2]))
	}
	d, err := NewDense[float32](2, 3, 4, false, nil)
	must(t, err)
	y, x, weight, bias := make([]float32, 8), make([]float32, 6), make([]float32, 12), make([]float32, 4)
	mustFail(t, d.Forward(y[1:], x, weight, bias), "y has 7 elements, expected 8")
	mustFail(t, d.Forward(y, x[1:], weight, bias), "x has 5")
	mustFail(t, d.Forward(y, x, weight[1:], bias), "weight has 11")
	mustFail(t, d.Forward(y, x, weight, bias[1:]), "bias has 3")
	mustFail(t, d.Backward(x, weight, bias, y[1:], nil, x, weight), "dy has 7")
	mustFail(t, d.Backward(x[1:], weight, bias, y, nil, x, weight), "dx has 5")
	mustFail(t, d.Backward(x, weight[1:], bias, y, nil, x, weight), "dweight has 11")
	mustFail(t, d.Backward(x, weight, bias[1:], y, nil, x, weight), "dbias has 3")
	mustFail(t, d.Backward(nil, weight, nil, y, nil, nil, nil), "x has 0")
	mustFail(t, d.Backward(x, nil, nil, y, nil, nil, nil), "weight has 0")
}

func TestDenseDoesNotAllocate(t *testing.T) {
	d, err := NewDense[float32](2, 3, 4, false, NewWorkers(1))
	must(t, err)
	y, x, weight, bias := make([]float32, 8), make([]float32, 6), make([]float32, 12), make([]float32, 4)
	dx, dweight := make([]float32, 6), make([]float32, 12)
	mustNotAllocate(t, "Forward", func() error { return d.Forward(y, x, weight, bias) })
	mustNotAllocate(t, "Backward", func() error { return d.Backward(dx, dweight, bias, y, nil, x, weight) })
}

func TestDenseReLUIsItsChain(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for i, q := range [][3]int{{1, 1, 1}, {5, 70, 9}, {100, 33, 130}, {7, 300, 64}, {20, 200, 24}, {64, 1000, 40}} {
			r := newRand(uint64(i))
			n, in, out := q[0], q[1], q[2]
			x, w, b, dy := normal[float32](r, n*in), normal[float32](r, in*out), normal[float32](r, out), normal[float32](r, n*out)
			chain, err := NewDense[float64](n, in, out, false, nil)
			must(t, err)
			wantY := make([]float64, n*out)
			must(t, chain.Forward(wantY, to[float64](x), to[float64](w), to[float64](b)))
			must(t, Activate(nil, ReLU, 0, wantY, wantY))
			masked := to[float64](dy)
			must(t, ActivateGrad(nil, ReLU, 0, masked, masked, nil, wantY))
			wantX, wantW, wantB := make([]float64, n*in), make([]float64, in*out), make([]float64, out)
			must(t, chain.Backward(wantX, wantW, wantB, masked, nil, to[float64](x), to[float64](w)))

			fused, err := NewDense[float32](n, in, out, true, nil)
			must(t, err)
			y, dx, dw, db := poison[float32](n*out), poison[float32](n*in), poison[float32](in*out), poison[float32](out)
			must(t, fused.Forward(y, x, w, b))
			mustClose(t, "y", y, wantY, 1e-4)
			must(t, fused.Backward(dx, dw, db, dy, y, x, w))
			mustClose(t, "dx", dx, wantX, 1e-4)
			mustClose(t, "dw", dw, wantW, 1e-4)
			mustClose(t, "db", db, wantB, 1e-4)
		}
	})
}
