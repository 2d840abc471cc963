package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"inkstone/graph/internal/kernel/simd"
)

// newRand returns a source of the same numbers in each run of a test.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x1ed)) }

// normal returns n standard normal numbers.
func normal[T Float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.NormFloat64())
	}
	return s
}

// sparse returns n standard normal numbers, of which the given share is zero.
func sparse[T Float](r *rand.Rand, n int, zeros float64) []T {
	s := normal[T](r, n)
	for i := range s {
		if r.Float64() < zeros {
			s[i] = 0
		}
	}
	return s
}

// poison returns n NaNs, which show what a kernel failed to write.
func poison[T Float](n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(math.NaN())
	}
	return s
}

// to converts a slice to another element type.
func to[T, S Float](s []S) []T {
	t := make([]T, len(s))
	for i, v := range s {
		t[i] = T(v)
	}
	return t
}

// mustClose fails unless got and want agree within tol, relative to the larger
// of 1 and the wanted value.
func mustClose[T, S Float](t *testing.T, name string, got []T, want []S, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, want %d", name, len(got), len(want))
	}
	for i := range got {
		g, w := float64(got[i]), float64(want[i])
		if !(math.Abs(g-w) <= tol*max(1, math.Abs(w))) {
			t.Fatalf("%s[%d] = %v, want %v (tolerance %g)", name, i, g, w, tol)
		}
	}
}

// mustSameBits fails unless got and want are equal bit by bit.
func mustSameBits[T Float](t *testing.T, name string, got, want []T) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b T) bool {
		return math.Float64bits(float64(a)) == math.Float64bits(float64(b))
	}) {
		t.Fatalf("%s depends on the number of workers", name)
	}
}

// mustMatchGradient compares grad with central finite differences of f with
// respect to x, which f reads.
func mustMatchGradient(t *testing.T, name string, grad, x []float64, f func() float64) {
	t.Helper()
	const h, tol = 1e-5, 1e-7 // truncation h² = 1e-10, rounding 1e-16/h = 1e-11, times the size of f
	want := make([]float64, len(x))
	for i, v := range x {
		x[i] = v + h
		up := f()
		x[i] = v - h
		down := f()
		x[i] = v
		want[i] = (up - down) / (2 * h)
	}
	mustClose(t, name, grad, want, tol)
}

// dot returns Σ a·b, the scalar whose gradient with respect to a is b.
func dot[T Float](a, b []T) float64 {
	sum := 0.0
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
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

// must stops a test at an unexpected error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustNotAllocate fails if f allocates after a first call to warm up.
func mustNotAllocate(t *testing.T, name string, f func() error) {
	t.Helper()
	must(t, f())
	if n := testing.AllocsPerRun(5, func() {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%s allocates %v times a call, want 0", name, n)
	}
}

// workerCounts are the numbers of workers that must give the same bits.
var workerCounts = []int{1, 2, 3, 8}

// windows are the geometries that convolution and pooling are tested over:
// odd sizes, one image, one channel, strides, dilations and asymmetric padding.
var windows = []Window{
	{N: 1, H: 1, W: 1, C: 1, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1},
	{N: 2, H: 5, W: 7, C: 1, KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1},
	{N: 3, H: 7, W: 5, C: 4, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadTop: 1, PadLeft: 1, DilationH: 1, DilationW: 1},
	{N: 1, H: 9, W: 8, C: 6, KH: 2, KW: 3, StrideH: 1, StrideW: 3, PadBottom: 1, PadRight: 1, DilationH: 3, DilationW: 2},
	{N: 17, H: 6, W: 6, C: 12, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadTop: 1, PadBottom: 1, PadLeft: 1, PadRight: 1, DilationH: 1, DilationW: 1},
	{N: 5, H: 4, W: 11, C: 2, KH: 4, KW: 5, StrideH: 3, StrideW: 2, PadTop: 2, PadBottom: 1, PadLeft: 0, PadRight: 2, DilationH: 1, DilationW: 1},
	{N: 2, H: 8, W: 8, C: 10, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 2},
	{N: 2, H: 3, W: 4, C: 3, KH: 5, KW: 5, StrideH: 1, StrideW: 2, PadTop: 2, PadBottom: 2, PadLeft: 2, PadRight: 2, DilationH: 1, DilationW: 1},
}

func (w Window) testName() string {
	return fmt.Sprintf("n%d_%dx%dx%d_k%dx%d_s%dx%d_p%d.%d.%d.%d_d%dx%d", w.N, w.H, w.W, w.C, w.KH, w.KW,
		w.StrideH, w.StrideW, w.PadTop, w.PadBottom, w.PadLeft, w.PadRight, w.DilationH, w.DilationW)
}

// onEachPath runs a test on each path of package simd that this processor has.
func onEachPath(t *testing.T, f func(t *testing.T)) {
	before := simd.Path()
	defer simd.SetPath(before)
	for _, name := range simd.Paths() {
		must(t, simd.SetPath(name))
		t.Run(name, f)
	}
}
