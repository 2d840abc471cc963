package main

import "math"

// winograds writes the transforms of Winograd's F(4x4, 3x3) and F(2x2, 5x5), which share winogradInput.
func winograds(f *file) {
	winogradWeights(f)
	winogradInput(f)
	winogradOutput(f)
	winogradWeights5(f)
	winogradOutput2(f)
	winogradGrad(f)
	winogradWeightGrad(f)
}

// constant fills a register with a number.
func (k *kernel) constant(x float64) vec { return k.number(math.Float32bits(float32(x))) }

// scratch loads and stores the registers of a matrix of registers that lies at tmp.
type scratch struct {
	*kernel
	tmp  gp
	cols int
}

func (s scratch) load(i, j int, v vec)  { s.ldr(full, v, s.tmp, 16*(i*s.cols+j)) }
func (s scratch) store(i, j int, v vec) { s.str(full, v, s.tmp, 16*(i*s.cols+j)) }

// next advances pointers by a register.
func (k *kernel) next(pointers ...gp) {
	for _, p := range pointers {
		k.op("ADD $%d, %s, %s", 4*quad, p, p)
	}
}

// winogradWeights emits u = G w Gᵀ for n elements of each of the nine taps.
func winogradWeights(f *file) {
	k := f.begin("winogradWeights")
	n, u, w, tmp := k.param("n"), k.param("u"), k.param("w"), scratch{k, k.param("tmp"), 3}
	ufreq, wtap, p := k.floats("ufreq"), k.floats("wtap"), k.gp()
	quarter, sixth, c12, c24 := k.constant(1.0/4), k.constant(1.0/6), k.constant(1.0/12), k.constant(1.0/24)
	// transform turns three values into six by the rows of G.
	transform := func(g []vec, store func(i int, v vec)) {
		k.scope(func() {
			t, even, odd := k.vec(), k.vec(), k.vec()
			k.fmul(t, quarter, g[0])
			store(0, t)
			k.fadd(even, g[0], g[2])
			k.fmul(even, even, sixth)
			k.fmul(odd, g[1], sixth)
			k.fneg(even, even)
			k.fsub(t, even, odd)
			store(1, t)
			k.fadd(t, even, odd)
			store(2, t)
			k.fmul(even, g[0], c24)
			k.fmla(even, g[2], sixth)
			k.fmul(odd, g[1], c12)
			k.fadd(t, even, odd)
			store(3, t)
			k.fsub(t, even, odd)
			store(4, t)
			store(5, g[2])
		})
	}
	k.at("vector")
	k.op("MOVD %s, %s", w, p)
	taps := k.vecs(9)
	for _, v := range taps {
		k.ldr(full, v, p, 0)
		k.op("ADD %s, %s, %s", wtap, p, p)
	}
	for j := range 3 {
		transform([]vec{taps[j], taps[3+j], taps[6+j]}, func(i int, v vec) { tmp.store(i, j, v) })
	}
	k.op("MOVD %s, %s", u, p)
	for i := range 6 {
		g := taps[:3]
		for j, v := range g {
			tmp.load(i, j, v)
		}
		transform(g, func(_ int, v vec) {
			k.str(full, v, p, 0)
			k.op("ADD %s, %s, %s", ufreq, p, p)
		})
	}
	k.next(w, u)
	k.op("SUBS $%d, %s, %s", quad, n, n)
	k.op("BGT vector")
	k.op("RET")
}

// winogradTiles emits the loop over the tiles, whose number is the parameter n, and over the
// registers of the channels of each tile. body transforms one register of channels. The
// pointers in the parameters from and to advance by their steps from tile to tile.
func winogradTiles(k *kernel, from, to string, others []string, body func(from, to gp, others []gp)) {
	k.at("tile")
	src, dst, n := k.param(from), k.param(to), k.param("vectors")
	var more []gp
	for _, name := range others {
		more = append(more, k.param(name))
	}
	k.op("LSL $1, %s, %s", n, n) // two registers each
	k.at("vector")
	k.scope(func() { body(src, dst, more) })
	k.next(append(more, src, dst)...)
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE vector")
	k.advance(from, from+"step")
	k.advance(to, to+"step")
	k.again("n", "tile")
	k.op("RET")
}

// winogradInput emits v = Bᵀ d B for tiles of 6 by 6 pixels. A pixel is a number of vectors of
// channels.
func winogradInput(f *file) {
	k := f.begin("winogradInput")
	tmp := scratch{k, k.param("tmp"), 6}
	xrow, xcol, vfreq := k.floats("xrow"), k.floats("xcol"), k.floats("vfreq")
	four, five, two := k.constant(4), k.constant(5), k.constant(2)
	d := k.vecs(6)
	transform := func(store func(i int, v vec)) {
		k.scope(func() {
			a, b, c, e, t := k.vec(), k.vec(), k.vec(), k.vec(), k.vec()
			k.move(a, d[4])
			k.fmls(a, d[2], four)
			k.move(b, d[3])
			k.fmls(b, d[1], four)
			k.fsub(c, d[4], d[2])
			k.fsub(e, d[3], d[1])
			k.fmul(e, e, two)
			k.fmla(d[4], d[0], four)
			k.fmls(d[4], d[2], five)
			store(0, d[4])
			k.fadd(t, a, b)
			store(1, t)
			k.fsub(t, a, b)
			store(2, t)
			k.fadd(t, c, e)
			store(3, t)
			k.fsub(t, c, e)
			store(4, t)
			k.fmla(d[5], d[1], four)
			k.fmls(d[5], d[3], five)
			store(5, d[5])
		})
	}
	winogradTiles(k, "x", "v", nil, func(x, v gp, _ []gp) {
		col, p := k.gp(), k.gp()
		k.op("MOVD %s, %s", x, col)
		for j := range 6 {
			k.op("MOVD %s, %s", col, p)
			for _, r := range d {
				k.ldr(full, r, p, 0)
				k.op("ADD %s, %s, %s", xrow, p, p)
			}
			transform(func(i int, r vec) { tmp.store(i, j, r) })
			k.op("ADD %s, %s, %s", xcol, col, col)
		}
		k.op("MOVD %s, %s", v, p)
		for i := range 6 {
			for j, r := range d {
				tmp.load(i, j, r)
			}
			transform(func(_ int, r vec) {
				k.str(full, r, p, 0)
				k.op("ADD %s, %s, %s", vfreq, p, p)
			})
		}
	})
}

// winogradOutput emits y = Aᵀ m A + bias, then ReLU if its flag is set, for tiles of 4 by 4 pixels.
func winogradOutput(f *file) {
	k := f.begin("winogradOutput")
	four, eight, two := k.constant(4), k.constant(8), k.constant(2)
	winogradOutputs(k, 4, func(d []vec, store func(i int, v vec)) {
		k.scope(func() {
			s1, d1, s2, d2 := k.vec(), k.vec(), k.vec(), k.vec()
			k.fadd(s1, d[1], d[2])
			k.fsub(d1, d[1], d[2])
			k.fadd(s2, d[3], d[4])
			k.fsub(d2, d[3], d[4])
			k.fadd(d[0], d[0], s1)
			k.fadd(d[0], d[0], s2)
			store(0, d[0])
			k.fadd(d[5], d[5], d1)
			k.fmla(d[5], d2, eight)
			k.fmla(d1, d2, two)
			store(1, d1)
			k.fmla(s1, s2, four)
			store(2, s1)
			store(3, d[5])
		})
	})
}

// winogradOutput2 emits the same for tiles of 2 by 2 pixels of F(2x2, 5x5).
func winogradOutput2(f *file) {
	k := f.begin("winogradOutput2")
	two := k.constant(2)
	winogradOutputs(k, 2, func(d []vec, store func(i int, v vec)) {
		for _, v := range d[1:5] {
			k.fadd(d[0], d[0], v)
		}
		store(0, d[0])
		k.fsub(d[1], d[1], d[2])
		k.fsub(d[3], d[3], d[4])
		k.fadd(d[5], d[5], d[1])
		k.fmla(d[5], d[3], two)
		store(1, d[5])
	})
}

// winogradOutputs emits an output transform to size by size pixels. transform turns six values
// into size values.
func winogradOutputs(k *kernel, size int, transform func(d []vec, store func(i int, v vec))) {
	tmp := scratch{k, k.param("tmp"), size}
	mfreq, yrow, ycol := k.floats("mfreq"), k.floats("yrow"), k.floats("ycol")
	d := k.vecs(6)
	// The lower bound of the results: 0 with ReLU, else minus infinity.
	floor, bias := k.constant(math.Inf(-1)), k.vec()
	k.scope(func() {
		flags := k.param("flags")
		k.op("TBZ $%d, %s, tile", reluBit, flags)
		k.zero(floor)
	})
	winogradTiles(k, "m", "y", []string{"bias"}, func(m, y gp, others []gp) {
		col, p := k.gp(), k.gp()
		k.op("MOVD %s, %s", m, p)
		for i := range 6 {
			for _, r := range d {
				k.ldr(full, r, p, 0)
				k.op("ADD %s, %s, %s", mfreq, p, p)
			}
			transform(d, func(j int, r vec) { tmp.store(i, j, r) })
		}
		k.ldr(full, bias, others[0], 0)
		k.op("MOVD %s, %s", y, col)
		for j := range size {
			for i, r := range d {
				tmp.load(i, j, r)
			}
			k.op("MOVD %s, %s", col, p)
			transform(d, func(_ int, r vec) {
				k.fadd(r, r, bias)
				k.fmax(r, r, floor)
				k.str(full, r, p, 0)
				k.op("ADD %s, %s, %s", yrow, p, p)
			})
			k.op("ADD %s, %s, %s", ycol, col, col)
		}
	})
}

// winogradWeights5 emits u = G w Gᵀ for n elements of each of the 25 taps.
func winogradWeights5(f *file) {
	k := f.begin("winogradWeights5")
	n, u, w, tmp := k.param("n"), k.param("u"), k.param("w"), scratch{k, k.param("tmp"), 5}
	ufreq, wtap, p, tap, row := k.floats("ufreq"), k.floats("wtap"), k.gp(), k.gp(), k.gp()
	k.op("ADD %s<<2, %s, %s", wtap, wtap, row)
	quarter, minus := k.constant(1.0/4), k.constant(-1.0/6)
	c24, c4, c16, c2, c8 := k.constant(1.0/24), k.constant(4.0/24), k.constant(16.0/24), k.constant(2.0/24), k.constant(8.0/24)
	g := k.vecs(5)
	// transform turns five values into six by the rows of G.
	transform := func(store func(i int, v vec)) {
		k.scope(func() {
			even, odd, t := k.vec(), k.vec(), k.vec()
			k.fmul(t, g[0], quarter)
			store(0, t)
			k.fadd(even, g[0], g[2])
			k.fadd(even, even, g[4])
			k.fadd(odd, g[1], g[3])
			k.fmul(even, even, minus)
			k.fmul(odd, odd, minus)
			k.fadd(t, even, odd)
			store(1, t)
			k.fsub(t, even, odd)
			store(2, t)
			k.fmul(even, g[0], c24)
			k.fmla(even, g[2], c4)
			k.fmla(even, g[4], c16)
			k.fmul(odd, g[1], c2)
			k.fmla(odd, g[3], c8)
			k.fadd(t, even, odd)
			store(3, t)
			k.fsub(t, even, odd)
			store(4, t)
			store(5, g[4])
		})
	}
	k.at("vector")
	k.op("MOVD %s, %s", w, tap)
	for j := range 5 {
		k.op("MOVD %s, %s", tap, p)
		for _, v := range g {
			k.ldr(full, v, p, 0)
			k.op("ADD %s, %s, %s", row, p, p)
		}
		transform(func(i int, v vec) { tmp.store(i, j, v) })
		k.op("ADD %s, %s, %s", wtap, tap, tap)
	}
	k.op("MOVD %s, %s", u, p)
	for i := range 6 {
		for j, v := range g {
			tmp.load(i, j, v)
		}
		transform(func(_ int, v vec) {
			k.str(full, v, p, 0)
			k.op("ADD %s, %s, %s", ufreq, p, p)
		})
	}
	k.next(w, u)
	k.op("SUBS $%d, %s, %s", quad, n, n)
	k.op("BGT vector")
	k.op("RET")
}

// winogradGrad emits m = A y Aᵀ for tiles of 4 by 4 pixels, the transpose of winogradOutput.
func winogradGrad(f *file) {
	k := f.begin("winogradGrad")
	tmp := scratch{k, k.param("tmp"), 4}
	mfreq, yrow, ycol := k.floats("mfreq"), k.floats("yrow"), k.floats("ycol")
	four, two := k.constant(4), k.constant(2)
	d := k.vecs(4)
	transform := func(store func(i int, v vec)) {
		k.scope(func() {
			even, odd, t := k.vec(), k.vec(), k.vec()
			store(0, d[0])
			k.fadd(even, d[0], d[2])
			k.fadd(odd, d[1], d[3])
			k.fadd(t, even, odd)
			store(1, t)
			k.fsub(t, even, odd)
			store(2, t)
			k.fmla(d[0], d[2], four)
			k.fmla(d[1], d[3], four)
			k.fmul(d[1], d[1], two)
			k.fadd(t, d[0], d[1])
			store(3, t)
			k.fsub(t, d[0], d[1])
			store(4, t)
			store(5, d[3])
		})
	}
	winogradTiles(k, "y", "m", nil, func(y, m gp, _ []gp) {
		col, p := k.gp(), k.gp()
		k.op("MOVD %s, %s", y, col)
		for j := range 4 {
			k.op("MOVD %s, %s", col, p)
			for _, r := range d {
				k.ldr(full, r, p, 0)
				k.op("ADD %s, %s, %s", yrow, p, p)
			}
			transform(func(i int, r vec) { tmp.store(i, j, r) })
			k.op("ADD %s, %s, %s", ycol, col, col)
		}
		k.op("MOVD %s, %s", m, p)
		for i := range 6 {
			for j, r := range d {
				tmp.load(i, j, r)
			}
			transform(func(_ int, r vec) {
				k.str(full, r, p, 0)
				k.op("ADD %s, %s, %s", mfreq, p, p)
			})
		}
	})
}

// winogradWeightGrad emits w = Gᵀ u G for n elements of each of the nine taps, the transpose of
// winogradWeights.
func winogradWeightGrad(f *file) {
	k := f.begin("winogradWeightGrad")
	n, w, u, tmp := k.param("n"), k.param("w"), k.param("u"), scratch{k, k.param("tmp"), 3}
	ufreq, wtap, p, tap, triple := k.floats("ufreq"), k.floats("wtap"), k.gp(), k.gp(), k.gp()
	k.op("ADD %s<<1, %s, %s", wtap, wtap, triple)
	quarter, sixth, c12, c24 := k.constant(1.0/4), k.constant(1.0/6), k.constant(1.0/12), k.constant(1.0/24)
	d := k.vecs(6)
	// transform turns six values into three by the columns of G.
	transform := func(store func(i int, v vec)) {
		k.scope(func() {
			s1, d1, s2, d2 := k.vec(), k.vec(), k.vec(), k.vec()
			k.fadd(s1, d[1], d[2])
			k.fsub(d1, d[2], d[1])
			k.fadd(s2, d[3], d[4])
			k.fsub(d2, d[3], d[4])
			k.fmul(d[0], d[0], quarter)
			k.fmla(d[0], s2, c24)
			k.fmls(d[0], s1, sixth)
			store(0, d[0])
			k.fmul(d1, d1, sixth)
			k.fmla(d1, d2, c12)
			store(1, d1)
			k.fsub(s2, s2, s1)
			k.fmla(d[5], s2, sixth)
			store(2, d[5])
		})
	}
	k.at("vector")
	k.op("MOVD %s, %s", u, p)
	for i := range 6 {
		for _, r := range d {
			k.ldr(full, r, p, 0)
			k.op("ADD %s, %s, %s", ufreq, p, p)
		}
		transform(func(j int, r vec) { tmp.store(i, j, r) })
	}
	k.op("MOVD %s, %s", w, tap)
	for j := range 3 {
		for i, r := range d {
			tmp.load(i, j, r)
		}
		k.op("MOVD %s, %s", tap, p)
		transform(func(_ int, r vec) {
			k.str(full, r, p, 0)
			k.op("ADD %s, %s, %s", triple, p, p)
		})
		k.op("ADD %s, %s, %s", wtap, tap, tap)
	}
	k.next(w, u)
	k.op("SUBS $%d, %s, %s", quad, n, n)
	k.op("BGT vector")
	k.op("RET")
}
