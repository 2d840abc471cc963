package kernel

import (
	"fmt"
	"slices"
	"testing"
)

// at returns the entry of v, of that shape, that an entry of an array of shape out reads.
func at(v []float64, shape, out []int, i int) float64 {
	o, stride := 0, 1
	for a := len(out) - 1; a >= 0; a-- {
		if shape[a] > 1 {
			o += i % out[a] * stride
		}
		stride *= shape[a]
		i /= out[a]
	}
	return v[o]
}

// TestProductNaive compares with the definition over all ways to repeat either operand.
func TestProductNaive(t *testing.T) {
	r := newRand(33)
	for _, shape := range [][]int{{3}, {3, 4}, {2, 3, 5}, {5, 2, 3, 4}, {1, 3, 2, 5}, {2, 1, 3, 1}} {
		for left := range 1 << len(shape) {
			for right := range 1 << len(shape) {
				sa, sb, out := slices.Clone(shape), slices.Clone(shape), slices.Clone(shape)
				for i := range shape {
					if left>>i&1 == 1 {
						sa[i] = 1
					}
					if right>>i&1 == 1 {
						sb[i] = 1
					}
					out[i] = max(sa[i], sb[i])
				}
				name := fmt.Sprint(sa, " by ", sb)
				a, b := normal[float64](r, product(sa)), normal[float64](r, product(sb))
				want := make([]float64, product(out))
				for i := range want {
					want[i] = at(a, sa, out, i) * at(b, sb, out, i)
				}
				k, err := NewProduct[float64](sa, sb, NewWorkers(3))
				must(t, err)
				y := poison[float64](len(want))
				must(t, k.Forward(y, a, b))
				mustClose(t, name, y, want, 1e-15)

				dy := normal[float64](r, len(y))
				f := func() float64 {
					must(t, k.Forward(y, a, b))
					return dot(y, dy)
				}
				da, db := poison[float64](len(a)), poison[float64](len(b))
				must(t, k.Backward(da, db, dy, a, b))
				mustMatchGradient(t, "da of "+name, da, a, f)
				mustMatchGradient(t, "db of "+name, db, b, f)
				onlyA, onlyB := poison[float64](len(a)), poison[float64](len(b))
				must(t, k.Backward(onlyA, nil, dy, a, b))
				must(t, k.Backward(nil, onlyB, dy, a, b))
				mustClose(t, "da alone of "+name, onlyA, da, 0)
				mustClose(t, "db alone of "+name, onlyB, db, 0)
			}
		}
	}
}

func TestProductByHand(t *testing.T) {
	k, err := NewProduct[float64]([]int{2, 2, 2}, []int{1, 1, 2}, nil)
	must(t, err)
	a, b := []float64{1, 2, 3, 4, 5, 6, 7, 8}, []float64{10, 100}
	y, da, db := make([]float64, 8), make([]float64, 8), make([]float64, 2)
	must(t, k.Forward(y, a, b))
	mustClose(t, "y", y, []float64{10, 200, 30, 400, 50, 600, 70, 800}, 0)
	must(t, k.Backward(da, db, []float64{1, 1, 1, 1, 2, 2, 2, 2}, a, b))
	mustClose(t, "da", da, []float64{10, 100, 10, 100, 20, 200, 20, 200}, 0)
	mustClose(t, "db", db, []float64{1 + 3 + 10 + 14, 2 + 4 + 12 + 16}, 0)
}

func TestProductSameBitsForAnyWorkers(t *testing.T) {
	r := newRand(34)
	sa, sb := []int{37, 9, 11, 5}, []int{1, 9, 1, 5}
	a, b, dy := normal[float32](r, product(sa)), normal[float32](r, product(sb)), normal[float32](r, product(sa))
	var want [3][]float32
	for _, n := range workerCounts {
		k, err := NewProduct[float32](sa, sb, NewWorkers(n))
		must(t, err)
		got := [3][]float32{poison[float32](len(dy)), poison[float32](len(a)), poison[float32](len(b))}
		must(t, k.Forward(got[0], a, b))
		must(t, k.Backward(got[1], got[2], dy, a, b))
		if want[0] == nil {
			want = got
		}
		for i := range got {
			mustSameBits(t, "product", got[i], want[i])
		}
	}
}

func TestProductErrors(t *testing.T) {
	for _, tc := range []struct {
		a, b []int
		want string
	}{
		{nil, nil, "expected as many axes, at least 1"},
		{[]int{2, 3}, []int{2}, "product: shapes [2 3] and [2]"},
		{[]int{2, 3}, []int{2, 4}, "expected equal sizes along axis 1, or 1"},
		{[]int{2, 0}, []int{2, 0}, "sizes of at least 1"},
		{[]int{1, 1 << 14, 1}, []int{1, 1, 1 << 14}, "at most"},
	} {
		_, err := NewProduct[float32](tc.a, tc.b, nil)
		mustFail(t, err, tc.want)
	}
	k, err := NewProduct[float32]([]int{2, 3}, []int{2, 1}, nil)
	must(t, err)
	x, s := make([]float32, 6), make([]float32, 2)
	mustFail(t, k.Forward(x[1:], x, s), "product: y has 5 elements, expected 6")
	mustFail(t, k.Forward(x, x[1:], s), "product: a has 5 elements, expected 6")
	mustFail(t, k.Forward(x, x, s[1:]), "product: b has 1 elements, expected 2")
	mustFail(t, k.Backward(x, s, x[1:], x, s), "product: dy has 5 elements, expected 6")
	mustFail(t, k.Backward(x[1:], s, x, x, s), "product: da has 5 elements, expected 6")
	mustFail(t, k.Backward(x, s[1:], x, x, s), "product: db has 1 elements, expected 2")
}

func TestProductDoesNotAllocate(t *testing.T) {
	k, err := NewProduct[float32]([]int{3, 4, 5}, []int{1, 1, 5}, nil)
	must(t, err)
	x, w := make([]float32, 60), make([]float32, 5)
	mustNotAllocate(t, "Forward", func() error { return k.Forward(x, x, w) })
	mustNotAllocate(t, "Backward", func() error { return k.Backward(x, w, x, x, w) })
}
