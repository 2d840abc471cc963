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
			v, mean, a, b := s.vec(), s.vec(), s.vec(), s.vec()
			m.load(at(1), v)
			m.load(at(2), mean)
			m.load(at(3), a)
			m.load(at(4), b)
			VSUBPS(mean, v, v)
			VFMADD213PS(b, a, v)
			if positive {
				VMAXPS(v, zero, v)
			}
			m.store(v, at(0))
		})
		s.rewindRow(y, x)
		DECQ(slot("rows"))
		JNZ(LabelRef("row"))
		end()
	}
}

// normalizeGrad emits two kernels, dx = dy*a + (x-mean)*b + d and the same with dy = 0 where y
// is not above zero, for several rows; a, mean, b and d are as long as a row.
func normalizeGrad(s isa) {
	for _, masked := range []bool{false, true} {
		name := "normalizeGrad"
		if masked {
			name = "normalizeReLUGrad"
		}
		s.begin(name)
		images := params("dx", "dy", "x")
		var zero vector
		if masked {
			images = append(images, param("y"))
			zero = s.vec()
			s.zero(zero)
		}
		Label("row")
		s.walk(param("n"), append(params("a", "mean", "b", "d"), images...), 1, func(at func(int) Mem, m move) {
			v, w, a, mean, b, d := s.vec(), s.vec(), s.vec(), s.vec(), s.vec(), s.vec()
			m.load(at(5), v)
			m.load(at(6), w)
			m.load(at(0), a)
			m.load(at(1), mean)
			m.load(at(2), b)
			m.load(at(3), d)
			if masked {
				y := s.vec()
				m.load(at(7), y)
				s.keepPositive(y, v, zero)
			}
			VFMADD213PS(d, a, v)
			VSUBPS(mean, w, w)
			VFMADD231PS(w, b, v)
			m.store(v, at(4))
		})
		s.rewindRow(images...)
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
