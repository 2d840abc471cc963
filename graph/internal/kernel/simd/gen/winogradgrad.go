package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// winogradGrad emits m = A y Aᵀ for tiles of 4 by 4 pixels, the transpose of winogradOutput.
func winogradGrad(s isa) {
	s.begin("winogradGrad")
	four, two := s.number(4), s.number(2)
	transform := func(d []vector, store func(i int, v vector)) {
		store(0, d[0])
		even, odd, t := s.vec(), s.vec(), s.vec()
		VADDPS(d[2], d[0], even)
		VADDPS(d[3], d[1], odd)
		VADDPS(odd, even, t)
		store(1, t)
		VSUBPS(odd, even, even)
		store(2, even)
		even = s.vec()
		VMOVAPS(d[0], even)
		VFMADD231PS(d[2], four, even)
		VFMADD231PS(d[3], four, d[1])
		VMULPS(two, d[1], d[1])
		t = s.vec()
		VADDPS(d[1], even, t)
		store(3, t)
		VSUBPS(d[1], even, even)
		store(4, even)
		store(5, d[3])
	}
	parts := []linear{{[]int{0, 1, 2, 3}, []int{0, 1, 2, 3, 4, 5}, transform}}
	s.toFrequencies(4, parts, "y", "m")
}

// winogradWeightGrad emits w = Gᵀ u G for n elements of each of the nine taps, the transpose of
// winogradWeights.
func winogradWeightGrad(s isa) {
	s.begin("winogradWeightGrad")
	n, w, u, tmp := param("n"), param("w"), param("u"), param("tmp")
	ufreq, wtap := floats("ufreq"), floats("wtap")
	quarter, sixth, c12, c24 := s.number(1.0/4), s.number(1.0/6), s.number(1.0/12), s.number(1.0/24)
	// transform turns six values into three by the columns of G.
	transform := func(u []vector, store func(i int, v vector)) {
		s1, d1, s2, d2 := s.vec(), s.vec(), s.vec(), s.vec()
		VADDPS(u[1], u[2], s1)
		VSUBPS(u[1], u[2], d1)
		VADDPS(u[3], u[4], s2)
		VSUBPS(u[4], u[3], d2)
		VMULPS(quarter, u[0], u[0])
		VFMADD231PS(s2, c24, u[0])
		VFNMADD231PS(s1, sixth, u[0])
		store(0, u[0])
		VMULPS(sixth, d1, d1)
		VFMADD231PS(d2, c12, d1)
		store(1, d1)
		VSUBPS(s1, s2, s2)
		VFMADD231PS(s2, sixth, u[5])
		store(2, u[5])
	}
	parts := []linear{{[]int{0, 1, 2, 3, 4, 5}, []int{0, 1, 2}, transform}}
	// The taps lie in rows, so the columns of the half transform give one tap of each row.
	row := GP64()
	LEAQ(Mem{Base: wtap, Index: wtap, Scale: 2}, row)
	taps := newRows(row, 3)
	Label("vector")
	freq, tap := newCursor(u, ufreq), newCursor(w, wtap)
	s.square(6, parts, tmp, func(i int) cursor {
		if i > 0 {
			freq.step()
		}
		return freq
	}, func(j int) rows {
		if j > 0 {
			tap.step()
		}
		taps.set(tap.here())
		return taps
	}, nil)
	ADDQ(Imm(uint64(s.bytes())), w)
	ADDQ(Imm(uint64(s.bytes())), u)
	SUBQ(Imm(uint64(s.lanes)), n)
	JG(LabelRef("vector"))
	end()
}
