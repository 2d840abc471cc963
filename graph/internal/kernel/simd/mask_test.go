package simd

import (
	"fmt"
	"math"
	"testing"
)

// maskedRows are operands of [Normalize] whose outputs lie on either side of 0, or are special.
type maskedRows struct{ x, mean, scale, shift []float32 }

// kindsOfColumns is the number of columns that newMaskedRows makes differently.
const kindsOfColumns = 8

// newMaskedRows returns rows of n columns. Column c is of kind (c + first) % kindsOfColumns.
func newMaskedRows(s source, rows, n, first int) maskedRows {
	m := maskedRows{s.normal(rows * n), s.normal(n), s.normal(n), s.normal(n)}
	column := func(c int, value func(r int) float32) {
		for r := range rows {
			m.x[r*n+c] = value(r)
		}
	}
	sign := func() float32 { return float32(1 - 2*s.IntN(2)) }
	negativeZero, inf, nan := float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.NaN())
	for c := range n {
		switch (c + first) % kindsOfColumns {
		case 0: // normal numbers
		case 1: // 0
			m.shift[c] = 0
			column(c, func(int) float32 { return m.mean[c] })
		case 2: // -0
			m.scale[c], m.shift[c] = -1, negativeZero
			column(c, func(int) float32 { return m.mean[c] })
		case 3: // the rounding error of the product, which a product and a sum lose if they are not fused
			at := m.x[c]
			m.shift[c] = -float32((at - m.mean[c]) * m.scale[c])
			column(c, func(int) float32 { return at })
		case 4: // denormal numbers
			m.mean[c], m.scale[c], m.shift[c] = 0, 1, 0
			column(c, func(int) float32 { return sign() * float32(1+s.IntN(3)) * math.SmallestNonzeroFloat32 })
		case 5: // products of normal numbers that are denormal or round to 0
			m.mean[c], m.scale[c], m.shift[c] = 0, 1e-20, 0
			column(c, func(int) float32 { return sign() * float32(math.Pow(10, -20-6*s.Float64())) })
		case 6: // NaN and infinite inputs
			special := []float32{nan, inf, -inf}
			column(c, func(int) float32 { return special[s.IntN(3)] })
		case 7: // NaN and infinite factors
			*[]*float32{&m.mean[c], &m.scale[c], &m.shift[c]}[s.IntN(3)] = []float32{nan, inf, -inf}[s.IntN(3)]
		}
	}
	return m
}

// The kernels that compute the mask of a ReLU from the input of a normalization keep the elements
// of dy whose output is positive, to the last bit.
func TestReLUMaskOfNormalize(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 31)
		zeros, denormals, nans, infinities, lost := 0, 0, 0, 0, 0
		for _, n := range []int{1, 3, 8, 15, 16, 17, 33, 64, 65} {
			for trial := range 3 * kindsOfColumns {
				rows := 1 + trial%5
				m := newMaskedRows(s, rows, n, trial)
				name := fmt.Sprintf("%d rows of %d, trial %d: ", rows, n, trial)
				dy, y, masked := s.normal(rows*n), s.poison(rows*n), s.poison(rows*n)
				must(t, Normalize(y, m.x, m.mean, m.scale, m.shift, true))
				for i, v := range y {
					masked[i] = 0
					if v > 0 {
						masked[i] = dy[i]
					}
					c := i % n
					switch {
					case v == 0:
						zeros++
					case v != v:
						nans++
					case math.IsInf(float64(v), 0):
						infinities++
					case v < 1e-38:
						denormals++
					}
					if v > 0 && normalized(m.x[i], m.mean[c], m.scale[c], m.shift[c]) == 0 {
						lost++
					}
				}
				// The sum of one row is its masked gradient.
				for r := range rows {
					sum, dot := make([]float32, n), make([]float32, n)
					row := func(x []float32) []float32 { return x[r*n:][:n] }
					must(t, ColumnProducts(sum, dot, row(dy), row(m.x), m.mean, m.scale, m.shift))
					mustSameBits(t, name+"mask", sum, row(masked))
				}
				var sums, dots [2][]float32
				for i := range sums {
					sums[i], dots[i] = s.copied(make([]float32, n)), s.copied(make([]float32, n))
				}
				must(t, ColumnProducts(sums[0], dots[0], dy, m.x, m.mean, m.scale, m.shift))
				must(t, ColumnProducts(sums[1], dots[1], masked, m.x, m.mean, nil, nil))
				mustSameBits(t, name+"sums", sums[0], sums[1])
				mustSameBits(t, name+"products", dots[0], dots[1])
				got, want := s.poison(rows*n), s.poison(rows*n)
				a, b, d := s.normal(n), s.normal(n), s.normal(n)
				must(t, NormalizeGrad(got, n, dy, a, m.x, m.mean, b, d, m.scale, m.shift))
				must(t, NormalizeGrad(want, n, masked, a, m.x, m.mean, b, d, nil, nil))
				mustSameBits(t, name+"gradient", got, want)
				must(t, NormalizeGrad(dy, n, dy, a, m.x, m.mean, b, d, m.scale, m.shift))
				mustSameBits(t, name+"gradient in place", dy, want)
			}
		}
		t.Logf("outputs: %d zeros, %d denormals, %d NaN, %d infinite; %d positive only by the fused rounding", zeros, denormals, nans, infinities, lost)
		if zeros == 0 || denormals == 0 || nans == 0 || infinities == 0 || lost == 0 && active.normalizeReLU != nil {
			t.Error("the operands leave out a kind of output")
		}
	})
}
