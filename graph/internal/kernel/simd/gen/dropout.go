package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// The constants of SplitMix64.
const (
	golden = 0x9e3779b97f4a7c15
	mixA   = 0xbf58476d1ce4e5b9
	mixB   = 0x94d049bb133111eb
)

// times returns i·golden modulo 2⁶⁴.
func times(i int) uint64 {
	g := uint64(golden)
	return uint64(i) * g
}

// words returns a vector of 64-bit numbers in read-only memory.
func (s isa) words(name string, at func(i int) uint64) Mem {
	m := GLOBL(s.name("%s", name), RODATA|NOPTR)
	for i := range s.lanes / 2 {
		DATA(8*i, U64(at(i)))
	}
	return m
}

// dropout emits y = scale*x where the number SplitMix64(start + i·golden)>>11 is greater than
// below, else 0.
func dropout(s isa) {
	s.begin("dropout")
	scale := s.broadcast("scale")
	// The elements whose random numbers each of the two vectors holds. On AVX2 a shuffle, which
	// works within 128 bits, combines the two vectors into the order of the elements.
	elements := [2][]int{{0, 1, 2, 3, 4, 5, 6, 7}, {8, 9, 10, 11, 12, 13, 14, 15}}
	if s == avx2 {
		elements = [2][]int{{0, 1, 4, 5}, {2, 3, 6, 7}}
	}
	all := func(x uint64) func(int) uint64 { return func(int) uint64 { return x } }
	below := s.vec()
	VPBROADCASTQ(slot("below"), below)
	step := s.words("dropoutStep", all(times(s.lanes)))
	factors := [2]multiplier{s.multiplier("dropoutMixA", mixA), s.multiplier("dropoutMixB", mixB)}
	var state [2]vector
	for i, name := range []string{"dropoutFirst", "dropoutSecond"} {
		state[i] = s.vec()
		VPBROADCASTQ(slot("start"), state[i])
		VPADDQ(s.words(name, func(j int) uint64 { return times(elements[i][j]) }), state[i], state[i])
	}
	s.walk(param("n"), params("y", "x"), 1, func(at func(int) Mem, m move) {
		var z [2]vector
		for i := range z {
			z[i] = s.vec()
			VMOVUPS(state[i], z[i])
			VPADDQ(step, state[i], state[i])
			s.xorShift(30, z[i])
			factors[0].apply(z[i])
			s.xorShift(27, z[i])
			factors[1].apply(z[i])
			s.xorShift(31, z[i])
			VPSRLQ(Imm(11), z[i], z[i])
		}
		v := s.vec()
		m.load(at(1), v)
		VMULPS(scale, v, v)
		if s == avx512 {
			low, high := K(), K()
			VPCMPGTQ(below, z[0], low)
			VPCMPGTQ(below, z[1], high)
			KUNPCKBW(low, high, low)
			VMOVAPS_Z(v, low, v)
		} else {
			VPCMPGTQ(below, z[0], z[0])
			VPCMPGTQ(below, z[1], z[1])
			VSHUFPS(Imm(0x88), z[1], z[0], z[0])
			VANDPS(z[0], v, v)
		}
		m.store(v, at(0))
	})
	end()
}

// xorShift emits z ^= z >> n.
func (s isa) xorShift(n int, z vector) {
	t := s.vec()
	VPSRLQ(Imm(uint64(n)), z, t)
	if s == avx512 {
		VPXORQ(t, z, z)
	} else {
		VPXOR(t, z, z)
	}
}

// A multiplier multiplies 64-bit numbers by a constant, modulo 2⁶⁴.
type multiplier struct {
	s         isa
	all, high vector // the constant; on AVX2, which cannot multiply 64-bit numbers, its upper half too
}

func (s isa) multiplier(name string, x uint64) multiplier {
	m := multiplier{s: s, all: s.vec()}
	VMOVUPS(s.words(name, func(int) uint64 { return x }), m.all)
	if s == avx2 {
		m.high = s.vec()
		VPSRLQ(Imm(32), m.all, m.high)
	}
	return m
}

// apply emits z *= x.
func (m multiplier) apply(z vector) {
	if m.s == avx512 {
		VPMULLQ(m.all, z, z)
		return
	}
	cross, high := m.s.vec(), m.s.vec()
	VPMULUDQ(m.high, z, cross)
	VPSRLQ(Imm(32), z, high)
	VPMULUDQ(m.all, high, high)
	VPADDQ(high, cross, cross)
	VPSLLQ(Imm(32), cross, cross)
	VPMULUDQ(m.all, z, z)
	VPADDQ(cross, z, z)
}
