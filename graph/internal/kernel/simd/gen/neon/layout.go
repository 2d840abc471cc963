package main

// pack emits the kernels pack and unpack: a copy of rows of n runs to whole vectors, whose
// other lanes it clears, and the reverse, which writes only the first lanes of each run.
func pack(f *file) {
	for _, name := range []string{"pack", "unpack"} {
		k := f.begin(name)
		dststep, srcstep, count := k.floats("dststep"), k.floats("srcstep"), k.param("lanes")
		n, dst, src := k.gp(), k.gp(), k.gp()
		v, w, zero := k.vec(), k.vec(), k.vec()
		k.zero(zero)
		runs := func(label string, move func()) {
			k.at(label + "row")
			k.reload("n", n)
			k.reload("dst", dst)
			k.reload("src", src)
			k.at(label)
			move()
			k.op("ADD %s, %s, %s", dststep, dst, dst)
			k.op("ADD %s, %s, %s", srcstep, src, src)
			k.op("SUBS $1, %s, %s", n, n)
			k.op("BNE %s", label)
			k.advance("dst", "dstrow")
			k.advance("src", "srcrow")
			k.again("rows", label+"row")
			k.op("RET")
		}
		k.op("CMP $%d, %s", lanes, count)
		k.op("BNE partrow")
		runs("whole", func() {
			k.ldp(v, w, src, 0)
			k.stp(v, w, dst, 0)
		})
		from, to, left, word := k.gp(), k.gp(), k.gp(), k.gp()
		runs("part", func() {
			if name == "pack" {
				k.stp(zero, zero, dst, 0)
			}
			k.op("MOVD %s, %s", src, from)
			k.op("MOVD %s, %s", dst, to)
			k.op("MOVD %s, %s", count, left)
			k.at("value")
			k.op("MOVWU.P 4(%s), %s", from, word)
			k.op("MOVW.P %s, 4(%s)", word, to)
			k.op("SUBS $1, %s, %s", left, left)
			k.op("BNE value")
		})
	}
}

// lookup emits dst[i] = table[arg[i]] for a table of one vector and n whole vectors. It
// converts each arg to the indices of the four bytes of its entry, and looks up bytes.
func lookup(f *file) {
	k := f.begin("lookup")
	n, dst, arg, table := k.param("vectors"), k.param("dst"), k.param("arg"), k.param("table")
	entries, bytes := k.vecs(lanes/quad), k.number(0x03020100)
	args, low, high := k.vec(), k.vec(), k.vec()
	k.ldp(entries[0], entries[1], table, 0)
	k.at("loop")
	k.ldr(half, args, arg, 0)
	k.zip1Bytes(args, args, args)
	k.zip1Bytes(low, args, args)
	k.zip2Bytes(high, args, args)
	for _, v := range []vec{low, high} {
		k.shlBytes(v, v, 2)
		k.addBytes(v, v, bytes)
		k.tbl2(v, entries[0], v)
	}
	k.stp(low, high, dst, 0)
	k.op("ADD $%d, %s, %s", lanes, arg, arg)
	k.op("ADD $%d, %s, %s", 4*lanes, dst, dst)
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE loop")
	k.op("RET")
}

// transpose emits the transposition of a run of n blocks of 8 by 8: dst block i is the
// transpose of src block i; src blocks lie srcstep apart, dst blocks dststep.
func transpose(f *file) {
	k := f.begin("transpose")
	const pair = lanes / quad
	n, dst, src := k.param("n"), k.param("dst"), k.param("src")
	dstrow, dststep, srcrow, srcstep := k.floats("dstrow"), k.floats("dststep"), k.floats("srcrow"), k.floats("srcstep")
	p := k.gp()
	r, t := k.vecs(lanes*pair), k.vecs(quad)
	k.at("block")
	k.op("MOVD %s, %s", src, p)
	for i := range lanes {
		k.ldp(r[pair*i], r[pair*i+1], p, 0)
		k.op("ADD %s, %s, %s", srcrow, p, p)
	}
	k.op("MOVD %s, %s", dst, p)
	for j := range pair { // four columns at a time, which become rows of dst
		for i := range pair {
			q := func(row int) vec { return r[pair*(quad*i+row)+j] }
			k.trn1(t[0], q(0), q(1))
			k.trn2(t[1], q(0), q(1))
			k.trn1(t[2], q(2), q(3))
			k.trn2(t[3], q(2), q(3))
			k.trn1d(q(0), t[0], t[2])
			k.trn1d(q(1), t[1], t[3])
			k.trn2d(q(2), t[0], t[2])
			k.trn2d(q(3), t[1], t[3])
		}
		for row := range quad {
			k.stp(r[pair*row+j], r[pair*(quad+row)+j], p, 0)
			k.op("ADD %s, %s, %s", dstrow, p, p)
		}
	}
	k.op("ADD %s, %s, %s", srcstep, src, src)
	k.op("ADD %s, %s, %s", dststep, dst, dst)
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE block")
	k.op("RET")
}

// peakProducts is the number of multiply-adds of registers in a round of the kernel peak.
const peakProducts = 24

// peak emits a loop of independent multiply-adds that touches no memory.
func peak(f *file) {
	k := f.begin("peak")
	n, a, acc := k.param("n"), k.vec(), k.vecs(peakProducts)
	for _, v := range append(acc, a) {
		k.zero(v)
	}
	k.at("loop")
	for _, v := range acc {
		k.fmla(v, a, a)
	}
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE loop")
	k.op("RET")
}
