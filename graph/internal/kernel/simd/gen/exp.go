package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// exponential emits the code of eˣ for a vector of x, which it overwrites: x = n·ln 2 + r
// with |r| <= ln 2 / 2, and a polynomial of r that Cephes uses. Beyond the range of
// float32 the result is the largest or the smallest normal number. NaN stays NaN.
func (s isa) exponential(c *constants, x vector) (y vector) {
	VMINPS(x, c.of(88.3762626647949), x) // the first operand is the one returned for NaN
	VMAXPS(x, c.of(-87.3365447504019), x)
	n := s.vec()
	VMULPS(c.memory(math.Log2E), x, n)
	if s == avx512 {
		VRNDSCALEPS(Imm(0), n, n)
	} else {
		VROUNDPS(Imm(0), n, n)
	}
	VFNMADD231PS(c.memory(0.693359375), n, x)
	VFNMADD231PS(c.memory(-2.12194440e-4), n, x)
	y = s.vec()
	VMOVUPS(c.memory(1.9875691500e-4), y)
	for _, a := range []float64{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		VFMADD213PS(c.memory(a), x, y)
	}
	sq := s.vec()
	VMULPS(x, x, sq)
	VFMADD213PS(x, sq, y)
	VADDPS(c.memory(1), y, y)
	VCVTPS2DQ(n, n)
	VPSLLD(Imm(23), n, n)
	VPADDD(n, y, y)
	return y
}

// constants holds the numbers that a kernel keeps in registers or in memory.
type constants struct {
	s      isa
	kernel string
	held   map[float64]vector
	stored map[float64]Mem
}

func newConstants(s isa, kernel string) *constants {
	return &constants{s, kernel, map[float64]vector{}, map[float64]Mem{}}
}

// hold loads numbers into registers before a loop.
func (c *constants) hold(xs ...float64) {
	for _, x := range xs {
		c.held[x] = c.s.number(x)
	}
}

// of returns the register that holds x.
func (c *constants) of(x float64) vector {
	v, ok := c.held[x]
	if !ok {
		panic("gen: a constant was not held")
	}
	return v
}

// memory returns a vector of x in read-only memory: AVX2 has too few registers for all constants.
func (c *constants) memory(x float64) Mem {
	x = float64(float32(x))
	m, ok := c.stored[x]
	if !ok {
		m = GLOBL(c.s.name("%s%xx", c.kernel, math.Float32bits(float32(x))), RODATA|NOPTR)
		for i := range c.s.lanes {
			DATA(4*i, F32(float32(x)))
		}
		c.stored[x] = m
	}
	return m
}

// exps emits y = eˣ, sigmoid, SiLU and its gradient.
func exps(s isa) {
	unary := func(name string, f func(c *constants, x vector) vector) {
		s.begin(name)
		c := newConstants(s, name)
		c.hold(88.3762626647949, -87.3365447504019)
		s.walk(param("n"), params("y", "x"), 1, func(at func(int) Mem, m move) {
			x := s.vec()
			m.load(at(1), x)
			m.store(f(c, x), at(0))
		})
		end()
	}
	unary("exp", s.exponential)
	// 1/(1+e^-x)
	sigmoid := func(c *constants, x vector) vector {
		zero, one := s.vec(), s.vec()
		s.zero(zero)
		VSUBPS(x, zero, x)
		e := s.exponential(c, x)
		VMOVUPS(c.memory(1), one)
		VADDPS(one, e, e)
		VDIVPS(e, one, e)
		return e
	}
	unary("sigmoid", sigmoid)
	unary("silu", func(c *constants, x vector) vector {
		keep := s.vec()
		VMOVAPS(x, keep)
		y := sigmoid(c, x)
		VMULPS(keep, y, y)
		return y
	})
	// dx = dy * s * (1 + x*(1-s)) with s = sigmoid x
	s.begin("siluGrad")
	c := newConstants(s, "siluGrad")
	c.hold(88.3762626647949, -87.3365447504019)
	s.walk(param("n"), params("dx", "dy", "x"), 1, func(at func(int) Mem, m move) {
		x, keep, one, g := s.vec(), s.vec(), s.vec(), s.vec()
		m.load(at(2), x)
		VMOVAPS(x, keep)
		y := sigmoid(c, x)
		VMOVUPS(c.memory(1), one)
		VSUBPS(y, one, g)
		VFMADD213PS(one, keep, g)
		VMULPS(y, g, g)
		d := s.vec()
		m.load(at(1), d)
		VMULPS(d, g, g)
		m.store(g, at(0))
	})
	end()
}
