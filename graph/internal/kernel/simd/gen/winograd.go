package main

import (
	"math"
	"slices"

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

// A linear computes some of the outputs of a linear transform of a few values. run may overwrite an
// input that no linear after it reads, but no output.
type linear struct {
	in, out []int
	run     func(d []vector, store func(i int, v vector))
}

// square emits a transform of the lines of a square of n by n vectors, then the same
// transform across the lines. source returns a line of the operand, from the first to the last, and target the
// addresses of a line of the result. finish, unless nil, changes a result before it is stored.
//
// The values between the two transforms stay in registers on AVX-512, for the outputs of one linear at a
// time. AVX2 has too few registers and keeps them in tmp.
func (s isa) square(n int, parts []linear, tmp reg.GPVirtual, source func(line int) cursor, target func(line int) rows, finish func(vector)) {
	first := func(p linear, store func(line, i int, v vector)) {
		for line := range n {
			from := source(line)
			d := make([]vector, n)
			for i := range n {
				if slices.Contains(p.in, i) {
					d[i] = s.vec()
					VMOVUPS(from.here(), d[i])
				}
				if i < n-1 {
					from.step()
				}
			}
			p.run(d, func(i int, v vector) { store(line, i, v) })
		}
	}
	all := func(d []vector, store func(i int, v vector)) {
		for _, p := range parts {
			p.run(d, store)
		}
	}
	second := func(line int, d []vector) {
		to := target(line)
		all(d, func(i int, v vector) {
			if finish != nil {
				finish(v)
			}
			VMOVUPS(v, to.at(i, 0))
		})
	}
	if s == avx512 {
		for _, p := range parts {
			half := make([][]vector, n+2)
			for _, i := range p.out {
				half[i] = make([]vector, n)
			}
			first(p, func(line, i int, v vector) { half[i][line] = v })
			for _, i := range p.out {
				second(i, half[i])
			}
		}
		return
	}
	whole := linear{run: all}
	for _, p := range parts {
		whole.in, whole.out = append(whole.in, p.in...), append(whole.out, p.out...)
	}
	between := func(line, i int) Mem { return Mem{Base: tmp, Disp: (i*n + line) * s.bytes()} }
	first(whole, func(line, i int, v vector) { VMOVUPS(v, between(line, i)) })
	for _, i := range whole.out {
		d := s.vecs(n)
		for line := range d {
			VMOVUPS(between(line, i), d[line])
		}
		second(i, d)
	}
}

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
	four, five, two := s.number(4), s.number(5), s.number(2)
	low := func(d []vector, store func(i int, v vector)) {
		first, a, b := s.vec(), s.vec(), s.vec()
		VMOVAPS(d[4], first)
		VFMADD231PS(d[0], four, first)
		VFNMADD231PS(d[2], five, first)
		store(0, first)
		VMOVAPS(d[4], a)
		VFNMADD231PS(d[2], four, a)
		VMOVAPS(d[3], b)
		VFNMADD231PS(d[1], four, b)
		t := s.vec()
		VADDPS(a, b, t)
		store(1, t)
		VSUBPS(b, a, a)
		store(2, a)
	}
	high := func(d []vector, store func(i int, v vector)) {
		a, b := s.vec(), s.vec()
		VSUBPS(d[2], d[4], a)
		VSUBPS(d[1], d[3], b)
		VMULPS(two, b, b)
		t := s.vec()
		VADDPS(a, b, t)
		store(3, t)
		VSUBPS(b, a, a)
		store(4, a)
		VFMADD231PS(d[1], four, d[5])
		VFNMADD231PS(d[3], five, d[5])
		store(5, d[5])
	}
	parts := []linear{{[]int{0, 1, 2, 3, 4}, []int{0, 1, 2}, low}, {[]int{1, 2, 3, 4, 5}, []int{3, 4, 5}, high}}
	s.toFrequencies(6, parts, "x", "v")
}

// toFrequencies emits the rest of a transform of tiles of n by n pixels to 36 frequencies. A pixel is a number
// of vectors of channels. image and result are the names of two parameters and the beginnings of those with their strides.
func (s isa) toFrequencies(n int, parts []linear, image, result string) {
	tmp := param("tmp")
	row, column, freq := floats(image+"row"), floats(image+"col"), floats(result+"freq")
	freqs := newRows(freq, 6)
	Label("tile")
	from, to, vectors := param(image), param(result), param("vectors")
	Label("vector")
	col := GP64()
	freqs.set(Mem{Base: to})
	s.square(n, parts, tmp, func(j int) cursor {
		if j == 0 {
			MOVQ(from, col)
		} else {
			ADDQ(column, col)
		}
		return newCursor(col, row)
	}, func(i int) rows {
		if i > 0 {
			freqs.set(freqs.at(6, 0))
		}
		return freqs
	}, nil)
	ADDQ(Imm(uint64(s.bytes())), from)
	ADDQ(Imm(uint64(s.bytes())), to)
	DECQ(vectors)
	JNZ(LabelRef("vector"))
	step := floats(image + "step")
	ADDQ(step, slot(image))
	step = floats(result + "step")
	ADDQ(step, slot(result))
	DECQ(slot("n"))
	JNZ(LabelRef("tile"))
	end()
}

// winogradOutput emits y = Aᵀ m A + bias, then ReLU if its flag is set, for tiles of 4 by 4 pixels.
func winogradOutput(s isa) {
	s.begin("winogradOutput")
	four, eight, two := s.number(4), s.number(8), s.number(2)
	even := func(d []vector, store func(i int, v vector)) {
		s1, s2 := s.vec(), s.vec()
		VADDPS(d[1], d[2], s1)
		VADDPS(d[3], d[4], s2)
		VADDPS(s1, d[0], d[0])
		VADDPS(s2, d[0], d[0])
		store(0, d[0])
		VFMADD231PS(s2, four, s1)
		store(2, s1)
	}
	odd := func(d []vector, store func(i int, v vector)) {
		d1, d2 := s.vec(), s.vec()
		VSUBPS(d[2], d[1], d1)
		VSUBPS(d[4], d[3], d2)
		VADDPS(d1, d[5], d[5])
		VFMADD231PS(d2, eight, d[5])
		store(3, d[5])
		VFMADD231PS(d2, two, d1)
		store(1, d1)
	}
	s.winogradOutputs(4, []linear{{[]int{0, 1, 2, 3, 4}, []int{0, 2}, even}, {[]int{1, 2, 3, 4, 5}, []int{1, 3}, odd}})
	end()
}

// winogradOutput2 emits the same for tiles of 2 by 2 pixels of F(2x2, 5x5).
func winogradOutput2(s isa) {
	s.begin("winogradOutput2")
	two := s.number(2)
	transform := func(d []vector, store func(i int, v vector)) {
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
	}
	s.winogradOutputs(2, []linear{{[]int{0, 1, 2, 3, 4, 5}, []int{0, 1}, transform}})
	end()
}

// winogradOutputs emits an output transform to size by size pixels.
func (s isa) winogradOutputs(size int, parts []linear) {
	tmp := param("tmp")
	mfreq, yrow, ycol := floats("mfreq"), floats("yrow"), floats("ycol")
	pixels := newRows(yrow, size)
	// The lower bound of the results: 0 with ReLU, else minus infinity.
	floor := s.number(math.Inf(-1))
	TESTQ(U32(flagReLU), slot("flags"))
	JZ(LabelRef("tile"))
	s.zero(floor)
	Label("tile")
	m, y, bias, vectors := param("m"), param("y"), param("bias"), param("vectors")
	Label("vector")
	b := s.vec()
	VMOVUPS(Mem{Base: bias}, b)
	freq := newCursor(m, mfreq)
	s.square(6, parts, tmp, func(i int) cursor {
		if i == 0 {
			MOVQ(m, freq.p)
		} else {
			freq.step()
		}
		return freq
	}, func(j int) rows {
		col := Mem{Base: y}
		switch j {
		case 1, 2:
			col.Index, col.Scale = ycol, uint8(j)
		case 3:
			col.Index, col.Scale = GP64(), 1
			LEAQ(Mem{Base: ycol, Index: ycol, Scale: 2}, col.Index)
		}
		pixels.set(col)
		return pixels
	}, func(v vector) {
		VADDPS(b, v, v)
		VMAXPS(v, floor, v)
	})
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
