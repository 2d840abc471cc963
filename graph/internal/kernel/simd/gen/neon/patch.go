package main

// patchShape is a kernel window of R by S vectors, applied at P by Q neighboring positions.
type patchShape struct{ r, s, p, q int }

// patchShapes lists the shapes whose accumulators, with a value and a register of the source, fit
// into the registers.
var patchShapes = []patchShape{
	{1, 1, 1, 1}, {1, 2, 1, 1}, {1, 3, 1, 1}, {1, 4, 1, 1}, {1, 5, 1, 1}, {1, 6, 1, 1}, {1, 7, 1, 1},
	{2, 2, 1, 1}, {2, 3, 1, 1}, {2, 5, 1, 1}, {2, 7, 1, 1}, {2, 1, 1, 1}, {3, 1, 1, 1}, {3, 3, 1, 1}, {3, 5, 1, 1}, {5, 1, 1, 1},
	{3, 3, 1, 2},
}

// patches writes the kernels of the sparse backward pass.
func patches(f *file) {
	for _, w := range patchShapes {
		patch(f, w)
	}
	compact(f)
	compactAt(f)
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
func patch(f *file, w patchShape) {
	k := f.begin("patch", w.r, w.s, w.p, w.q)
	const pair = lanes / quad
	height, width := w.r+w.p-1, pair*(w.s+w.q-1)
	acc := make([][]vec, height)
	for i := range acc {
		acc[i] = k.vecs(width)
	}
	x := k.vec()
	from := k.vecs(min(pair, vecs-int(k.nextV)))
	cnt, off, val, src := k.param("cnt"), k.param("off"), k.param("val"), k.param("src")
	srcrow, dstrow, dstcol, dst, at, n := k.floats("srcrow"), k.floats("dstrow"), k.floats("dstcol"), k.gp(), k.gp(), k.gp()
	rows := func(each func(v, w vec, p gp, disp int)) {
		k.reload("dst", dst)
		for i, row := range acc {
			if i > 0 {
				k.op("ADD %s, %s, %s", dstrow, dst, dst)
			}
			k.op("MOVD %s, %s", dst, at)
			for j := 0; j < width; j += pair {
				if j > 0 {
					k.op("ADD %s, %s, %s", dstcol, at, at)
				}
				each(row[j], row[j+1], at, 0)
			}
		}
	}
	loop := k.label("patch")
	k.at(loop)
	rows(k.ldp)
	for pos := range w.p * w.q {
		p, q := pos/w.q, pos%w.q
		entry, done := k.label("entry"), k.label("done")
		k.op("MOVW.P 4(%s), %s", cnt, n)
		k.op("CBZ %s, %s", n, done)
		k.at(entry)
		k.scope(func() {
			row := k.gp()
			k.op("MOVW.P 4(%s), %s", off, row)
			k.op("ADD %s<<2, %s, %s", row, src, row)
			k.ldrNext(one, x, val)
			for i := range w.r {
				if i > 0 {
					k.op("ADD %s, %s, %s", srcrow, row, row)
				}
				for j := 0; j < pair*w.s; j += len(from) {
					if len(from) == pair {
						k.ldp(from[0], from[1], row, 16*j)
					} else {
						k.ldr(full, from[0], row, 16*j)
					}
					for h, v := range from {
						k.fmlaLane(acc[p+i][pair*q+j+h], v, x, 0)
					}
				}
			}
		})
		k.op("SUBS $1, %s, %s", n, n)
		k.op("BNE %s", entry)
		k.at(done)
	}
	rows(k.stp)
	k.advance("dst", "step")
	k.again("n", loop)
	k.op("RET")
}

// The kernels that list nonzero values go value by value and do not branch: they write each
// value after the last entry of the list, and make the list longer only if the value is kept.

// lists holds the ends of the list of offsets and the list of values.
type lists struct {
	*kernel
	off, val, start gp
}

func newLists(k *kernel) lists { return lists{k, k.param("dstoff"), k.param("dstval"), k.gp()} }

// append writes a value v and its offset o. It keeps them if v is not zero and, if same is
// given, its two registers are equal.
func (l lists) append(v, o gp, same ...gp) {
	l.scope(func() {
		keep := l.gp()
		l.op("MOVW %s, (%s)", v, l.val)
		l.op("MOVW %s, (%s)", o, l.off)
		l.op("TSTW $0x7fffffff, %s", v) // without the sign
		l.op("CSET NE, %s", keep)
		if same != nil {
			equal := l.gp()
			l.op("CMPW %s, %s", same[0], same[1])
			l.op("CSET EQ, %s", equal)
			l.op("AND %s, %s, %s", equal, keep, keep)
		}
		l.op("ADD %s<<2, %s, %s", keep, l.val, l.val)
		l.op("ADD %s<<2, %s, %s", keep, l.off, l.off)
	})
}

// first saves where a list starts; end stores its length at cnt and advances cnt.
func (l lists) first() { l.op("MOVD %s, %s", l.val, l.start) }

func (l lists) end(cnt gp) {
	l.op("SUB %s, %s, %s", l.start, l.val, l.start)
	l.op("LSR $2, %s, %s", l.start, l.start)
	l.op("MOVW.P %s, 4(%s)", l.start, cnt)
}

// compact emits a kernel that lists the nonzero values of several rows of n values, with
// their offsets off[i]+plus[i].
func compact(f *file) {
	k := f.begin("compact")
	l := newLists(k)
	cnt, rows, stride, plusstride := k.param("cnt"), k.param("rows"), k.floats("stride"), k.floats("plusstride")
	firstVal, firstPlus := k.param("val"), k.param("plus")
	val, plus, off, n, v, o, p := k.gp(), k.gp(), k.gp(), k.gp(), k.gp(), k.gp(), k.gp()
	k.at("row")
	k.op("MOVD %s, %s", firstVal, val)
	k.op("MOVD %s, %s", firstPlus, plus)
	k.reload("off", off)
	k.reload("n", n)
	l.first()
	k.at("value")
	k.op("MOVWU.P 4(%s), %s", val, v)
	k.op("MOVWU.P 4(%s), %s", off, o)
	k.op("MOVWU.P 4(%s), %s", plus, p)
	k.op("ADD %s, %s, %s", p, o, o)
	l.append(v, o)
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE value")
	l.end(cnt)
	k.op("ADD %s, %s, %s", stride, firstVal, firstVal)
	k.op("ADD %s, %s, %s", plusstride, firstPlus, firstPlus)
	k.op("SUBS $1, %s, %s", rows, rows)
	k.op("BNE row")
	k.op("RET")
}

// compactAt emits a kernel like compact for a gradient after max-pooling: it lists each
// row of values `positions` times, the p-th time only the values whose arg is firstpos+p.
func compactAt(f *file) {
	k := f.begin("compactAt")
	l := newLists(k)
	cnt, rows, stride := k.param("cnt"), k.param("rows"), k.param("stride")
	firstVal, firstArg := k.param("val"), k.param("arg")
	val, arg, off, n, v, o, a := k.gp(), k.gp(), k.gp(), k.gp(), k.gp(), k.gp(), k.gp()
	want, positions := k.gp(), k.gp()
	k.at("row")
	k.reload("firstpos", want)
	k.reload("positions", positions)
	k.at("position")
	k.op("MOVD %s, %s", firstVal, val)
	k.op("MOVD %s, %s", firstArg, arg)
	k.reload("off", off)
	k.reload("n", n)
	l.first()
	k.at("value")
	k.op("MOVWU.P 4(%s), %s", val, v)
	k.op("MOVWU.P 4(%s), %s", off, o)
	k.op("MOVBU.P 1(%s), %s", arg, a)
	l.append(v, o, want, a)
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE value")
	l.end(cnt)
	k.op("ADD $1, %s, %s", want, want)
	k.op("SUBS $1, %s, %s", positions, positions)
	k.op("BNE position")
	k.op("ADD %s<<2, %s, %s", stride, firstVal, firstVal)
	k.op("ADD %s, %s, %s", stride, firstArg, firstArg)
	k.op("SUBS $1, %s, %s", rows, rows)
	k.op("BNE row")
	k.op("RET")
}
