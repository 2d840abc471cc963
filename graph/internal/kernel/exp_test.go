package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactExp returns e^x, rounded from 120 bits: by the series of e^(x/2^20), squared twenty times.
func exactExp(x float64) float64 {
	const prec, halvings = 160, 20
	r := new(big.Float).SetPrec(prec).SetFloat64(x)
	r.SetMantExp(r, -halvings)
	sum, term := big.NewFloat(1).SetPrec(prec), big.NewFloat(1).SetPrec(prec)
	for n := 1; n < 40; n++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetPrec(prec).SetInt64(int64(n)))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	v, _ := sum.Float64()
	return v
}

func TestExp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	points := []float64{0, math.Copysign(0, -1), -1e-300, -1e-17, -0.3465735, -0.3465736, -1, -math.Ln2, -708, -740}
	for range 2000 {
		points = append(points, -r.ExpFloat64()*10)
	}
	for _, x := range points {
		got, want := exp(x), exactExp(x)
		if unit := math.Nextafter(want, 2) - want; math.Abs(got-want) > unit {
			t.Errorf("exp(%v) is %v, want %v within %v", x, got, want, unit)
		}
	}
	for x, want := range map[float64]float64{-746: 0, math.Inf(-1): 0} {
		if got := exp(x); got != want {
			t.Errorf("exp(%v) is %v, want %v", x, got, want)
		}
	}
	if got := exp(math.NaN()); got == got {
		t.Errorf("exp(NaN) is %v", got)
	}
}
