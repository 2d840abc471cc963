package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograds emits the transforms of Winograd's F(4x4, 3x3) and F(2x2, 5x5), which share winogradInput.
func winograds(s isa) {
	winogradWeights(s)
	winogradInput(s)
	winogradOutput(s)
	winogradWeights5(s)
	winogradOutput2(s)
	winogradGrad(s)
	winogradWeightGrad(s)
}

// number fills a register with a constant.
func (s isa) number(x float64) vector { return s.constant(math.Float32bits(float32(x))) }

// cursor is a pointer that advances by a stride, for strides that do not fit an addressing mode.
type cursor struct {
	p      reg.GPVirtual
	stride reg.GPVirtual
}

func newCursor(p, stride reg.GPVirtual) cursor {
	c := cursor{GP64(), stride}
	MOVQ(p, c.p)
	return c
}

// here returns the current address; step advances to the next one.
func (c cursor) here() Mem { return Mem{Base: c.p} }
func (c cursor) step()     { ADDQ(c.stride, c.p) }

// winogradWeights emits u = G w Gᵀ for n elements of each of the nine taps.
func winogradWeights(s isa) {
	s.begin("winogradWeights")
	n, u, w, tmp := param("n"), param("u"), param("w"), param("tmp")
	ufreq, wtap := floats("ufreq"), floats("wtap")
	quarter, sixth, c12, c24 := s.number(1.0/4), s.number(1.0/6), s.number(1.0/12), s.number(1.0/24)
	// transform turns three values into six by the rows of G.
	transform := func(g [3]vector, store func(i int, v vector)) {
		t, even, odd := s.vec(), s.vec(), s.vec()
		VMULPS(quarter, g[0], t)
		store(0, t)
		VADDPS(g[2], g[0], even)
		VMULPS(sixth, even, even)
		VMULPS(sixth, g[1], odd)
		t = s.vec()
		s.zero(t)
		VSUBPS(even, t, t)
		minus := s.vec()
		VADDPS(odd, t, minus)
		VSUBPS(odd, t, t)
		store(1, t)
		store(2, minus)
		even, odd = s.vec(), s.vec()
		VMULPS(c24, g[0], even)
		VFMADD231PS(sixth, g[2], even)
		VMULPS(c12, g[1], odd)
		t, minus = s.vec(), s.vec()
		VADDPS(odd, even, t)
		VSUBPS(odd, even, minus)
		store(3, t)
		store(4, minus)
		store(5, g[2])
	}
	Label("vector")
	tap := newCursor(w, wtap)
	var rowsOf [3][3]vector
	for i := range 3 {
		for j := range 3 {
			rowsOf[i][j] = s.vec()
			VMOVUPS(tap.here(), rowsOf[i][j])
			tap.step()
		}
	}
	for j := range 3 {
		transform([3]vector{rowsOf[0][j], rowsOf[1][j], rowsOf[2][j]}, func(i int, v vector) {
			VMOVUPS(v, Mem{Base: tmp, Disp: (i*3 + j) * s.bytes()})
		})
	}
	freq := newCursor(u, ufreq)
	for i := range 6 {
		var g [3]vector
		for j := range g {
			g[j] = s.vec()
			VMOVUPS(Mem{Base: tmp, Disp: (i*3 + j) * s.bytes()}, g[j])
		}
		transform(g, func(_ int, v vector) {
			VMOVUPS(v, freq.here())
			freq.step()
		})
	}
	ADDQ(Imm(uint64(s.bytes())), w)
	ADDQ(Imm(uint64(s.bytes())), u)
	SUBQ(Imm(uint64(s.lanes)), n)
	JG(LabelRef("vector"))
	end()
}

// winogradInput emits v = Bᵀ d B for tiles of 6 by 6 pixels. A pixel is a number of vectors of
// channels.
func winogradInput(s isa) {
	s.begin("winogradInput")
	tmp := param("tmp")
	xrow, xcol, vfreq := floats("xrow"), floats("xcol"), floats("vfreq")
	four, five, two := s.number(4), s.number(5), s.number(2)
	transform := func(d [6]vector, store func(i int, v vector)) {
		a, b, c, e := s.vec(), s.vec(), s.vec(), s.vec()
		VMOVAPS(d[4], a)
		VFNMADD231PS(d[2], four, a)
		VMOVAPS(d[3], b)
		VFNMADD231PS(d[1], four, b)
		VSUBPS(d[2], d[4], c)
		VSUBPS(d[1], d[3], e)
		VMULPS(two, e, e)
		VFMADD231PS(d[0], four, d[4])
		VFNMADD231PS(d[2], five, d[4])
		store(0, d[4])
		t := s.vec()
		VADDPS(a, b, t)
		store(1, t)
		t = s.vec()
		VSUBPS(b, a, t)
		store(2, t)
		t = s.vec()
		VADDPS(c, e, t)
		store(3, t)
		t = s.vec()
		VSUBPS(e, c, t)
		store(4, t)
		VFMADD231PS(d[1], four, d[5])
		VFNMADD231PS(d[3], five, d[5])
		store(5, d[5])
	}
	Label("tile")
	x, v, vectors := param("x"), param("v"), param("vectors")
	Label("vector")
	col := GP64()
	MOVQ(x, col)
	for j := range 6 {
		p := newCursor(col, xrow)
		var d [6]vector
		for i := range d {
			d[i] = s.vec()
			VMOVUPS(p.here(), d[i])
			p.step()
		}
		transform(d, func(i int, r vector) { VMOVUPS(r, Mem{Base: tmp, Disp: (i*6 + j) * s.bytes()}) })
		ADDQ(xcol, col)
	}
	freq := newCursor(v, vfreq)
	for i := range 6 {
		var d [6]vector
		for j := range d {
			d[j] = s.vec()
			VMOVUPS(Mem{Base: tmp, Disp: (i*6 + j) * s.bytes()}, d[j])
		}
		transform(d, func(_ int, r vector) {
			VMOVUPS(r, freq.here())
			freq.step()
		})
	}
	ADDQ(Imm(uint64(s.bytes())), x)
	ADDQ(Imm(uint64(s.bytes())), v)
	DECQ(vectors)
	JNZ(LabelRef("vector"))
	step := floats("xstep")
	ADDQ(step, slot("x"))
	step = floats("vstep")
	ADDQ(step, slot("v"))
	DECQ(slot("n"))
	JNZ(LabelRef("tile"))
	end()
}

// winogradOutput emits y = Aᵀ m A + bias, then ReLU if its flag is set, for tiles of 4 by 4 pixels.
func winogradOutput(s isa) {
	s.begin("winogradOutput")
	four, eight, two := s.number(4), s.number(8), s.number(2)
	s.winogradOutputs(4, func(d [6]vector, store func(i int, v vector)) {
		s1, d1, s2, d2 := s.vec(), s.vec(), s.vec(), s.vec()
		VADDPS(d[1], d[2], s1)
		VSUBPS(d[2], d[1], d1)
		VADDPS(d[3], d[4], s2)
		VSUBPS(d[4], d[3], d2)
		VADDPS(s1, d[0], d[0])
		VADDPS(s2, d[0], d[0])
		store(0, d[0])
		VADDPS(d1, d[5], d[5])
		VFMADD231PS(d2, eight, d[5])
		VFMADD231PS(d2, two, d1)
		store(1, d1)
		VFMADD231PS(s2, four, s1)
		store(2, s1)
		store(3, d[5])
	})
}

// winogradOutput2 emits the same for tiles of 2 by 2 pixels of F(2x2, 5x5).
func winogradOutput2(s isa) {
	s.begin("winogradOutput2")
	two := s.number(2)
	s.winogradOutputs(2, func(d [6]vector, store func(i int, v vector)) {
		VADDPS(d[1], d[0], d[0])
		VADDPS(d[2], d[0], d[0])
		VSUBPS(d[2], d[1], d[1])
		VADDPS(d[3], d[0], d[0])
		VADDPS(d[4], d[0], d[0])
		VSUBPS(d[4], d[3], d[3])
		store(0, d[0])
		VADDPS(d[1], d[5], d[5])
		VFMADD231PS(d[3], two, d[5])
		store(1, d[5])
	})
}

// winogradOutputs emits an output transform to size by size pixels. transform turns six values
// into size values.
func (s isa) winogradOutputs(size int, transform func(d [6]vector, store func(i int, v vector))) {
	tmp := param("tmp")
	mfreq, yrow, ycol := floats("mfreq"), floats("yrow"), floats("ycol")
	// The lower bound of the results: 0 with ReLU, else minus infinity.
	floor := s.number(math.Inf(-1))
	TESTQ(U32(flagReLU), slot("flags"))
	JZ(LabelRef("tile"))
	s.zero(floor)
	Label("tile")
	m, y, bias, vectors := param("m"), param("y"), param("bias"), param("vectors")
	Label("vector")
	freq := newCursor(m, mfreq)
	for i := range 6 {
		var d [6]vector
		for j := range d {
			d[j] = s.vec()
			VMOVUPS(freq.here(), d[j])
			freq.step()
		}
		transform(d, func(j int, r vector) { VMOVUPS(r, Mem{Base: tmp, Disp: (i*size + j) * s.bytes()}) })
	}
	b := s.vec()
	VMOVUPS(Mem{Base: bias}, b)
	col := GP64()
	MOVQ(y, col)
	for j := range size {
		var d [6]vector
		for i := range d {
			d[i] = s.vec()
			VMOVUPS(Mem{Base: tmp, Disp: (i*size + j) * s.bytes()}, d[i])
		}
		p := newCursor(col, yrow)
		transform(d, func(_ int, r vector) {
			VADDPS(b, r, r)
			VMAXPS(r, floor, r)
			VMOVUPS(r, p.here())
			p.step()
		})
		ADDQ(ycol, col)
	}
	ADDQ(Imm(uint64(s.bytes())), m)
	ADDQ(Imm(uint64(s.bytes())), y)
	ADDQ(Imm(uint64(s.bytes())), bias)
	DECQ(vectors)
	JNZ(LabelRef("vector"))
	step := floats("mstep")
	ADDQ(step, slot("m"))
	step = floats("ystep")
	ADDQ(step, slot("y"))
	DECQ(slot("n"))
	JNZ(LabelRef("tile"))
	end()
}

// winogradWeights5 emits u = G w Gᵀ for n elements of each of the 25 taps.
func winogradWeights5(s isa) {
	s.begin("winogradWeights5")
	n, u, w, tmp := param("n"), param("u"), param("w"), param("tmp")
	ufreq, wtap := floats("ufreq"), floats("wtap")
	// transform turns five values into six by the rows of G. It reads its constants from
	// registers that it fills each time, because all do not fit beside the values.
	transform := func(g [5]vector, store func(i int, v vector)) {
		even, odd, t := s.vec(), s.vec(), s.vec()
		VMULPS(s.number(1.0/4), g[0], t)
		store(0, t)
		VADDPS(g[2], g[0], even)
		VADDPS(g[4], even, even)
		VADDPS(g[3], g[1], odd)
		minus := s.number(-1.0 / 6)
		VMULPS(minus, even, even)
		VMULPS(minus, odd, odd)
		t = s.vec()
		VADDPS(odd, even, t)
		store(1, t)
		t = s.vec()
		VSUBPS(odd, even, t)
		store(2, t)
		even, odd = s.vec(), s.vec()
		VMULPS(s.number(1.0/24), g[0], even)
		VFMADD231PS(s.number(4.0/24), g[2], even)
		VFMADD231PS(s.number(16.0/24), g[4], even)
		VMULPS(s.number(2.0/24), g[1], odd)
		VFMADD231PS(s.number(8.0/24), g[3], odd)
		t = s.vec()
		VADDPS(odd, even, t)
		store(3, t)
		t = s.vec()
		VSUBPS(odd, even, t)
		store(4, t)
		store(5, g[4])
	}
	row := GP64()
	LEAQ(Mem{Base: wtap, Index: wtap, Scale: 4}, row)
	Label("vector")
	tap := newCursor(w, wtap)
	for j := range 5 {
		p := newCursor(tap.p, row)
		var g [5]vector
		for i := range g {
			g[i] = s.vec()
			VMOVUPS(p.here(), g[i])
			p.step()
		}
		transform(g, func(i int, v vector) { VMOVUPS(v, Mem{Base: tmp, Disp: (i*5 + j) * s.bytes()}) })
		tap.step()
	}
	freq := newCursor(u, ufreq)
	for i := range 6 {
		var g [5]vector
		for j := range g {
			g[j] = s.vec()
			VMOVUPS(Mem{Base: tmp, Disp: (i*5 + j) * s.bytes()}, g[j])
		}
		transform(g, func(_ int, v vector) {
			VMOVUPS(v, freq.here())
			freq.step()
		})
	}
	ADDQ(Imm(uint64(s.bytes())), w)
	ADDQ(Imm(uint64(s.bytes())), u)
	SUBQ(Imm(uint64(s.lanes)), n)
	JG(LabelRef("vector"))
	end()
}

// winogradGrad emits m = A y Aᵀ for tiles of 4 by 4 pixels, the transpose of winogradOutput.
func winogradGrad(s isa) {
	s.begin("winogradGrad")
	tmp := param("tmp")
	mfreq, yrow, ycol := floats("mfreq"), floats("yrow"), floats("ycol")
	four, two := s.number(4), s.number(2)
	transform := func(d [4]vector, store func(i int, v vector)) {
		even, odd, t := s.vec(), s.vec(), s.vec()
		store(0, d[0])
		VADDPS(d[2], d[0], even)
		VADDPS(d[3], d[1], odd)
		VADDPS(odd, even, t)
		store(1, t)
		t = s.vec()
		VSUBPS(odd, even, t)
		store(2, t)
		VFMADD231PS(d[2], four, d[0])
		VFMADD231PS(d[3], four, d[1])
		VMULPS(two, d[1], d[1])
		t = s.vec()
		VADDPS(d[1], d[0], t)
		store(3, t)
		t = s.vec()
		VSUBPS(d[1], d[0], t)
		store(4, t)
		store(5, d[3])
	}
	Label("tile")
	y, m, vectors := param("y"), param("m"), param("vectors")
	Label("vector")
	col := GP64()
	MOVQ(y, col)
	for j := range 4 {
		p := newCursor(col, yrow)
		var d [4]vector
		for i := range d {
			d[i] = s.vec()
			VMOVUPS(p.here(), d[i])
			p.step()
		}
		transform(d, func(i int, r vector) { VMOVUPS(r, Mem{Base: tmp, Disp: (i*4 + j) * s.bytes()}) })
		ADDQ(ycol, col)
	}
	freq := newCursor(m, mfreq)
	for i := range 6 {
		var d [4]vector
		for j := range d {
			d[j] = s.vec()
			VMOVUPS(Mem{Base: tmp, Disp: (i*4 + j) * s.bytes()}, d[j])
		}
		transform(d, func(_ int, r vector) {
			VMOVUPS(r, freq.here())
			freq.step()
		})
	}
	ADDQ(Imm(uint64(s.bytes())), y)
	ADDQ(Imm(uint64(s.bytes())), m)
	DECQ(vectors)
	JNZ(LabelRef("vector"))
	step := floats("ystep")
	ADDQ(step, slot("y"))
	step = floats("mstep")
	ADDQ(step, slot("m"))
	DECQ(slot("n"))
	JNZ(LabelRef("tile"))
	end()
}

// winogradWeightGrad emits w = Gᵀ u G for n elements of each of the nine taps, the transpose of
// winogradWeights.
func winogradWeightGrad(s isa) {
	s.begin("winogradWeightGrad")
	n, w, u, tmp := param("n"), param("w"), param("u"), param("tmp")
	ufreq, wtap := floats("ufreq"), floats("wtap")
	quarter, sixth, c12, c24 := s.number(1.0/4), s.number(1.0/6), s.number(1.0/12), s.number(1.0/24)
	// transform turns six values into three by the columns of G.
	transform := func(u [6]vector, store func(i int, v vector)) {
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
	Label("vector")
	freq := newCursor(u, ufreq)
	for i := range 6 {
		var row [6]vector
		for j := range row {
			row[j] = s.vec()
			VMOVUPS(freq.here(), row[j])
			freq.step()
		}
		transform(row, func(j int, v vector) { VMOVUPS(v, Mem{Base: tmp, Disp: (i*3 + j) * s.bytes()}) })
	}
	// The taps lie in rows, so the columns of the half transform give one tap of each row.
	triple := GP64()
	LEAQ(Mem{Base: wtap, Index: wtap, Scale: 2}, triple)
	tap := newCursor(w, wtap)
	for j := range 3 {
		var col [6]vector
		for i := range col {
			col[i] = s.vec()
			VMOVUPS(Mem{Base: tmp, Disp: (i*3 + j) * s.bytes()}, col[i])
		}
		p := newCursor(tap.p, triple)
		transform(col, func(_ int, v vector) {
			VMOVUPS(v, p.here())
			p.step()
		})
		tap.step()
	}
	ADDQ(Imm(uint64(s.bytes())), w)
	ADDQ(Imm(uint64(s.bytes())), u)
	SUBQ(Imm(uint64(s.lanes)), n)
	JG(LabelRef("vector"))
	end()
}
