package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// onEachPath runs a test on every path that this processor has.
func onEachPath(t *testing.T, f func(t *testing.T)) {
	before := Path()
	defer SetPath(before)
	for _, name := range Paths() {
		if err := SetPath(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}
}

// A source makes reproducible operands for a test, which lie next to pages that fault.
type source struct {
	*rand.Rand
	t testing.TB
}

func newSource(t testing.TB, seed uint64) source {
	return source{rand.New(rand.NewPCG(seed, 0x51d)), t}
}

// normal returns n standard normal values.
func (s source) normal(n int) []float32 {
	x := fenced[float32](s.t, n, s.IntN(2) == 0)
	for i := range x {
		x[i] = float32(s.NormFloat64())
	}
	return x
}

// sparse returns n values of which the given share is zero.
func (s source) sparse(n int, zeros float64) []float32 {
	x := s.normal(n)
	for i := range x {
		if s.Float64() < zeros {
			x[i] = 0
		}
	}
	return x
}

// poison returns n values of NaN, which show what a kernel failed to write.
func (s source) poison(n int) []float32 {
	x := fenced[float32](s.t, n, s.IntN(2) == 0)
	for i := range x {
		x[i] = float32(math.NaN())
	}
	return x
}

// copied returns a copy of x next to a page that faults.
func (s source) copied(x []float32) []float32 {
	y := fenced[float32](s.t, len(x), s.IntN(2) == 0)
	copy(y, x)
	return y
}

// size returns a random size: often small, often near the width of a vector, sometimes large.
func (s source) size(limit int) int {
	switch s.IntN(3) {
	case 0:
		return 1 + s.IntN(min(limit, 5))
	case 1:
		return 1 + s.IntN(min(limit, 20))
	}
	return 1 + s.IntN(limit)
}

// mustClose fails unless got agrees with want within tol, relative to the larger of 1
// and the wanted value; wanted NaNs must be NaN, which also stands for "not written".
func mustClose(t *testing.T, name string, got []float32, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		g := float64(got[i])
		if math.IsNaN(w) && math.IsNaN(g) {
			continue
		}
		if !(math.Abs(g-w) <= tol*max(1, math.Abs(w))) {
			t.Fatalf("%s[%d] = %v, want %v (tolerance %g)", name, i, g, w, tol)
		}
	}
}

// float64s converts a slice to float64.
func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// must stops a test at an unexpected error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustFail fails unless err mentions each of the words.
func mustFail(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one about %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not mention %q", err, w)
		}
	}
}

// gflops reports a rate and its share of the peak that the same run measures.
func gflops(b *testing.B, flops float64) {
	rate := flops * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate/1e9, "GFLOP/s")
	if peak := PeakFLOPS(0); peak > 0 {
		b.ReportMetric(100*rate/peak, "%peak")
	}
}

// benchEachPath runs a benchmark on every path.
func benchEachPath(b *testing.B, f func(b *testing.B)) {
	before := Path()
	defer SetPath(before)
	for _, name := range Paths() {
		if err := SetPath(name); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("path=%s", name), f)
	}
}
