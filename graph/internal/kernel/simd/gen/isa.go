package main

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd/gen/table"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector is a virtual vector register of either width.
type vector = reg.VecVirtual

// isa is one of the two instruction sets of amd64, or AVX-512 with vectors of half its width.
type isa struct {
	bits  int  // width of a vector register, part of every kernel's name
	lanes int  // float32 values in one register
	masks bool // AVX-512: 32 registers and opmasks
	table *table.Table
}

var (
	avx512 = newISA(512, true)
	avx2   = newISA(256, false)
	isas   = []isa{avx512, avx2}

	// avx512half has the kernels that few channels use.
	avx512half = newISA(256, true)
)

func newISA(bits int, masks bool) isa {
	lanes, suffix := bits/32, fmt.Sprint(bits)
	if masks && bits < 512 {
		suffix += "k"
	}
	return isa{bits, lanes, masks, &table.Table{
		Name: "asm" + suffix, Suffix: suffix,
		Lanes: lanes, TileLanes: lanes, PeakWork: peakProducts * lanes * 2,
	}}
}

// bytes is the size of a vector register.
func (s isa) bytes() int { return 4 * s.lanes }

// name appends the register width to the name of a constant.
func (s isa) name(format string, args ...any) string {
	return fmt.Sprintf("%s%d", fmt.Sprintf(format, args...), s.bits)
}

// begin opens the function of a kernel of the list, for a shape if the kernel is a family,
// and enters it in the table.
func (s isa) begin(kernel string, shape ...int) { open(s.table.Add(kernel, shape...)) }

func open(name, params string) {
	TEXT(name, NOSPLIT, "func("+params+")")
	Pragma("noescape")
}

// vec allocates a vector register.
func (s isa) vec() vector {
	if s.bits == 512 {
		return ZMM()
	}
	return YMM()
}

// vecs allocates n vector registers.
func (s isa) vecs(n int) []vector {
	v := make([]vector, n)
	for i := range v {
		v[i] = s.vec()
	}
	return v
}

// grid allocates rows times cols vector registers.
func (s isa) grid(rows, cols int) [][]vector {
	g := make([][]vector, rows)
	for i := range g {
		g[i] = s.vecs(cols)
	}
	return g
}

// zero clears v. On AVX-512 it uses the form of the instruction that takes any register.
func (s isa) zero(v vector) {
	if s.masks {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// broadcast fills a register with the float32 parameter called name.
func (s isa) broadcast(name string) vector {
	v := s.vec()
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(p.Addr, v)
	return v
}

// constant fills a register with a float32 given by its bits.
func (s isa) constant(bits uint32) vector {
	t, x, v := GP32(), XMM(), s.vec()
	MOVL(U32(bits), t)
	VMOVD(t, x)
	if s == avx512 {
		VBROADCASTSS(x, v)
	} else {
		VBROADCASTSS(x, v)
	}
	return v
}

// mask selects the first few lanes of a vector: an opmask register on AVX-512,
// a vector of all-ones lanes on AVX2.
type mask struct {
	s isa
	k reg.OpmaskVirtual
	v vector
}

// mask builds the mask of the first n lanes, 0 <= n <= lanes. It leaves n alone.
func (s isa) mask(n reg.GPVirtual) mask {
	m := mask{s: s}
	if s.masks {
		t := GP32()
		MOVL(I32(-1), t)
		BZHIL(n.As32(), t, t)
		m.k = K()
		KMOVW(t, m.k)
		return m
	}
	// The mask is a part of lanes256 that begins 8-n elements from its start.
	t, back := GP64(), GP64()
	LEAQ(lanes256, t)
	MOVQ(n, back)
	NEGQ(back)
	m.v = YMM()
	VMOVDQU(Mem{Base: t, Index: back, Scale: 4, Disp: 32}, m.v)
	return m
}

// load reads the selected lanes of p into v and clears the others. It does not touch the
// memory of lanes that are not selected.
func (m mask) load(p Mem, v vector) {
	if m.s.masks {
		VMOVUPS_Z(p, m.k, v)
	} else {
		VMASKMOVPS(p, m.v, v)
	}
}

// store writes the selected lanes of v to p.
func (m mask) store(v vector, p Mem) {
	if m.s.masks {
		VMOVUPS(v, m.k, p)
	} else {
		VMASKMOVPS(v, m.v, p)
	}
}

// lanes256 is the constant that AVX2 masks are loaded from: eight ones, then eight zeros.
var lanes256 Mem

// defineLanes emits lanes256 into this assembly file.
func defineLanes(group string) {
	lanes256 = GLOBL(group+"Lanes", RODATA|NOPTR)
	for i := range 16 {
		var v int32
		if i < 8 {
			v = -1
		}
		DATA(4*i, I32(v))
	}
}

// rows addresses rows that lie a fixed stride apart. Each base register serves nine of them: with
// an index register that holds 1, 3, 5 or 7 strides and a scale of 1, 2, 4 or 8.
type rows struct {
	base  []reg.GPVirtual
	index [8]reg.GPVirtual // by strides
}

// newRows allocates the registers for n rows that lie stride bytes apart; set gives them their values.
func newRows(stride reg.GPVirtual, n int) rows {
	var r rows
	for i := 0; i < n; i += 9 {
		r.base = append(r.base, GP64())
	}
	r.index[1] = stride
	if n > 3 {
		r.index[3] = GP64()
		LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, r.index[3])
	}
	if n > 5 {
		r.index[5] = GP64()
		LEAQ(Mem{Base: stride, Index: stride, Scale: 4}, r.index[5])
	}
	if n > 7 {
		r.index[7] = GP64()
		LEAQ(Mem{Base: r.index[3], Index: stride, Scale: 4}, r.index[7])
	}
	return r
}

// set points the rows at first.
func (r rows) set(first Op) {
	LEAQ(first, r.base[0])
	for i := 1; i < len(r.base); i++ {
		LEAQ(Mem{Base: r.base[i-1], Index: r.index[1], Scale: 8}, r.base[i])
		ADDQ(r.index[1], r.base[i])
	}
}

// advance moves all rows by a number of bytes.
func (r rows) advance(bytes int) {
	for _, b := range r.base {
		ADDQ(I32(int32(bytes)), b)
	}
}

// advanceBy moves all rows by the number of bytes in a register.
func (r rows) advanceBy(bytes reg.GPVirtual) {
	for _, b := range r.base {
		ADDQ(bytes, b)
	}
}

// at returns the address disp bytes into row i.
func (r rows) at(i, disp int) Mem {
	m := Mem{Base: r.base[i/9], Disp: disp}
	if strides := i % 9; strides > 0 {
		scale := strides & -strides // the largest power of two in it
		m.Index, m.Scale = r.index[strides/scale], uint8(scale)
	}
	return m
}

// slot returns the stack slot of a parameter. The function may change it.
func slot(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// param loads a 64-bit parameter.
func param(name string) reg.GPVirtual {
	return Load(Param(name), GP64()).(reg.GPVirtual)
}

// floats loads a parameter that counts float32 values and converts it to bytes.
func floats(name string) reg.GPVirtual {
	r := param(name)
	SHLQ(Imm(2), r)
	return r
}
