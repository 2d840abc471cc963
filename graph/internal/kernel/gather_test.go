package kernel

import (
	"math"
	"slices"
	"testing"
)

func TestGatherMatchesNaive(t *testing.T) {
	r := newRand(11)
	m := normal[float64](r, 400)
	for n := range 14 { // every remainder of the unrolled loop
		const base = 24
		list := make([]entry[float64], n)
		want := normal[float64](r, lanes)
		acc := [lanes]float64(want)
		for i := range list {
			list[i] = entry[float64]{uint32(base + r.IntN(300)), r.NormFloat64()}
			for l := range want {
				want[l] += list[i].value * m[int(list[i].off)-base+l]
			}
		}
		gather(&acc, list, m, -base)
		mustClose(t, "gather", acc[:], want, 1e-13)
	}
}

func TestGatherDenseMatchesNaive(t *testing.T) {
	r := newRand(12)
	for n := range 14 {
		x, panel := normal[float64](r, n), normal[float64](r, n*lanes)
		want := normal[float64](r, lanes)
		acc := [lanes]float64(want)
		for i, v := range x {
			for l := range want {
				want[l] += v * panel[i*lanes+l]
			}
		}
		gatherDense(&acc, x, panel)
		mustClose(t, "gatherDense", acc[:], want, 1e-13)
	}
}

func TestAppendNonzero(t *testing.T) {
	list := make([]entry[float64], 6)
	list[0] = entry[float64]{7, 7}
	negativeZero := math.Copysign(0, -1)
	n := appendNonzero(list, 1, []float64{0, 2, negativeZero, -3}, 10, 5)
	if want := []entry[float64]{{7, 7}, {15, 2}, {25, -3}}; !slices.Equal(list[:n], want) {
		t.Errorf("list = %v, want %v", list[:n], want)
	}
	// A NaN is not zero, so a diverged network stays visible.
	if n := appendNonzero(list, 0, []float64{math.NaN()}, 0, 1); n != 1 {
		t.Errorf("NaN was dropped")
	}
}
