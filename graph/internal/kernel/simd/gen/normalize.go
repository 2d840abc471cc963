package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// normalize emits two kernels, y = (x-mean)*scale + shift and the same followed by ReLU, for
// several rows; mean, scale and shift are as long as a row.
func normalize(s isa) {
	for _, positive := range []bool{false, true} {
		name := "normalize"
		if positive {
			name = "normalizeReLU"
		}
		s.begin(name)
		var zero vector
		if positive {
			zero = s.vec()
			s.zero(zero)
		}
		y, x := param("y"), param("x")
		Label("row")
		s.walk(param("n"), append([]reg.GPVirtual{y, x}, params("mean", "scale", "shift")...), 1, func(at func(int) Mem, m move) {
			v, mean, scale, shift := s.vec(), s.vec(), s.vec(), s.vec()
			m.load(at(1), v)
			m.load(at(2), mean)
			m.load(at(3), scale)
			m.load(at(4), shift)
			VSUBPS(mean, v, v)
			VFMADD231PS(v, scale, shift)
			if positive {
				VMAXPS(shift, zero, shift)
			}
			m.store(shift, at(0))
		})
		s.rewindRow(y, x)
		DECQ(slot("rows"))
		JNZ(LabelRef("row"))
		end()
	}
}

// keepActive clears the lanes of g where deviation*scale + shift, with a deviation of x-mean, is not above
// zero. It computes that as normalizeReLU does, so that both round alike.
func (s isa) keepActive(deviation, scale, shift, g, zero vector) {
	y := s.vec()
	VMOVAPS(shift, y)
	VFMADD231PS(deviation, scale, y)
	s.keepPositive(y, g, zero)
}

// normalizeGrad emits two kernels, dx = dy*a + (x-mean)*b + d and the same with dy = 0 where
// (x-mean)*scale + shift is not above zero, for several rows; a, mean, b, d, scale and shift are
// as long as a row.
func normalizeGrad(s isa) {
	for _, masked := range []bool{false, true} {
		name := "normalizeGrad"
		if masked {
			name = "normalizeReLUGrad"
		}
		s.begin(name)
		images, factors := params("dx", "dy", "x"), []string{"a", "mean", "b", "d"}
		var zero vector
		if masked {
			factors = append(factors, "scale", "shift")
			zero = s.vec()
			s.zero(zero)
		}
		Label("row")
		s.walk(param("n"), append(images, params(factors...)...), 1, func(at func(int) Mem, m move) {
			v, w, a, mean, b, d := s.vec(), s.vec(), s.vec(), s.vec(), s.vec(), s.vec()
			m.load(at(1), v)
			m.load(at(2), w)
			m.load(at(3), a)
			m.load(at(4), mean)
			m.load(at(5), b)
			m.load(at(6), d)
			VSUBPS(mean, w, w)
			if masked {
				scale, shift := s.vec(), s.vec()
				m.load(at(7), scale)
				m.load(at(8), shift)
				s.keepActive(w, scale, shift, v, zero)
			}
			VFMADD213PS(d, a, v)
			VFMADD231PS(w, b, v)
			m.store(v, at(0))
		})
		s.rewindRow(images...)
		ADDQ(floats("gap"), images[0])
		DECQ(slot("rows"))
		JNZ(LabelRef("row"))
		end()
	}
}

// rewindRow moves pointers back to the end of a row of n elements: the tail of walk advances
// them by a whole vector.
func (s isa) rewindRow(arrays ...reg.GPVirtual) {
	n := param("n")
	NEGQ(n)
	ANDQ(Imm(uint64(s.lanes-1)), n)
	SHLQ(Imm(2), n)
	for _, a := range arrays {
		SUBQ(n, a)
	}
}
