package main

// Bits of the flags of a tile kernel. Package simd has the flags.
const (
	addBit  = 0
	reluBit = 1
)

// tallestNN and tallestTN give the height of the tallest tile for each width in registers.
// The registers hold its accumulators, the values of A and at least one register of B.
var (
	tallestNN = []int{1: 12, 2: 10, 3: 7, 4: 6}
	tallestTN = []int{1: 12, 2: 12, 3: 8, 4: 6}
)

// tiles emits all tile kernels.
func tiles(f *file) {
	for _, kind := range []struct {
		tallest []int
		emit    func(f *file, mr, nv int)
	}{{tallestNN, tileNN}, {tallestTN, tileTN}} {
		for nv, tall := range kind.tallest[1:] {
			for mr := 1; mr <= tall; mr++ {
				kind.emit(f, mr, nv+1)
			}
		}
	}
}

// tile has the code that nn and tn kernels share. acc are the accumulators of mr rows of nv
// registers, lanes is the number of lanes of the last register if the tile is ragged.
type tile struct {
	*kernel
	mr, nv     int
	acc        [][]vec
	ragged     bool
	lanes, tmp gp
}

// tileKernel emits the code for `tiles` consecutive tiles, once for whole registers and
// once for a ragged tile. product emits the product; a are registers for the values of A, b
// are as many registers for B as are left. next advances A to the next tile.
func tileKernel(k *kernel, mr, nv, values int, bias bool, product func(t *tile, a, b []vec), next func()) {
	t := &tile{kernel: k, mr: mr, nv: nv, acc: make([][]vec, mr)}
	for m := range t.acc {
		t.acc[m] = k.vecs(nv)
	}
	a := k.vecs(values)
	b := k.vecs(min(nv, vecs-int(k.nextV)))
	t.lanes, t.tmp = k.param("lanes"), k.gp()
	ragged := k.label("ragged")
	k.op("CMP $%d, %s", quad, t.lanes)
	k.op("BNE %s", ragged)
	for _, t.ragged = range []bool{false, true} {
		loop := ragged
		if !t.ragged {
			loop = k.label("tile")
		}
		k.at(loop)
		k.scope(func() { t.start(bias) })
		k.scope(func() { product(t, a, b) })
		k.scope(func() { t.finish(a[0]) })
		k.scope(next)
		k.again("tiles", loop)
		k.op("RET")
	}
}

// loadRow reads registers of a row, beginning with the j-th; storeRow writes a row.
func (t *tile) loadRow(v []vec, p gp, j int) {
	for i := 0; i < len(v); i++ {
		disp := 16 * (j + i)
		last := j+i == t.nv-1
		switch {
		case last && t.ragged:
			t.part(func() { t.ldr(half, v[i], p, disp) }, func() { t.ld1(v[i], t.tmp) }, func() { t.ldr(one, v[i], p, disp) }, p, disp)
		case i+1 < len(v) && !(j+i+1 == t.nv-1 && t.ragged):
			t.ldp(v[i], v[i+1], p, disp)
			i++
		default:
			t.ldr(full, v[i], p, disp)
		}
	}
}

func (t *tile) storeRow(v []vec, p gp) {
	for j, r := range v {
		disp := 16 * j
		if j == t.nv-1 && t.ragged {
			t.part(func() { t.str(half, r, p, disp) }, func() { t.st1(r, t.tmp) }, func() { t.str(one, r, p, disp) }, p, disp)
		} else {
			t.str(full, r, p, disp)
		}
	}
}

// part loads or stores one, two or three lanes of a register. The branches depend on lanes
// alone. third finds the address of the third lane in tmp.
func (t *tile) part(two, third, single func(), p gp, disp int) {
	odd, done := t.label("odd"), t.label("done")
	t.op("TBZ $1, %s, %s", t.lanes, odd)
	two()
	t.op("TBZ $0, %s, %s", t.lanes, done)
	t.op("ADD $%d, %s, %s", disp+8, p, t.tmp)
	third()
	t.op("B %s", done)
	t.at(odd)
	single()
	t.at(done)
}

// start sets the accumulators to C if the add flag is set, else to the bias if there is one, else to zero.
func (t *tile) start(withBias bool) {
	fromC, zero, started := t.label("fromC"), t.label("fromZero"), t.label("started")
	r := t.param("flags")
	t.op("TBNZ $%d, %s, %s", addBit, r, fromC)
	if withBias {
		t.reload("bias", r)
		t.op("CBZ %s, %s", r, zero)
		t.loadRow(t.acc[0], r, 0)
		for _, row := range t.acc[1:] {
			for j := range row {
				t.move(row[j], t.acc[0][j])
			}
		}
		t.op("B %s", started)
		t.at(zero)
	}
	for _, row := range t.acc {
		for _, v := range row {
			t.zero(v)
		}
	}
	t.op("B %s", started)
	t.at(fromC)
	t.reload("c", r)
	ldc := t.floats("ldc")
	for m, row := range t.acc {
		t.loadRow(row, r, 0)
		if m < t.mr-1 {
			t.op("ADD %s, %s, %s", ldc, r, r)
		}
	}
	t.at(started)
}

// finish applies ReLU if its flag is set, stores the tile and advances the parameter c to the next tile.
func (t *tile) finish(zero vec) {
	store := t.label("store")
	r := t.param("flags")
	t.op("TBZ $%d, %s, %s", reluBit, r, store)
	t.zero(zero)
	for _, row := range t.acc {
		for _, v := range row {
			t.fmax(v, v, zero)
		}
	}
	t.at(store)
	t.reload("c", r)
	ldc := t.floats("ldc")
	for _, row := range t.acc {
		t.storeRow(row, r)
		t.op("ADD %s, %s, %s", ldc, r, r)
	}
	t.op("MOVD %s, %s", r, t.slot("c"))
}

// multiply adds to the accumulators of each row m the product of a value of A and a row of B.
// value(m) is the lane that holds the value of A. The row of B is read into the registers b.
func (t *tile) multiply(p gp, b []vec, value func(m int) place) {
	for j := 0; j < t.nv; j += len(b) {
		some := b[:min(len(b), t.nv-j)]
		t.loadRow(some, p, j)
		for m := range t.mr {
			at := value(m)
			for i, r := range some {
				t.fmlaLane(t.acc[m][j+i], r, at.v, at.lane)
			}
		}
	}
}

// tileNN emits a kernel for `tiles` consecutive blocks of mr rows of
//
//	C[m][n] (+)= sum over segments g, k of A[off[g]+m*lda+k] * B[(g*klen+k)*ldb+n]
//
// It reads four values of a row of A into a register and multiplies by each of its lanes.
func tileNN(f *file, mr, nv int) {
	k := f.begin("nn", mr, nv)
	tileKernel(k, mr, nv, mr, true, func(t *tile, a, b []vec) {
		lda, ldb := k.floats("lda"), k.floats("ldb")
		pb, off, segs, n := k.param("b"), k.param("off"), k.param("segs"), k.gp()
		rows := make([]gp, mr)
		for m := range rows {
			rows[m] = k.gp()
		}
		segment, quads, rest, single, next := k.label("segment"), k.label("quads"), k.label("rest"), k.label("single"), k.label("next")
		k.at(segment)
		k.op("MOVD.P 8(%s), %s", off, n)
		k.reload("a", rows[0])
		k.op("ADD %s<<2, %s, %s", n, rows[0], rows[0])
		for m := 1; m < mr; m++ {
			k.op("ADD %s, %s, %s", lda, rows[m-1], rows[m])
		}
		k.reload("klen", n)
		step := func(lane int) {
			t.multiply(pb, b, func(m int) place { return place{a[m], lane} })
			k.op("ADD %s, %s, %s", ldb, pb, pb)
		}
		if !t.ragged { // ragged tiles are rare, so they read one value at a time
			k.op("SUBS $%d, %s, %s", quad, n, n)
			k.op("BLT %s", rest)
			k.at(quads)
			for m, r := range rows {
				k.ldrNext(full, a[m], r)
			}
			for lane := range quad {
				step(lane)
			}
			k.op("SUBS $%d, %s, %s", quad, n, n)
			k.op("BGE %s", quads)
			k.at(rest)
			k.op("ADDS $%d, %s, %s", quad, n, n)
			k.op("BEQ %s", next)
		}
		k.at(single)
		for m, r := range rows {
			k.ldrNext(one, a[m], r)
		}
		step(0)
		k.op("SUBS $1, %s, %s", n, n)
		k.op("BNE %s", single)
		k.at(next)
		k.op("SUBS $1, %s, %s", segs, segs)
		k.op("BNE %s", segment)
	}, func() {
		a, lda, rows := k.param("a"), k.floats("lda"), k.gp()
		k.op("MOVD $%d, %s", mr, rows)
		k.op("MADD %s, %s, %s, %s", rows, a, lda, a)
		k.op("MOVD %s, %s", a, k.slot("a"))
	})
}

// tileTN emits a kernel for `tiles` consecutive blocks of mr rows of
//
//	C[m][n] (+)= sum over segments g, k of A[g*sega+k*lda+m] * B[g*segb+k*ldb+n]
func tileTN(f *file, mr, nv int) {
	k := f.begin("tn", mr, nv)
	// The values of A fill registers of four values, then of two and one.
	var sizes []size
	for left := mr; left > 0; left -= sizes[len(sizes)-1].bytes / 4 {
		switch {
		case left >= 4:
			sizes = append(sizes, full)
		case left >= 2:
			sizes = append(sizes, half)
		default:
			sizes = append(sizes, one)
		}
	}
	tileKernel(k, mr, nv, len(sizes), false, func(t *tile, a, b []vec) {
		lda, ldb, sega, segb := k.floats("lda"), k.floats("ldb"), k.floats("sega"), k.floats("segb")
		sa, sb, segs := k.param("a"), k.param("b"), k.param("segs")
		pa, pb, n := k.gp(), k.gp(), k.gp()
		var places []place
		for i, z := range sizes {
			for lane := range z.bytes / 4 {
				places = append(places, place{a[i], lane})
			}
		}
		segment, step := k.label("segment"), k.label("step")
		k.at(segment)
		k.op("MOVD %s, %s", sa, pa)
		k.op("MOVD %s, %s", sb, pb)
		k.reload("klen", n)
		k.at(step)
		disp := 0
		for i, z := range sizes {
			k.ldr(z, a[i], pa, disp)
			disp += z.bytes
		}
		t.multiply(pb, b, func(m int) place { return places[m] })
		k.op("ADD %s, %s, %s", lda, pa, pa)
		k.op("ADD %s, %s, %s", ldb, pb, pb)
		k.op("SUBS $1, %s, %s", n, n)
		k.op("BNE %s", step)
		k.op("ADD %s, %s, %s", sega, sa, sa)
		k.op("ADD %s, %s, %s", segb, sb, sb)
		k.op("SUBS $1, %s, %s", segs, segs)
		k.op("BNE %s", segment)
	}, func() {
		a := k.param("a")
		k.op("ADD $%d, %s, %s", 4*mr, a, a)
		k.op("MOVD %s, %s", a, k.slot("a"))
	})
}
