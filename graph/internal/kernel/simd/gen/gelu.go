package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// millsP and millsQ are the coefficients, from the constant up, of P and Q with
//
//	P(t)/Q(t) = (1-Φ(t))·exp(t²/2)
//
// for 0 <= t <= 13.2, where Φ is the normal distribution function. The relative error is
// 5e-9, and 2e-8 with the coefficients rounded to float32. They are a rational fit by
// reweighted least squares (Lawson). None is negative, so no digits cancel.
var (
	millsP = []float64{0.5, 0.4354500695323769, 0.18113264873914436, 0.039925704122311945, 0.00401156324090656}
	millsQ = []float64{1, 1.6687850524672818, 1.193759047558964, 0.46392081577932537, 0.10008636881319496, 0.010055352353312492}
)

// geluFar is the x beyond which x·(1-Φ(x)) is less than the smallest normal float32 and counts as 0.
const geluFar = 13

// normalTail emits t = |x|, e = exp(-x²/2) and r = (1-Φ(t))/e for a vector of x, which it keeps.
func (s isa) normalTail(c *constants, x vector) (t, e, r vector) {
	t, r = s.vec(), s.vec()
	s.zero(t)
	VSUBPS(x, t, t)
	VMAXPS(x, t, t)
	// exp(-x²/2) from x² and its rounding error, which matters for large |x|.
	arg, lost := s.vec(), s.vec()
	VMULPS(x, x, arg)
	VMOVAPS(arg, lost)
	VFMSUB231PS(x, x, lost)
	VMULPS(c.memory(-0.5), arg, arg)
	e = s.exponential(c, arg)
	VMULPS(c.memory(0.5), lost, lost)
	VFNMADD231PS(lost, e, e)

	horner := func(a []float64, y vector) {
		VMOVUPS(c.memory(a[len(a)-1]), y)
		for i := len(a) - 2; i >= 0; i-- {
			VFMADD213PS(c.memory(a[i]), t, y)
		}
	}
	den := s.vec()
	horner(millsP, r)
	horner(millsQ, den)
	VDIVPS(den, r, r)
	return t, e, r
}

// clearFar clears the lanes of v whose t is greater than geluFar. NaN stays NaN.
func (s isa) clearFar(c *constants, t, v vector) {
	if s == avx512 {
		k := K()
		VCMPPS(Imm(cmpNotGreater), c.memory(geluFar), t, k)
		VMOVAPS_Z(v, k, v)
	} else {
		VCMPPS(Imm(cmpNotGreater), c.memory(geluFar), t, t)
		VANDPS(t, v, v)
	}
}

// gelu emits y = x·Φ(x) = max(x, 0) - |x|·(1-Φ(|x|)), a form without cancellation, and its gradient.
func gelu(s isa) {
	s.begin("gelu")
	c := newConstants(s, "gelu")
	c.hold(88.3762626647949, -87.3365447504019)
	s.walk(param("n"), params("y", "x"), 1, func(at func(int) Mem, m move) {
		x, zero := s.vec(), s.vec()
		m.load(at(1), x)
		t, e, r := s.normalTail(c, x)
		VMULPS(t, e, e)
		VMULPS(r, e, e)
		s.clearFar(c, t, e)
		s.zero(zero)
		VMAXPS(x, zero, x) // the first operand is the one returned for NaN
		VSUBPS(e, x, x)
		m.store(x, at(0))
	})
	end()

	// dx = dy·(Φ(x) + x·φ(x)), where φ is the normal density. With v = 1-Φ(t) - t·φ(t), the factor
	// of dy is 1-v for positive x and v for negative x.
	s.begin("geluGrad")
	c = newConstants(s, "geluGrad")
	c.hold(88.3762626647949, -87.3365447504019)
	s.walk(param("n"), params("dx", "dy", "x"), 1, func(at func(int) Mem, m move) {
		x, step, d := s.vec(), s.vec(), s.vec()
		m.load(at(2), x)
		t, e, v := s.normalTail(c, x)
		VFNMADD231PS(c.memory(1/math.Sqrt(2*math.Pi)), t, v)
		VMULPS(e, v, v)
		s.clearFar(c, t, v)
		VPSRAD(Imm(31), x, step)
		VANDNPS(c.memory(1), step, step) // 1 where x is positive, else 0
		VANDPS(c.memory(math.Copysign(0, -1)), x, x)
		VXORPS(x, v, v)
		VSUBPS(v, step, step)
		m.load(at(1), d)
		VMULPS(d, step, step)
		m.store(step, at(0))
	})
	end()
}
