package main

import (
	"maps"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Flags of a tile kernel. Package simd has the same constants.
const (
	flagAdd  = 1
	flagReLU = 2
)

// tileShapes gives the height of the tallest tile for each width in vectors. The registers
// hold its accumulators, the vectors of a row of B, one broadcast and a mask.
func (s isa) tileShapes() map[int]int {
	switch s {
	case avx512:
		return map[int]int{1: 14, 2: 12, 4: 6}
	case avx512half:
		return map[int]int{1: 14}
	}
	return map[int]int{1: 12, 2: 6}
}

// windows returns the shapes of the windows that have a tile: height, width, and width of the tile in vectors.
func (s isa) windows() [][3]int {
	switch s {
	case avx512:
		return [][3]int{{3, 3, 1}, {3, 3, 2}, {5, 5, 1}}
	case avx512half:
		return [][3]int{{3, 3, 1}, {5, 5, 1}}
	}
	return [][3]int{{3, 3, 1}}
}

// tileWidths returns the keys of tileShapes in order.
func (s isa) tileWidths() []int { return slices.Sorted(maps.Keys(s.tileShapes())) }

// tiles emits every tile kernel of an instruction set, for AVX-512 also with vectors of half the width.
func tiles(s isa) {
	if s == avx512 {
		tiles(avx512half)
	}
	if s == avx2 {
		defineLanes("tile")
	}
	for _, nv := range s.tileWidths() {
		for mr := 1; mr <= s.tileShapes()[nv]; mr++ {
			tileNN(s, mr, nv)
		}
		for mr := 1; mr <= s.tileShapes()[nv]; mr++ {
			tileTN(s, mr, nv)
		}
	}
	for _, w := range s.windows() {
		tileTNWindow(s, w[0], w[1], w[2])
	}
}

// tile has the code that nn and tn kernels share.
type tile struct {
	s      isa
	mr, nv int
	acc    [][]vector
	tail   mask
}

// newTile allocates the accumulators and builds the mask from the parameter lanes.
func newTile(s isa, mr, nv int) tile {
	return tile{s: s, mr: mr, nv: nv, acc: s.grid(mr, nv), tail: s.mask(param("lanes"))}
}

// loadRow reads one row of the tile's width from p, with a mask for the last vector if masked is set.
func (t tile) loadRow(p reg.GPVirtual, v []vector, masked bool) {
	for j := range v {
		q := Mem{Base: p, Disp: j * t.s.bytes()}
		if masked && j == t.nv-1 {
			t.tail.load(q, v[j])
		} else {
			VMOVUPS(q, v[j])
		}
	}
}

// start sets the accumulators to C under flagAdd, else to the bias if there is one, else to zero.
func (t tile) start(withBias bool) {
	TESTQ(U32(flagAdd), slot("flags"))
	JNZ(LabelRef("fromC"))
	if withBias {
		bias := param("bias")
		TESTQ(bias, bias)
		JZ(LabelRef("fromZero"))
		t.loadRow(bias, t.acc[0], true)
		for m := 1; m < t.mr; m++ {
			for j := range t.nv {
				VMOVAPS(t.acc[0][j], t.acc[m][j])
			}
		}
		JMP(LabelRef("started"))
		Label("fromZero")
	}
	for _, r := range t.acc {
		for _, v := range r {
			t.s.zero(v)
		}
	}
	JMP(LabelRef("started"))
	Label("fromC")
	c, ldc := param("c"), floats("ldc")
	for m := range t.mr {
		t.loadRow(c, t.acc[m], true)
		if m < t.mr-1 {
			ADDQ(ldc, c)
		}
	}
	Label("started")
}

// finish applies ReLU under flagReLU, stores the tile and advances the parameter c to the next tile.
func (t tile) finish() {
	TESTQ(U32(flagReLU), slot("flags"))
	JZ(LabelRef("store"))
	z := t.s.vec()
	t.s.zero(z)
	for _, r := range t.acc {
		for _, v := range r {
			VMAXPS(v, z, v) // the first operand is the one returned for NaN
		}
	}
	Label("store")
	c, ldc := param("c"), floats("ldc")
	store := func(masked bool) {
		for m := range t.mr {
			for j := range t.nv {
				q := Mem{Base: c, Disp: j * t.s.bytes()}
				if masked && j == t.nv-1 {
					t.tail.store(t.acc[m][j], q)
				} else {
					VMOVUPS(t.acc[m][j], q)
				}
			}
			ADDQ(ldc, c)
		}
	}
	// Masked stores are slow on some processors, so only ragged tiles use them.
	CMPQ(slot("lanes"), Imm(uint64(t.s.lanes)))
	JNE(LabelRef("ragged"))
	store(false)
	JMP(LabelRef("stored"))
	Label("ragged")
	store(true)
	Label("stored")
	MOVQ(c, slot("c"))
}

// addProducts adds the products of the value at a and a row of B to a row of accumulators. A single
// multiply-add on AVX-512 reads the value itself: Zen 4 needs a second step for a broadcast to a register.
func (t tile) addProducts(a Mem, b, acc []vector) {
	if t.s.masks && t.nv == 1 {
		VFMADD231PS_BCST(a, b[0], acc[0])
		return
	}
	x := t.s.vec()
	VBROADCASTSS(a, x)
	for j, v := range b {
		VFMADD231PS(v, x, acc[j])
	}
}

// variants emits the code of a product: on AVX-512, where masks cost nothing, once with
// masks; on AVX2 once for a tile of whole vectors and once for a ragged tile. emit must
// pass its labels through label, which makes them differ.
func (t tile) variants(emit func(label func(string) string, masked bool)) {
	if t.s.masks {
		emit(func(name string) string { return name }, true)
		return
	}
	CMPQ(slot("lanes"), Imm(uint64(t.s.lanes)))
	JNE(LabelRef("masked"))
	emit(func(name string) string { return name }, false)
	JMP(LabelRef("multiplied"))
	Label("masked")
	emit(func(name string) string { return "masked" + name }, true)
	Label("multiplied")
}

// tileNN emits a kernel for `tiles` consecutive blocks of mr rows of
//
//	C[m][n] (+)= sum over segments g, k of A[off[g]+m*lda+k] * B[(g*klen+k)*ldb+n]
func tileNN(s isa, mr, nv int) {
	s.begin("nn", mr, nv)
	lda, ldb := floats("lda"), floats("ldb")
	r := newRows(lda, mr)
	t := newTile(s, mr, nv)
	Label("tile")
	t.start(true)
	t.variants(func(label func(string) string, masked bool) {
		b, off, segs := param("b"), param("off"), param("segs")
		Label(label("segment"))
		a, o := param("a"), GP64()
		MOVQ(Mem{Base: off}, o)
		ADDQ(Imm(8), off)
		r.set(Mem{Base: a, Index: o, Scale: 4})
		k := param("klen")
		step := func(u int) {
			bv := s.vecs(nv)
			t.loadRow(b, bv, masked)
			ADDQ(ldb, b)
			for m := range mr {
				t.addProducts(r.at(m, 4*u), bv, t.acc[m])
			}
		}
		const unroll = 4
		SUBQ(Imm(unroll), k)
		JLT(LabelRef(label("rest")))
		Label(label("unrolled"))
		for u := range unroll {
			step(u)
		}
		r.advance(4 * unroll)
		SUBQ(Imm(unroll), k)
		JGE(LabelRef(label("unrolled")))
		Label(label("rest"))
		ADDQ(Imm(unroll), k)
		JZ(LabelRef(label("next")))
		Label(label("single"))
		step(0)
		r.advance(4)
		DECQ(k)
		JNZ(LabelRef(label("single")))
		Label(label("next"))
		DECQ(segs)
		JNZ(LabelRef(label("segment")))
	})
	t.finish()
	rowsBytes := GP64()
	IMUL3Q(I32(int32(mr)), lda, rowsBytes)
	ADDQ(rowsBytes, slot("a"))
	DECQ(slot("tiles"))
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// tileTN emits a kernel for `tiles` consecutive blocks of mr rows of
//
//	C[m][n] (+)= sum over segments g, k of A[g*sega+k*lda+m] * B[g*segb+k*ldb+n]
func tileTN(s isa, mr, nv int) {
	s.begin("tn", mr, nv)
	lda, ldb := floats("lda"), floats("ldb")
	sega, segb := floats("sega"), floats("segb")
	t := newTile(s, mr, nv)
	Label("tile")
	t.start(false)
	t.variants(func(label func(string) string, masked bool) {
		a, b, segs := param("a"), param("b"), param("segs")
		Label(label("segment"))
		pa, pb := GP64(), GP64()
		MOVQ(a, pa)
		MOVQ(b, pb)
		k := param("klen")
		Label(label("step"))
		bv := s.vecs(nv)
		t.loadRow(pb, bv, masked)
		for m := range mr {
			t.addProducts(Mem{Base: pa, Disp: 4 * m}, bv, t.acc[m])
		}
		ADDQ(lda, pa)
		ADDQ(ldb, pb)
		DECQ(k)
		JNZ(LabelRef(label("step")))
		ADDQ(sega, a)
		ADDQ(segb, b)
		DECQ(segs)
		JNZ(LabelRef(label("segment")))
	})
	t.finish()
	ADDQ(Imm(uint64(4*mr)), slot("a"))
	DECQ(slot("tiles"))
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// tileTNWindow emits a kernel for the rows u*width+v of
//
//	C[u*width+v][n] (+)= sum over segments g, k of A[g*sega+k*lda+u*rowa+v] * B[g*segb+k*ldb+n]
func tileTNWindow(s isa, height, width, nv int) {
	s.begin("tnWindow", height, width, nv)
	lda, ldb := floats("lda"), floats("ldb")
	r := newRows(floats("rowa"), height)
	t := newTile(s, height*width, nv)
	t.start(false)
	t.variants(func(label func(string) string, masked bool) {
		a, b, segs := param("a"), param("b"), param("segs")
		Label(label("segment"))
		pb := GP64()
		r.set(Mem{Base: a})
		MOVQ(b, pb)
		k := param("klen")
		Label(label("step"))
		bv := s.vecs(nv)
		t.loadRow(pb, bv, masked)
		for i, acc := range t.acc {
			t.addProducts(r.at(i/width, 4*(i%width)), bv, acc)
		}
		r.advanceBy(lda)
		ADDQ(ldb, pb)
		DECQ(k)
		JNZ(LabelRef(label("step")))
		ADDQ(floats("sega"), a)
		ADDQ(floats("segb"), b)
		DECQ(segs)
		JNZ(LabelRef(label("segment")))
	})
	t.finish()
	VZEROUPPER()
	RET()
}
