package kernel

import (
	"math"
	"testing"
)

func TestDropoutKeepsAndScales(t *testing.T) {
	const n = 200_000
	x := make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	for _, rate := range []float64{0, 0.1, 0.5, 0.9} {
		y := poison[float32](n)
		must(t, Dropout(nil, y, x, rate, 42))
		kept, pairs := 0, 0
		for i, v := range y {
			switch v {
			case 0:
			case float32(1 / (1 - rate)):
				kept++
				if i > 0 && y[i-1] != 0 {
					pairs++
				}
			default:
				t.Fatalf("rate %v: y[%d] = %v, want 0 or %v", rate, i, v, 1/(1-rate))
			}
		}
		// Five standard deviations of a binomial count; neighbors are independent.
		keep := 1 - rate
		if d := math.Abs(float64(kept) - n*keep); d > 5*math.Sqrt(n*keep*rate) {
			t.Errorf("rate %v: kept %d of %d", rate, kept, n)
		}
		if d := math.Abs(float64(pairs) - n*keep*keep); d > 10*math.Sqrt(n*keep*rate)+1 {
			t.Errorf("rate %v: kept %d pairs of neighbors of %d", rate, pairs, n)
		}
	}
}

func TestDropoutKeys(t *testing.T) {
	const n = 100_000
	x := make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	mask := func(key uint64) []float32 {
		y := poison[float32](n)
		must(t, Dropout(nil, y, x, 0.5, key))
		return y
	}
	a, b := mask(7), mask(8)
	mustSameBits(t, "the same key", mask(7), a)
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	if math.Abs(float64(same)-n/2) > 5*math.Sqrt(n)/2 {
		t.Errorf("masks of neighboring keys agree at %d of %d elements, want half", same, n)
	}
}

func TestDropoutSameBitsForAnyWorkers(t *testing.T) {
	x := normal[float64](newRand(21), workersSize)
	want := poison[float64](len(x))
	must(t, Dropout(nil, want, x, 0.3, 9))
	for _, n := range workerCounts {
		y := append([]float64(nil), x...)
		must(t, Dropout(NewWorkers(n), y, y, 0.3, 9))
		mustSameBits(t, "y", y, want)
	}
}

// The assembly for float32 drops the elements that the plain loop for float64 drops.
func TestDropoutSameMaskForAnyPrecision(t *testing.T) {
	x := normal[float32](newRand(30), workersSize)
	for _, rate := range []float64{0, 1e-9, 0.3, 0.5, 0.999} {
		y, want := poison[float32](len(x)), poison[float64](len(x))
		must(t, Dropout(nil, y, x, rate, 11))
		must(t, Dropout(nil, want, to[float64](x), rate, 11))
		scale := float32(1 / (1 - rate))
		for i, w := range want {
			if v := float32(x[i] * scale); (w == 0 && y[i] != 0) || (w != 0 && y[i] != v) {
				t.Fatalf("rate %v: y[%d] = %v, want %v", rate, i, y[i], w)
			}
		}
		for _, n := range workerCounts {
			again := poison[float32](len(x))
			must(t, Dropout(NewWorkers(n), again, x, rate, 11))
			mustSameBits(t, "y", again, y)
		}
	}
}

func TestDropoutGradient(t *testing.T) {
	r := newRand(22)
	x, dy := normal[float64](r, 50), normal[float64](r, 50)
	y, dx := poison[float64](50), poison[float64](50)
	must(t, Dropout(nil, dx, dy, 0.4, 3))
	mustMatchGradient(t, "dx", dx, x, func() float64 {
		must(t, Dropout(nil, y, x, 0.4, 3))
		return dot(y, dy)
	})
}

func TestDropoutDropsInfinity(t *testing.T) {
	x, y := make([]float64, 64), make([]float64, 64)
	for i := range x {
		x[i] = math.Inf(1)
	}
	must(t, Dropout(nil, y, x, 0.5, 1))
	for i, v := range y {
		if v != 0 && v != math.Inf(1) {
			t.Fatalf("y[%d] = %v, want 0 or +Inf", i, v)
		}
	}
}

func TestDropoutErrors(t *testing.T) {
	x := make([]float32, 2)
	for _, rate := range []float64{-0.1, 1, math.NaN()} {
		mustFail(t, Dropout(nil, x, x, rate, 0), "dropout: rate is")
	}
	mustFail(t, Dropout(nil, x[1:], x, 0.5, 0), "y has 1")
	mustNotAllocate(t, "Dropout", func() error { return Dropout(nil, x, x, 0.5, 0) })
}
