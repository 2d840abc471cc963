package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// patchShape is a kernel window of R by S vectors, applied at P by Q neighboring positions.
type patchShape struct{ r, s, p, q int }

// patchShapes lists the shapes whose accumulators, with one broadcast, fit into the registers.
func (s isa) patchShapes() []patchShape {
	shapes := []patchShape{
		{1, 1, 1, 1}, {1, 2, 1, 1}, {1, 3, 1, 1}, {1, 4, 1, 1}, {1, 5, 1, 1}, {1, 6, 1, 1}, {1, 7, 1, 1},
		{2, 2, 1, 1}, {2, 3, 1, 1}, {2, 5, 1, 1}, {2, 7, 1, 1}, {2, 1, 1, 1}, {3, 1, 1, 1}, {3, 3, 1, 1}, {3, 5, 1, 1}, {5, 1, 1, 1},
		{3, 3, 1, 2},
	}
	if s.masks {
		shapes = append(shapes, patchShape{5, 5, 1, 1}, patchShape{3, 7, 1, 1},
			patchShape{3, 6, 1, 1}, patchShape{1, 12, 1, 1}, patchShape{2, 12, 1, 1}, // pixels of several vectors
			patchShape{3, 3, 2, 2}, patchShape{5, 5, 1, 2})
	}
	return shapes
}

// patches emits every patch kernel of an instruction set.
func patches(s isa) {
	if s == avx2 {
		defineLanes("patch")
	}
	if s == avx512 {
		for _, shape := range avx512half.patchShapes() {
			patch(avx512half, shape)
		}
	}
	for _, shape := range s.patchShapes() {
		patch(s, shape)
	}
	compact(s)
	compactAt(s)
}

// patch emits a kernel that adds scaled windows of src to a run of n patches of dst:
// at each position (p, q) of a patch, for each of its entries,
//
//	dst[p+r][q+s][:] += val * src[off][r][s][:]
//
// where [:] is one vector. cnt holds the number of entries of each position,
// position after position and patch after patch; off and val hold the entries in
// that order. src rows are srcrow floats apart, dst rows dstrow, dst columns dstcol,
// patches step.
func patch(s isa, w patchShape) {
	s.begin("patch", w.r, w.s, w.p, w.q)
	cnt, off, val, src := param("cnt"), param("off"), param("val"), param("src")
	height, width := w.r+w.p-1, w.s+w.q-1
	acc := s.grid(height, width)
	from := newRows(floats("srcrow"), w.r)
	// each calls move for every vector of the patch.
	each := func(move func(at Mem, v vector)) {
		dst, row, cols := param("dst"), floats("dstrow"), newRows(floats("dstcol"), width)
		for i := range height {
			if i > 0 {
				ADDQ(row, dst)
			}
			cols.set(Mem{Base: dst})
			for j := range width {
				move(cols.at(j, 0), acc[i][j])
			}
		}
	}
	Label("patch")
	each(func(at Mem, v vector) { VMOVUPS(at, v) })
	for pos := range w.p * w.q {
		p, q := pos/w.q, pos%w.q
		entry, done := fmt.Sprintf("entry%d", pos), fmt.Sprintf("done%d", pos)
		n := GP64()
		MOVLQSX(Mem{Base: cnt, Disp: 4 * pos}, n)
		TESTQ(n, n)
		JZ(LabelRef(done))
		Label(entry)
		x, o := s.vec(), GP64()
		MOVLQSX(Mem{Base: off}, o)
		VBROADCASTSS(Mem{Base: val}, x)
		from.set(Mem{Base: src, Index: o, Scale: 4})
		for i := range w.r {
			for j := range w.s {
				VFMADD231PS(from.at(i, j*s.bytes()), x, acc[p+i][q+j])
			}
		}
		ADDQ(Imm(4), off)
		ADDQ(Imm(4), val)
		DECQ(n)
		JNZ(LabelRef(entry))
		Label(done)
	}
	ADDQ(Imm(uint64(4*w.p*w.q)), cnt)
	each(func(at Mem, v vector) { VMOVUPS(v, at) })
	step := floats("step")
	ADDQ(step, slot("dst"))
	DECQ(slot("n"))
	JNZ(LabelRef("patch"))
	VZEROUPPER()
	RET()
}

// compactor appends the selected lanes of a value vector and of the matching offset
// vector to two growing lists.
type compactor struct {
	s        isa
	off, val reg.GPVirtual // ends of the lists
	table    reg.GPVirtual // AVX2: permutations by bit mask
}

// append appends the lanes of v and o that keep selects to the lists and returns their number.
// It writes a whole vector, so the lists need room for a vector after their last entry.
func (c compactor) append(v, o vector, keep mask) reg.GPVirtual {
	n := GP64()
	if c.s == avx512 {
		a, b := ZMM(), ZMM()
		VCOMPRESSPS_Z(v, keep.k, a)
		VPCOMPRESSD_Z(o, keep.k, b)
		KMOVW(keep.k, n.As32())
		POPCNTL(n.As32(), n.As32())
		VMOVUPS(a, Mem{Base: c.val})
		VMOVDQU32(b, Mem{Base: c.off})
	} else {
		bits, a, b, perm := GP32(), YMM(), YMM(), YMM()
		VMOVMSKPS(keep.v, bits)
		POPCNTL(bits, n.As32())
		SHLL(Imm(5), bits)
		VMOVDQU(Mem{Base: c.table, Index: bits.As64(), Scale: 1}, perm)
		VPERMPS(v, perm, a)
		VPERMD(o, perm, b)
		VMOVUPS(a, Mem{Base: c.val})
		VMOVDQU(b, Mem{Base: c.off})
	}
	LEAQ(Mem{Base: c.val, Index: n, Scale: 4}, c.val)
	LEAQ(Mem{Base: c.off, Index: n, Scale: 4}, c.off)
	return n
}

// nonZero returns the mask of the lanes of v that are not zero. NaN is not zero.
func (s isa) nonZero(v, zero vector) mask {
	m := mask{s: s}
	if s == avx512 {
		m.k = K()
		VCMPPS(Imm(4), zero, v, m.k)
	} else {
		m.v = YMM()
		VCMPPS(Imm(4), zero, v, m.v)
	}
	return m
}

// newCompactor loads the list pointers, and on AVX2 the permutation table.
func newCompactor(s isa) compactor {
	c := compactor{s: s, off: param("dstoff"), val: param("dstval")}
	if s == avx2 {
		c.table = param("table")
	}
	return c
}

// compact emits a kernel that lists the nonzero values of several rows of n values, with
// their offsets off[i]+plus[i].
func compact(s isa) {
	s.begin("compact")
	c := newCompactor(s)
	zero := s.vec()
	s.zero(zero)
	cnt := param("cnt")
	Label("row")
	val, plus, off, n, total := param("val"), param("plus"), param("off"), param("n"), GP64()
	XORQ(total, total)
	body := func(load func(q Mem, v vector)) {
		v, o, p := s.vec(), s.vec(), s.vec()
		load(Mem{Base: val}, v)
		load(Mem{Base: off}, o)
		load(Mem{Base: plus}, p)
		VPADDD(p, o, o)
		ADDQ(c.append(v, o, s.nonZero(v, zero)), total)
	}
	SUBQ(Imm(uint64(s.lanes)), n)
	JLT(LabelRef("tail"))
	Label("whole")
	body(func(q Mem, v vector) { VMOVUPS(q, v) })
	ADDQ(Imm(uint64(s.bytes())), val)
	ADDQ(Imm(uint64(s.bytes())), plus)
	ADDQ(Imm(uint64(s.bytes())), off)
	SUBQ(Imm(uint64(s.lanes)), n)
	JGE(LabelRef("whole"))
	Label("tail")
	ADDQ(Imm(uint64(s.lanes)), n)
	JZ(LabelRef("done"))
	body(s.mask(n).load)
	Label("done")
	MOVL(total.As32(), Mem{Base: cnt})
	ADDQ(Imm(4), cnt)
	stride := floats("stride")
	ADDQ(stride, slot("val"))
	plusstride := floats("plusstride")
	ADDQ(plusstride, slot("plus"))
	DECQ(slot("rows"))
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// compactAt emits a kernel like compact for a gradient after max-pooling: it lists each
// row of values `positions` times, the p-th time only the values whose arg is firstpos+p.
func compactAt(s isa) {
	s.begin("compactAt")
	c := newCompactor(s)
	zero, one := s.vec(), s.vec()
	s.zero(zero)
	t := GP32()
	MOVL(U32(1), t)
	x := XMM()
	VMOVD(t, x)
	VPBROADCASTD(x, one)
	Label("row")
	want, p := s.vec(), param("positions")
	VPBROADCASTD(slot("firstpos"), want)
	Label("position")
	val, arg, off, n, total := param("val"), param("arg"), param("off"), param("n"), GP64()
	XORQ(total, total)
	body := func(load func(q Mem, v vector), args func(v vector)) {
		v, o, a := s.vec(), s.vec(), s.vec()
		load(Mem{Base: val}, v)
		load(Mem{Base: off}, o)
		args(a)
		keep := s.nonZero(v, zero)
		if s == avx512 {
			VPCMPEQD(want, a, keep.k, keep.k)
		} else {
			VPCMPEQD(want, a, a)
			VPAND(a, keep.v, keep.v)
		}
		ADDQ(c.append(v, o, keep), total)
	}
	SUBQ(Imm(uint64(s.lanes)), n)
	JLT(LabelRef("tail"))
	Label("whole")
	body(func(q Mem, v vector) { VMOVUPS(q, v) }, func(v vector) { VPMOVZXBD(Mem{Base: arg}, v) })
	ADDQ(Imm(uint64(s.bytes())), val)
	ADDQ(Imm(uint64(s.bytes())), off)
	ADDQ(Imm(uint64(s.lanes)), arg)
	SUBQ(Imm(uint64(s.lanes)), n)
	JGE(LabelRef("whole"))
	Label("tail")
	ADDQ(Imm(uint64(s.lanes)), n)
	JZ(LabelRef("done"))
	if s == avx512 {
		rest := s.mask(n)
		body(rest.load, func(v vector) { VPMOVZXBD_Z(Mem{Base: arg}, rest.k, v) })
	} else {
		Label("value") // the rest one by one: there is no masked load of bytes
		one8 := GP64()
		MOVQ(U32(1), one8)
		first := s.mask(one8)
		body(first.load, func(v vector) {
			b, x := GP32(), XMM()
			MOVBLZX(Mem{Base: arg}, b)
			VMOVD(b, x)
			VPBROADCASTD(x, v)
		})
		ADDQ(Imm(4), val)
		ADDQ(Imm(4), off)
		INCQ(arg)
		DECQ(n)
		JNZ(LabelRef("value"))
	}
	Label("done")
	cnt := param("cnt")
	MOVL(total.As32(), Mem{Base: cnt})
	ADDQ(Imm(4), slot("cnt"))
	VPADDD(one, want, want)
	DECQ(p)
	JNZ(LabelRef("position"))
	stride := param("stride")
	ADDQ(stride, slot("arg"))
	SHLQ(Imm(2), stride)
	ADDQ(stride, slot("val"))
	DECQ(slot("rows"))
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
