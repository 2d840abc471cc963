package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maxPool emits a row of max-pooling: for each pixel and channel the maximum of a
// window of ph by pw values, and its row-major position. Of equal values the first
// counts; NaN counts as larger than any number.
func maxPool(s isa) {
	s.begin("maxPool")
	y, arg := param("y"), param("arg")
	xrow, xcol := floats("xrow"), floats("xcol")
	one := s.vec()
	t, x1 := GP32(), XMM()
	MOVL(U32(1), t)
	VMOVD(t, x1)
	VPBROADCASTD(x1, one)
	Label("pixel")
	x, n := param("x"), param("n")
	window := func(name string, m move) (best, where vector) {
		best, where = s.vec(), s.vec()
		pos := s.vec()
		s.zero(pos)
		s.zero(where)
		m.load(Mem{Base: x}, best)
		row, h := GP64(), param("ph")
		MOVQ(x, row)
		Label(name + "row")
		col, w := GP64(), param("pw")
		MOVQ(row, col)
		Label(name + "col")
		v := s.vec()
		m.load(Mem{Base: col}, v)
		if s == avx512 {
			k, nan := K(), K()
			VCMPPS(Imm(cmpGreater), best, v, k)
			VCMPPS(Imm(cmpUnordered), v, v, nan)
			KORW(nan, k, k)
			VMOVAPS(v, k, best)
			VMOVDQA32(pos, k, where)
		} else {
			k, nan := YMM(), YMM()
			VCMPPS(Imm(cmpGreater), best, v, k)
			VCMPPS(Imm(cmpUnordered), v, v, nan)
			VORPS(nan, k, k)
			VBLENDVPS(k, v, best, best)
			VBLENDVPS(k, pos, where, where)
		}
		VPADDD(one, pos, pos)
		ADDQ(xcol, col)
		DECQ(w)
		JNZ(LabelRef(name + "col"))
		ADDQ(xrow, row)
		DECQ(h)
		JNZ(LabelRef(name + "row"))
		return best, where
	}
	SUBQ(Imm(uint64(s.lanes)), n)
	JLT(LabelRef("tail"))
	Label("vector")
	best, where := window("whole", whole)
	VMOVUPS(best, Mem{Base: y})
	if s == avx512 {
		VPMOVDB(where, Mem{Base: arg})
	} else {
		MOVQ(packBytes(where), Mem{Base: arg})
	}
	ADDQ(Imm(uint64(s.bytes())), x)
	ADDQ(Imm(uint64(s.bytes())), y)
	ADDQ(Imm(uint64(s.lanes)), arg)
	SUBQ(Imm(uint64(s.lanes)), n)
	JGE(LabelRef("vector"))
	Label("tail")
	ADDQ(Imm(uint64(s.lanes)), n)
	JZ(LabelRef("next"))
	m := s.mask(n)
	best, where = window("part", move{load: m.load, store: m.store})
	m.store(best, Mem{Base: y})
	if s == avx512 {
		VPMOVDB(where, m.k, Mem{Base: arg})
		ADDQ(n, arg)
		LEAQ(Mem{Base: y, Index: n, Scale: 4}, y)
	} else {
		bytes := packBytes(where)
		LEAQ(Mem{Base: y, Index: n, Scale: 4}, y)
		Label("byte")
		MOVB(bytes.As8(), Mem{Base: arg})
		SHRQ(Imm(8), bytes)
		INCQ(arg)
		DECQ(n)
		JNZ(LabelRef("byte"))
	}
	Label("next")
	step := floats("step")
	ADDQ(step, slot("x"))
	DECQ(slot("pixels"))
	JNZ(LabelRef("pixel"))
	end()
}

// packBytes narrows eight int32 lanes to the bytes of a register.
func packBytes(v vector) reg.GPVirtual {
	lo, hi, r := XMM(), XMM(), GP64()
	VEXTRACTI128(Imm(0), v, lo)
	VEXTRACTI128(Imm(1), v, hi)
	VPACKUSDW(hi, lo, lo)
	VPACKUSWB(lo, lo, lo)
	VMOVQ(lo, r)
	return r
}
