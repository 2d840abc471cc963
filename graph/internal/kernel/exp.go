package kernel

import "math"

// exp returns e to the power x for x <= 0, with an error of at most one unit in the last place. Unlike
// [math.Exp] it gives the same bits on all processors: it uses only operations that IEEE 754 defines
// exactly, with conversions that keep the compiler from fusing them.
//
// x = k ln 2 + r with |r| <= ln 2 / 2, and e^r is the Taylor polynomial of degree 13, whose error is
// below 2^-57.
func exp(x float64) float64 {
	const (
		ln2High = 0x1.62e42feep-1 // ln 2 to 32 bits, so that k * ln2High is exact
		ln2Low  = 0x1.a39ef35793c76p-33
	)
	switch {
	case x != x:
		return x
	case x < -745.2: // below half of the smallest number
		return 0
	}
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	r := x - float64(k*ln2High) - float64(k*ln2Low)
	sum := 1.0
	for n := 13.0; n > 0; n-- {
		sum = 1 + float64(float64(r/n)*sum)
	}
	return math.Ldexp(sum, int(k))
}
