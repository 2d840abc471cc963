package main

// maxPool emits a row of max-pooling: for each pixel and channel the maximum of a
// window of ph by pw values, and its row-major position. Of equal values the first
// counts; NaN counts as larger than any number.
func maxPool(f *file) {
	k := f.begin("maxPool")
	y, arg, xrow, xcol := k.param("y"), k.param("arg"), k.floats("xrow"), k.floats("xcol")
	x, n := k.gp(), k.gp()
	row, col, h, w := k.gp(), k.gp(), k.gp(), k.gp()
	step, pos := k.vec(), k.vec()
	k.scope(func() {
		r := k.gp()
		k.op("MOVD $1, %s", r)
		k.dupWord(step, r)
	})
	// window emits the loop for count registers, or for a single value.
	window := func(z size, count int) (best, where []vec) {
		best, where = k.vecs(count), k.vecs(count)
		k.zero(pos)
		for j := range best {
			k.ldr(z, best[j], x, j*z.bytes)
			k.zero(where[j])
		}
		rows, cols := k.label("rows"), k.label("cols")
		k.reload("ph", h)
		k.op("MOVD %s, %s", x, row)
		k.at(rows)
		k.reload("pw", w)
		k.op("MOVD %s, %s", row, col)
		k.at(cols)
		for j := range best {
			k.scope(func() {
				v, take, number := k.vec(), k.vec(), k.vec()
				k.ldr(z, v, col, j*z.bytes)
				k.fcmgt(take, v, best[j])
				k.fcmeq(number, v, v)
				k.orn(take, take, number)
				k.bit(best[j], v, take)
				k.bit(where[j], pos, take)
			})
		}
		k.add(pos, pos, step)
		k.op("ADD %s, %s, %s", xcol, col, col)
		k.op("SUBS $1, %s, %s", w, w)
		k.op("BNE %s", cols)
		k.op("ADD %s, %s, %s", xrow, row, row)
		k.op("SUBS $1, %s, %s", h, h)
		k.op("BNE %s", rows)
		for j := range best {
			k.str(z, best[j], y, j*z.bytes)
		}
		k.op("ADD $%d, %s, %s", count*z.bytes, x, x)
		k.op("ADD $%d, %s, %s", count*z.bytes, y, y)
		return best, where
	}
	const pair = lanes / quad
	k.at("pixel")
	k.reload("x", x)
	k.reload("n", n)
	k.op("SUBS $%d, %s, %s", lanes, n, n)
	k.op("BLT tail")
	k.at("vector")
	k.scope(func() {
		_, where := window(full, pair)
		k.narrow4(where[0], where[0])
		k.narrow4High(where[0], where[1])
		k.narrow8(where[0], where[0])
		k.str(half, where[0], arg, 0)
		k.op("ADD $%d, %s, %s", lanes, arg, arg)
	})
	k.op("SUBS $%d, %s, %s", lanes, n, n)
	k.op("BGE vector")
	k.at("tail")
	k.op("ADDS $%d, %s, %s", lanes, n, n)
	k.op("BEQ next")
	k.at("single")
	k.scope(func() {
		_, where := window(one, 1)
		r := k.gp()
		k.op("FMOVS F%d, %s", int(where[0]), r)
		k.op("MOVB.P %s, 1(%s)", r, arg)
	})
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE single")
	k.at("next")
	k.advance("x", "step")
	k.again("pixels", "pixel")
	k.op("RET")
}
