package main

import (
	"inkstone/graph/internal/kernel/simd/gen/table"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// pack emits a copy of rows of n runs to whole vectors. It copies the first lanes and clears the rest.
func pack(s isa) {
	s.begin("pack")
	copyLanes(s, func(m mask, from, to Mem, v vector) {
		m.load(from, v)
		VMOVUPS(v, to)
	})
}

// unpack emits the reverse of pack. It writes only the first lanes of each run.
func unpack(s isa) {
	s.begin("unpack")
	copyLanes(s, func(m mask, from, to Mem, v vector) {
		VMOVUPS(from, v)
		m.store(v, to)
	})
}

func copyLanes(s isa, masked func(m mask, from, to Mem, v vector)) {
	dststep, srcstep := floats("dststep"), floats("srcstep")
	rows := func(name string, move func(from, to Mem, v vector)) {
		Label(name + "row")
		n, dst, src := param("n"), param("dst"), param("src")
		Label(name)
		move(Mem{Base: src}, Mem{Base: dst}, s.vec())
		ADDQ(dststep, dst)
		ADDQ(srcstep, src)
		DECQ(n)
		JNZ(LabelRef(name))
		row := floats("dstrow")
		ADDQ(row, slot("dst"))
		row = floats("srcrow")
		ADDQ(row, slot("src"))
		DECQ(slot("rows"))
		JNZ(LabelRef(name + "row"))
		end()
	}
	m := s.mask(param("lanes"))
	CMPQ(slot("lanes"), Imm(uint64(s.lanes)))
	JNE(LabelRef("partrow"))
	rows("whole", func(from, to Mem, v vector) {
		VMOVUPS(from, v)
		VMOVUPS(v, to)
	})
	rows("part", func(from, to Mem, v vector) { masked(m, from, to, v) })
}

// lookup emits dst[i] = table[arg[i]] for a table of one vector and n whole vectors.
func lookup(s isa) {
	s.begin("lookup")
	n, dst, arg, entries := param("vectors"), param("dst"), param("arg"), s.vec()
	VMOVUPS(Mem{Base: param("table")}, entries)
	Label("loop")
	v := s.vec()
	VPMOVZXBD(Mem{Base: arg}, v)
	VPERMD(entries, v, v)
	VMOVUPS(v, Mem{Base: dst})
	ADDQ(Imm(uint64(s.lanes)), arg)
	ADDQ(Imm(uint64(s.bytes())), dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	end()
}

// peakProducts is the number of vector multiply-adds in a round of the kernel peak.
const peakProducts = 12

// peak emits a loop of independent multiply-adds that touches no memory.
func peak(s isa) {
	s.begin("peak")
	n, a, b, acc := param("n"), s.vec(), s.vec(), s.vecs(peakProducts)
	for _, v := range append(acc, a, b) {
		s.zero(v)
	}
	Label("loop")
	for _, v := range acc {
		VFMADD231PS(a, b, v)
	}
	DECQ(n)
	JNZ(LabelRef("loop"))
	end()
}

// transpose8 emits the transposition of a run of n blocks of 8 by 8: dst block i is the
// transpose of src block i; src blocks lie srcstep apart, dst blocks dststep. Both
// instruction sets share the one function.
func transpose8() {
	open("transpose8", table.Find("transpose").Params)
	for _, s := range isas {
		s.table.AddAs("transpose8", "transpose")
	}
	n, dst, src := param("n"), param("dst"), param("src")
	dstrow, dststep, srcrow, srcstep := floats("dstrow"), floats("dststep"), floats("srcrow"), floats("srcstep")
	from, to := newRows(srcrow, 8), newRows(dstrow, 8)
	Label("block")
	from.set(Mem{Base: src})
	var r, t [8]vector
	for i := range r {
		r[i] = YMM()
		VMOVUPS(from.at(i, 0), r[i])
	}
	for i := 0; i < 8; i += 2 {
		t[i], t[i+1] = YMM(), YMM()
		VUNPCKLPS(r[i+1], r[i], t[i])
		VUNPCKHPS(r[i+1], r[i], t[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for j := range 4 {
			r[i+j] = YMM()
			lanes := uint64(0x44)
			if j%2 == 1 {
				lanes = 0xee
			}
			VSHUFPS(Imm(lanes), t[i+2+j/2], t[i+j/2], r[i+j])
		}
	}
	to.set(Mem{Base: dst})
	for j := range 4 {
		v := YMM()
		VINSERTF128(Imm(1), r[4+j].AsX(), r[j], v)
		VMOVUPS(v, to.at(j, 0))
	}
	for j := range 4 {
		v := YMM()
		VPERM2F128(Imm(0x31), r[4+j], r[j], v)
		VMOVUPS(v, to.at(4+j, 0))
	}
	ADDQ(srcstep, src)
	ADDQ(dststep, dst)
	DECQ(n)
	JNZ(LabelRef("block"))
	end()
}

// prefetchLines emits a hint to load each of a number of cache lines into the second-level cache. Both
// instruction sets share the one function.
func prefetchLines() {
	open("prefetchLines", table.Find("prefetch").Params)
	for _, s := range isas {
		s.table.AddAs("prefetchLines", "prefetch")
	}
	lines, p := param("lines"), param("p")
	Label("line")
	PREFETCHT1(Mem{Base: p})
	ADDQ(Imm(64), p)
	DECQ(lines)
	JNZ(LabelRef("line"))
	end()
}
