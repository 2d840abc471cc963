package main

import (
	"log"
	"math"
)

// constants holds the numbers that a kernel keeps in registers, four in each.
type constants struct {
	*kernel
	places map[float32]place
}

// constants emits code that loads numbers before a loop.
func (k *kernel) constants(lists ...[]float64) constants {
	c := constants{k, map[float32]place{}}
	r := k.gp()
	for _, list := range lists {
		for _, x := range list {
			x := float32(x)
			if _, ok := c.places[x]; ok {
				continue
			}
			lane := len(c.places) % quad
			if lane == 0 {
				k.vec()
			}
			c.places[x] = place{k.nextV - 1, lane}
			k.op("MOVD $0x%08x, %s", math.Float32bits(x), r)
			k.insert(k.nextV-1, lane, r)
		}
	}
	return c
}

func (c constants) at(x float64) place {
	p, ok := c.places[float32(x)]
	if !ok {
		log.Fatalf("neon: the constant %g was not loaded", x)
	}
	return p
}

// fill makes x every lane of d.
func (c constants) fill(d vec, x float64) {
	p := c.at(x)
	c.dup(d, p.v, p.lane)
}

// filled is a register with x in every lane.
func (c constants) filled(x float64) vec {
	v := c.vec()
	c.fill(v, x)
	return v
}

// times emits d = n*x and minus d -= n*x.
func (c constants) times(d, n vec, x float64) { p := c.at(x); c.fmulLane(d, n, p.v, p.lane) }
func (c constants) minus(d, n vec, x float64) { p := c.at(x); c.fmlsLane(d, n, p.v, p.lane) }

// polynomial makes y the polynomial of x whose coefficients are a, the highest power first.
func (c constants) polynomial(y, x vec, a []float64) {
	c.scope(func() {
		t := c.vec()
		c.fill(y, a[0])
		for _, b := range a[1:] {
			c.fill(t, b)
			c.fmla(t, y, x)
			t, y = y, t
		}
		if len(a)%2 == 0 { // the last is in the other register
			c.move(t, y)
		}
	})
}

// expNumbers are the constants of exponential.
var (
	expNumbers     = []float64{expMost, expLeast, math.Log2E, ln2High, ln2Low, 1}
	expPolynomial  = []float64{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1}
	tanhNumerator  = []float64{-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08, 1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03}
	tanhDivisor    = []float64{1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03}
	millsNumerator = []float64{0.00401156324090656, 0.039925704122311945, 0.18113264873914436, 0.4354500695323769, 0.5}
	millsDivisor   = []float64{0.010055352353312492, 0.10008636881319496, 0.46392081577932537, 1.193759047558964, 1.6687850524672818, 1}
)

const (
	expMost  = 88.3762626647949
	expLeast = -87.3365447504019
	ln2High  = 0.693359375
	ln2Low   = -2.12194440e-4
	tanhMost = 7.90531110763549805
	geluFar  = 13
)

// exponential emits y = eˣ and overwrites x, as the generator for amd64 does: x = n·ln 2 + r
// with |r| <= ln 2 / 2, and a polynomial of r. Beyond the range of float32 the result is the
// largest or the smallest normal number. NaN stays NaN.
func (c constants) exponential(y, x vec) {
	c.scope(func() {
		n, t := c.vec(), c.vec()
		c.fill(t, expMost)
		c.fmin(x, x, t)
		c.fill(t, expLeast)
		c.fmax(x, x, t)
		c.times(n, x, math.Log2E)
		c.frintn(n, n)
		c.minus(x, n, ln2High)
		c.minus(x, n, ln2Low)
		c.polynomial(y, x, expPolynomial)
		c.fmul(t, x, x)
		c.fmla(x, y, t)
		c.fill(y, 1)
		c.fadd(y, y, x)
		c.fcvtns(n, n)
		c.shl(n, n, 23)
		c.add(y, y, n)
	})
}

// sigmoid emits y = 1/(1+e^-x) and overwrites x.
func (c constants) sigmoid(y, x vec) {
	c.scope(func() {
		unit := c.filled(1)
		c.fneg(x, x)
		c.exponential(y, x)
		c.fadd(y, y, unit)
		c.fdiv(y, unit, y)
	})
}

// exps emits y = eˣ, sigmoid, SiLU, tanh (by the rational approximation that Eigen uses), GELU,
// and the gradients of SiLU and GELU.
func exps(f *file) {
	unary := func(name string, numbers [][]float64, body func(c constants, y, x vec)) {
		k := f.begin(name)
		c := k.constants(numbers...)
		k.walk(k.param("n"), k.arrays("y", "x"), 1, func(m move) {
			y, x := k.vec(), k.vec()
			m.load(x, 1)
			body(c, y, x)
			m.store(y, 0)
		})
		k.op("RET")
	}
	gradient := func(name string, numbers [][]float64, body func(c constants, g, x vec)) {
		k := f.begin(name)
		c := k.constants(numbers...)
		k.walk(k.param("n"), k.arrays("dx", "dy", "x"), 1, func(m move) {
			g, x, d := k.vec(), k.vec(), k.vec()
			m.load(x, 2)
			body(c, g, x)
			m.load(d, 1)
			k.fmul(g, g, d)
			m.store(g, 0)
		})
		k.op("RET")
	}
	expAll := [][]float64{expNumbers, expPolynomial}
	unary("exp", expAll, constants.exponential)
	unary("sigmoid", expAll, constants.sigmoid)
	unary("silu", expAll, func(c constants, y, x vec) {
		keep := c.vec()
		c.move(keep, x)
		c.sigmoid(y, x)
		c.fmul(y, y, keep)
	})
	// s * (1 + x*(1-s)) with s = sigmoid x
	gradient("siluGrad", expAll, func(c constants, g, x vec) {
		keep, s := c.vec(), c.vec()
		c.move(keep, x)
		c.sigmoid(s, x)
		unit, rest := c.filled(1), c.vec()
		c.fsub(rest, unit, s)
		c.fmla(unit, keep, rest)
		c.fmul(g, s, unit)
	})
	unary("tanh", [][]float64{tanhNumerator, tanhDivisor, {tanhMost, -tanhMost}}, func(c constants, y, x vec) {
		sq, t := c.vec(), c.vec()
		c.fill(t, tanhMost)
		c.fmin(x, x, t)
		c.fill(t, -tanhMost)
		c.fmax(x, x, t)
		c.fmul(sq, x, x)
		c.polynomial(y, sq, tanhNumerator)
		c.polynomial(t, sq, tanhDivisor)
		c.fmul(y, y, x)
		c.fdiv(y, y, t)
	})
	gelu := [][]float64{expNumbers, expPolynomial, millsNumerator, millsDivisor, {geluFar, -0.5, 0.5, 1 / math.Sqrt(2*math.Pi)}}
	// x·Φ(x) = max(x, 0) - |x|·(1-Φ(|x|)), where nothing cancels
	unary("gelu", gelu, func(c constants, y, x vec) {
		t, e, r, zero := c.vec(), c.vec(), c.vec(), c.vec()
		c.normalTail(t, e, r, x)
		c.fmul(e, e, t)
		c.fmul(e, e, r)
		c.clearFar(e, t)
		c.zero(zero)
		c.fmax(x, x, zero)
		c.fsub(y, x, e)
	})
	// Φ(x) + x·φ(x): with v = 1-Φ(t) - t·φ(t), 1-v for positive x and v for others.
	gradient("geluGrad", gelu, func(c constants, g, x vec) {
		t, e, unit := c.vec(), c.vec(), c.vec()
		c.normalTail(t, e, g, x)
		c.minus(g, t, 1/math.Sqrt(2*math.Pi))
		c.fmul(g, g, e)
		c.clearFar(g, t)
		c.fill(unit, 1)
		c.fsub(unit, unit, g)
		c.positive(x, x)
		c.bit(g, unit, x)
	})
}

// normalTail emits t = |x|, e = exp(-x²/2) and r = (1-Φ(t))/e, where Φ is the normal
// distribution function. See millsP in the generator for amd64.
func (c constants) normalTail(t, e, r, x vec) {
	c.scope(func() {
		arg, lost := c.vec(), c.vec()
		c.fabs(t, x)
		// exp(-x²/2) from x² and its rounding error, which matters for large |x|.
		c.fmul(arg, x, x)
		c.fneg(lost, arg)
		c.fmla(lost, x, x)
		c.times(arg, arg, -0.5)
		c.exponential(e, arg)
		c.times(lost, lost, 0.5)
		c.fmls(e, lost, e)
		c.polynomial(r, t, millsNumerator)
		c.polynomial(arg, t, millsDivisor)
		c.fdiv(r, r, arg)
	})
}

// clearFar clears the lanes of v whose t is greater than geluFar. NaN stays NaN.
func (c constants) clearFar(v, t vec) {
	c.scope(func() {
		far := c.filled(geluFar)
		c.fcmgt(far, t, far)
		c.bic(v, v, far)
	})
}
