package main

// taps emits the kernels of a depthwise convolution, for one vector of channels, or for
// fewer channels one by one.
func taps(f *file) {
	tapSums(f)
	tapProducts(f)
}

// wholeOrPart emits a body twice: for the registers of a whole vector, and in a loop over the
// lanes for a single value. bases are the pointers that advance with the channels.
func (k *kernel) wholeOrPart(bases []gp, body func(z size, count int)) {
	left := k.param("lanes")
	k.op("CMP $%d, %s", lanes, left)
	k.op("BNE part")
	k.scope(func() { body(full, lanes/quad) })
	k.op("RET")
	k.at("part")
	k.scope(func() { body(one, 1) })
	for _, p := range bases {
		k.op("ADD $%d, %s, %s", one.bytes, p, p)
	}
	k.op("SUBS $1, %s, %s", left, left)
	k.op("BNE part")
	k.op("RET")
}

// repeat emits a loop over n items: a body for blocks of four, then one for the rest, one by one.
func (k *kernel) repeat(n gp, body func(count int)) {
	four, rest, single, next := k.label("four"), k.label("rest"), k.label("one"), k.label("next")
	k.op("SUBS $4, %s, %s", n, n)
	k.op("BLT %s", rest)
	k.at(four)
	k.scope(func() { body(4) })
	k.op("SUBS $4, %s, %s", n, n)
	k.op("BGE %s", four)
	k.at(rest)
	k.op("ADDS $4, %s, %s", n, n)
	k.op("BEQ %s", next)
	k.at(single)
	k.scope(func() { body(1) })
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE %s", single)
	k.at(next)
}

// tapSums emits y = bias + the sum over taps of x[off[t]]*w[t], four pixels at a time so that
// they share each weight, then pixel by pixel.
func tapSums(f *file) {
	k := f.begin("tapSums")
	bases := k.arrays("y", "x", "w", "bias")
	yrow, ystep, xrow, xstep, wstep := k.floats("yrow"), k.floats("ystep"), k.floats("xrow"), k.floats("xstep"), k.floats("wstep")
	rowY, rowX, y, x, w, off := k.gp(), k.gp(), k.gp(), k.gp(), k.gp(), k.gp()
	rows, pixels, taps, at := k.gp(), k.gp(), k.gp(), k.gp()
	k.wholeOrPart(bases, func(z size, count int) {
		bias := k.vecs(count)
		for j, b := range bias {
			k.ldr(z, b, bases[3], j*z.bytes)
		}
		k.op("MOVD %s, %s", bases[0], rowY)
		k.op("MOVD %s, %s", bases[1], rowX)
		k.reload("rows", rows)
		row := k.label("row")
		k.at(row)
		k.op("MOVD %s, %s", rowY, y)
		k.op("MOVD %s, %s", rowX, x)
		k.reload("pixels", pixels)
		k.repeat(pixels, func(n int) {
			acc := make([][]vec, n)
			for i := range acc {
				acc[i] = k.vecs(count)
				for j, a := range acc[i] {
					k.move(a, bias[j])
				}
			}
			k.reload("off", off)
			k.reload("taps", taps)
			k.op("MOVD %s, %s", bases[2], w)
			tap := k.label("tap")
			k.at(tap)
			weight, v := k.vecs(count), k.vecs(count)
			for j, r := range weight {
				k.ldr(z, r, w, j*z.bytes)
			}
			k.op("MOVD.P 8(%s), %s", off, at)
			k.op("ADD %s<<2, %s, %s", at, x, at)
			for i := range acc {
				if i > 0 {
					k.op("ADD %s, %s, %s", xstep, at, at)
				}
				for j, r := range v {
					k.ldr(z, r, at, j*z.bytes)
					k.fmla(acc[i][j], r, weight[j])
				}
			}
			k.op("ADD %s, %s, %s", wstep, w, w)
			k.op("SUBS $1, %s, %s", taps, taps)
			k.op("BNE %s", tap)
			for i := range acc {
				for j, a := range acc[i] {
					k.str(z, a, y, j*z.bytes)
				}
				k.op("ADD %s, %s, %s", ystep, y, y)
				k.op("ADD %s, %s, %s", xstep, x, x)
			}
		})
		k.op("ADD %s, %s, %s", yrow, rowY, rowY)
		k.op("ADD %s, %s, %s", xrow, rowX, rowX)
		k.op("SUBS $1, %s, %s", rows, rows)
		k.op("BNE %s", row)
	})
}

// tapProducts emits dw[t] += the sum over pixels of dy*x[off[t]], four taps at a time so that
// they share each dy, then tap by tap. yskip and xskip are the distances from the end of a
// row of pixels to the next row.
func tapProducts(f *file) {
	k := f.begin("tapProducts")
	bases := k.arrays("dy", "x", "dw")
	yskip, ystep, xskip, xstep, wstep := k.floats("yskip"), k.floats("ystep"), k.floats("xskip"), k.floats("xstep"), k.floats("wstep")
	dy, x, dw, off, at := k.gp(), k.gp(), k.gp(), k.gp(), k.gp()
	rows, pixels, taps := k.gp(), k.gp(), k.gp()
	k.wholeOrPart(bases, func(z size, count int) {
		k.op("MOVD %s, %s", bases[2], dw)
		k.reload("off", off)
		k.reload("taps", taps)
		k.repeat(taps, func(n int) {
			acc, offs := make([][]vec, n), make([]gp, n)
			k.op("MOVD %s, %s", dw, at)
			for i := range acc {
				offs[i] = k.gp()
				k.op("MOVD.P 8(%s), %s", off, offs[i])
				acc[i] = k.vecs(count)
				for j, a := range acc[i] {
					k.ldr(z, a, at, j*z.bytes)
				}
				k.op("ADD %s, %s, %s", wstep, at, at)
			}
			k.op("MOVD %s, %s", bases[0], dy)
			k.op("MOVD %s, %s", bases[1], x)
			k.reload("rows", rows)
			row, pixel := k.label("row"), k.label("pixel")
			k.at(row)
			k.reload("pixels", pixels)
			k.at(pixel)
			grad, v := k.vecs(count), k.vecs(count)
			for j, g := range grad {
				k.ldr(z, g, dy, j*z.bytes)
			}
			for i := range acc {
				k.op("ADD %s<<2, %s, %s", offs[i], x, at)
				for j, r := range v {
					k.ldr(z, r, at, j*z.bytes)
					k.fmla(acc[i][j], r, grad[j])
				}
			}
			k.op("ADD %s, %s, %s", ystep, dy, dy)
			k.op("ADD %s, %s, %s", xstep, x, x)
			k.op("SUBS $1, %s, %s", pixels, pixels)
			k.op("BNE %s", pixel)
			k.op("ADD %s, %s, %s", yskip, dy, dy)
			k.op("ADD %s, %s, %s", xskip, x, x)
			k.op("SUBS $1, %s, %s", rows, rows)
			k.op("BNE %s", row)
			for i := range acc {
				for j, a := range acc[i] {
					k.str(z, a, dw, j*z.bytes)
				}
				k.op("ADD %s, %s, %s", wstep, dw, dw)
			}
		})
	})
}
