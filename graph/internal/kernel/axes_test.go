package kernel

import (
	"fmt"
	"math"
	"testing"
)

// naiveReduce reduces x by the definition: it finds the output of each entry from the
// entry's index along each axis.
func naiveReduce(kind Reduction, x []float64, shape []int, reduced []bool) []float64 {
	var y []float64
	at := map[string]int{}
	counts := map[int]int{}
	for i := range x {
		index, rest := make([]int, len(shape)), i
		for a := len(shape) - 1; a >= 0; a-- {
			index[a] = rest % shape[a]
			rest /= shape[a]
			if reduced[a] {
				index[a] = 0
			}
		}
		key := fmt.Sprint(index)
		o, ok := at[key]
		switch {
		case !ok:
			o = len(y)
			at[key] = o
			y = append(y, x[i])
		case kind == ReduceMax:
			y[o] = max(y[o], x[i])
		default:
			y[o] += x[i]
		}
		counts[o]++
	}
	if kind == ReduceMean {
		for o := range y {
			y[o] /= float64(counts[o])
		}
	}
	return y
}

// eachAxes calls f for shapes with sizes of 1 and odd sizes and all sets of axes without
// the first.
func eachAxes(f func(shape []int, reduced []bool)) {
	for _, shape := range [][]int{{3, 4}, {1, 1}, {2, 3, 5}, {20, 3, 5, 4}, {1, 3, 5, 7}, {2, 1, 4, 1}, {3, 2, 1, 3}, {2, 3, 2, 3, 2}} {
		for set := range 1 << (len(shape) - 1) {
			reduced := make([]bool, len(shape))
			for a := 1; a < len(shape); a++ {
				reduced[a] = set>>(a-1)&1 == 1
			}
			f(shape, reduced)
		}
	}
}

func product(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

func TestReduceNaive(t *testing.T) {
	r := newRand(31)
	for kind := ReduceSum; kind <= ReduceMax; kind++ {
		eachAxes(func(shape []int, reduced []bool) {
			x := normal[float64](r, product(shape))
			want := naiveReduce(kind, x, shape, reduced)
			for _, n := range workerCounts {
				k, err := NewReduce[float64](kind, shape, reduced, NewWorkers(n))
				must(t, err)
				y := poison[float64](len(want))
				must(t, k.Forward(y, x))
				mustClose(t, fmt.Sprint(kind, shape, reduced), y, want, 1e-14)

				dy, dx := normal[float64](r, len(y)), poison[float64](len(x))
				must(t, k.Backward(dx, dy))
				mustMatchGradient(t, fmt.Sprint("gradient ", kind, shape, reduced), dx, x, func() float64 {
					must(t, k.Forward(y, x))
					return dot(y, dy)
				})
			}
		})
	}
}

func TestReduceByHand(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 12} // images 1 2/3 4 and 5 6/7 12
	for _, tc := range []struct {
		kind   Reduction
		axes   []bool
		y, d   []float64 // d is the gradient for dy of 10, 20, ...
		output int
	}{
		{ReduceSum, []bool{false, true, false}, []float64{4, 6, 12, 18}, []float64{10, 20, 10, 20, 30, 40, 30, 40}, 4},
		{ReduceSum, []bool{false, false, true}, []float64{3, 7, 11, 19}, []float64{10, 10, 20, 20, 30, 30, 40, 40}, 4},
		{ReduceMean, []bool{false, true, true}, []float64{2.5, 7.5}, []float64{2.5, 2.5, 2.5, 2.5, 5, 5, 5, 5}, 2},
		{ReduceMax, []bool{false, true, false}, []float64{3, 4, 7, 12}, []float64{0, 0, 10, 20, 0, 0, 30, 40}, 4},
		{ReduceMax, []bool{false, true, true}, []float64{4, 12}, []float64{0, 0, 0, 10, 0, 0, 0, 20}, 2},
	} {
		k, err := NewReduce[float64](tc.kind, []int{2, 2, 2}, tc.axes, nil)
		must(t, err)
		y, dx := make([]float64, tc.output), make([]float64, 8)
		must(t, k.Forward(y, x))
		mustClose(t, "y", y, tc.y, 0)
		must(t, k.Backward(dx, []float64{10, 20, 30, 40}[:tc.output]))
		mustClose(t, "dx", dx, tc.d, 0)
	}
}

// TestReduceMaxTie checks that the first of equal maxima gets the gradient, and that a NaN
// is the maximum.
func TestReduceMaxTie(t *testing.T) {
	k, err := NewReduce[float32](ReduceMax, []int{1, 4}, []bool{false, true}, nil)
	must(t, err)
	y, dx := make([]float32, 1), make([]float32, 4)
	must(t, k.Forward(y, []float32{1, 3, 3, 2}))
	must(t, k.Backward(dx, []float32{5}))
	mustClose(t, "dx", dx, []float32{0, 5, 0, 0}, 0)
	nan := float32(math.NaN())
	must(t, k.Forward(y, []float32{1, nan, 3, nan}))
	must(t, k.Backward(dx, []float32{5}))
	mustClose(t, "dx", dx, []float32{0, 5, 0, 0}, 0)
	if y[0] == y[0] {
		t.Errorf("the maximum of a NaN and numbers is %v, want NaN", y[0])
	}
}

func TestReduceSameBitsForAnyWorkers(t *testing.T) {
	r := newRand(32)
	shape, reduced := []int{37, 9, 11, 5}, []bool{false, true, false, true}
	x, dy := normal[float32](r, product(shape)), normal[float32](r, 37*11)
	for kind := ReduceSum; kind <= ReduceMax; kind++ {
		var wantY, wantX []float32
		for _, n := range workerCounts {
			k, err := NewReduce[float32](kind, shape, reduced, NewWorkers(n))
			must(t, err)
			y, dx := poison[float32](len(dy)), poison[float32](len(x))
			must(t, k.Forward(y, x))
			must(t, k.Backward(dx, dy))
			if wantY == nil {
				wantY, wantX = y, dx
			}
			mustSameBits(t, "y", y, wantY)
			mustSameBits(t, "dx", dx, wantX)
		}
	}
}

func TestReduceErrors(t *testing.T) {
	for _, tc := range []struct {
		kind    Reduction
		shape   []int
		reduced []bool
		want    string
	}{
		{ReduceSum, []int{3}, []bool{false}, "expected at least 2 axes"},
		{ReduceSum, []int{3, 2}, []bool{true, false}, "without the first"},
		{ReduceSum, []int{3, 2}, []bool{false}, "reduce: shape [3 2] along axes [false]"},
		{ReduceSum, []int{3, 0}, []bool{false, true}, "sizes of at least 1"},
		{ReduceMax, []int{1, 1 << 14, 1 << 14}, []bool{false, true, true}, "at most"},
		{7, []int{3, 2}, []bool{false, true}, "unknown reduction 7"},
	} {
		_, err := NewReduce[float32](tc.kind, tc.shape, tc.reduced, nil)
		mustFail(t, err, tc.want)
	}
	k, err := NewReduce[float32](ReduceSum, []int{2, 3}, []bool{false, true}, nil)
	must(t, err)
	x, y := make([]float32, 6), make([]float32, 2)
	mustFail(t, k.Forward(y[1:], x), "reduce: y has 1 elements, expected 2")
	mustFail(t, k.Forward(y, x[1:]), "reduce: x has 5 elements, expected 6")
	mustFail(t, k.Backward(x, y[1:]), "reduce: dy has 1 elements, expected 2")
	mustFail(t, k.Backward(x[1:], y), "reduce: dx has 5 elements, expected 6")
}

func TestReduceDoesNotAllocate(t *testing.T) {
	k, err := NewReduce[float32](ReduceMax, []int{3, 4, 5}, []bool{false, true, false}, nil)
	must(t, err)
	x, y := make([]float32, 60), make([]float32, 15)
	mustNotAllocate(t, "Forward", func() error { return k.Forward(y, x) })
	mustNotAllocate(t, "Backward", func() error { return k.Backward(x, y) })
}
