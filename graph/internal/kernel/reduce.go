package kernel

import "inkstone/graph/internal/kernel/simd"

// SumSquares returns Σ x[i]², in float64 and in a fixed order: four
// interleaved sums, then their sum.
func SumSquares[T Float](x []T) float64 {
	var s0, s1, s2, s3 float64
	for len(x) >= 4 {
		a, b, c, d := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		s0 += a * a
		s1 += b * b
		s2 += c * c
		s3 += d * d
		x = x[4:]
	}
	for _, v := range x {
		s0 += float64(v) * float64(v)
	}
	return (s0 + s1) + (s2 + s3)
}

// Scale computes dst[i] = k·src[i]. dst may be src.
func Scale[T Float](dst, src []T, k T) error {
	if err := checkLen("scale", "dst", dst, len(src)); err != nil {
		return err
	}
	if hasAssembly[T]() {
		return simd.Scale(as32(dst), as32(src), float32(k))
	}
	for i, v := range src {
		dst[i] = k * v
	}
	return nil
}
