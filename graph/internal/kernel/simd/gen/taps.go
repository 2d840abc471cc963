package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// taps emits the kernels of a depthwise convolution, for one vector of channels.
func taps(s isa) {
	tapSums(s)
	tapProducts(s)
}

// wholeOrPart emits a body twice: for a whole vector of channels and for its first lanes.
// fma adds the product of v and the vector at q to acc.
func wholeOrPart(s isa, body func(name string, m move, fma func(q Mem, v, acc vector))) {
	part := s.mask(param("lanes"))
	CMPQ(slot("lanes"), Imm(uint64(s.lanes)))
	JNE(LabelRef("partstart"))
	body("whole", whole, func(q Mem, v, acc vector) { VFMADD231PS(q, v, acc) })
	body("part", move{load: part.load, store: part.store}, func(q Mem, v, acc vector) {
		x := s.vec()
		part.load(q, x)
		VFMADD231PS(x, v, acc)
	})
}

// tapSums emits y = bias + the sum over taps of x[off[t]]*w[t], four pixels at a time so that
// they share each weight, then pixel by pixel.
func tapSums(s isa) {
	s.begin("tapSums")
	wholeOrPart(s, func(name string, m move, fma func(q Mem, v, acc vector)) {
		Label(name + "start")
		bias := s.vec()
		m.load(Mem{Base: param("bias")}, bias)
		xstep, ystep, wstep := floats("xstep"), floats("ystep"), floats("wstep")
		triple := GP64()
		LEAQ(Mem{Base: xstep, Index: xstep, Scale: 2}, triple)
		Label(name + "row")
		x, y, n := param("x"), param("y"), param("pixels")
		block := func(label string, pixels int) {
			Label(label)
			acc := s.vecs(pixels)
			for _, a := range acc {
				VMOVAPS(bias, a)
			}
			off, w, count := param("off"), param("w"), param("taps")
			Label(label + "tap")
			at, v := GP64(), s.vec()
			MOVQ(Mem{Base: off}, at)
			LEAQ(Mem{Base: x, Index: at, Scale: 4}, at)
			m.load(Mem{Base: w}, v)
			for i, q := range []Mem{{Base: at}, {Base: at, Index: xstep, Scale: 1}, {Base: at, Index: xstep, Scale: 2},
				{Base: at, Index: triple, Scale: 1}}[:pixels] {
				fma(q, v, acc[i])
			}
			ADDQ(Imm(8), off)
			ADDQ(wstep, w)
			DECQ(count)
			JNZ(LabelRef(label + "tap"))
			for _, a := range acc {
				m.store(a, Mem{Base: y})
				ADDQ(ystep, y)
			}
			LEAQ(Mem{Base: x, Index: xstep, Scale: uint8(pixels)}, x)
		}
		SUBQ(Imm(4), n)
		JLT(LabelRef(name + "rest"))
		block(name+"four", 4)
		SUBQ(Imm(4), n)
		JGE(LabelRef(name + "four"))
		Label(name + "rest")
		ADDQ(Imm(4), n)
		JZ(LabelRef(name + "next"))
		block(name+"one", 1)
		DECQ(n)
		JNZ(LabelRef(name + "one"))
		Label(name + "next")
		nextRow("y", "x")
		DECQ(slot("rows"))
		JNZ(LabelRef(name + "row"))
		end()
	})
}

// nextRow advances array parameters by their row strides.
func nextRow(arrays ...string) {
	for _, a := range arrays {
		ADDQ(floats(a+"row"), slot(a))
	}
}

// tapProducts emits dw[t] += the sum over pixels of dy*x[off[t]], four taps at a time so that
// they share each dy, then tap by tap. yskip and xskip are the distances from the end of a
// row of pixels to the next row.
func tapProducts(s isa) {
	s.begin("tapProducts")
	wholeOrPart(s, func(name string, m move, fma func(q Mem, v, acc vector)) {
		Label(name + "start")
		xstep, ystep := floats("xstep"), floats("ystep")
		SHLQ(Imm(2), slot("xskip"))
		SHLQ(Imm(2), slot("yskip"))
		off, dw := param("off"), param("dw")
		block := func(label string, count int) {
			Label(label)
			acc, at, from := s.vecs(count), make([]reg.GPVirtual, count), GP64()
			wstep := floats("wstep")
			MOVQ(dw, from)
			for i := range acc {
				at[i] = GP64()
				MOVQ(Mem{Base: off, Disp: 8 * i}, at[i])
				m.load(Mem{Base: from}, acc[i])
				ADDQ(wstep, from)
			}
			dy, x, rows := param("dy"), param("x"), param("rows")
			Label(label + "row")
			n := param("pixels")
			Label(label + "pixel")
			v := s.vec()
			m.load(Mem{Base: dy}, v)
			for i, a := range acc {
				fma(Mem{Base: x, Index: at[i], Scale: 4}, v, a)
			}
			ADDQ(ystep, dy)
			ADDQ(xstep, x)
			DECQ(n)
			JNZ(LabelRef(label + "pixel"))
			ADDQ(slot("yskip"), dy)
			ADDQ(slot("xskip"), x)
			DECQ(rows)
			JNZ(LabelRef(label + "row"))
			wstep = floats("wstep")
			for _, a := range acc {
				m.store(a, Mem{Base: dw})
				ADDQ(wstep, dw)
			}
			ADDQ(Imm(uint64(8*count)), off)
		}
		SUBQ(Imm(4), slot("taps"))
		JLT(LabelRef(name + "rest"))
		block(name+"four", 4)
		SUBQ(Imm(4), slot("taps"))
		JGE(LabelRef(name + "four"))
		Label(name + "rest")
		ADDQ(Imm(4), slot("taps"))
		JZ(LabelRef(name + "end"))
		block(name+"one", 1)
		DECQ(slot("taps"))
		JNZ(LabelRef(name + "one"))
		Label(name + "end")
		end()
	})
}
