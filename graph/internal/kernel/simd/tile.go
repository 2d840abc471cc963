package simd

// A tileTable holds tile kernels by their width in registers and their height in rows.
type tileTable[F any] [5][]F

// empty reports whether there are no kernels.
func (t *tileTable[F]) empty() bool { return t[1] == nil }

// Flags of the tile kernels, the same as in gen.
const (
	flagAdd  = 1 // add to C instead of overwriting it
	flagReLU = 2 // apply ReLU at the end
)

// SplitRows splits m rows into tiles of at most tall rows whose heights differ by at most
// one: `more` tiles of height+1 rows, then the other tiles of height rows. A low tile reads
// B for little work, so even heights are faster than full tiles and a low rest.
func SplitRows(m, tall int) (height, more, tiles int) {
	tiles = (m + tall - 1) / tall
	return m / tiles, m % tiles, tiles
}

// NN multiplies a matrix A, whose rows may be gathered from several segments, with a
// matrix B:
//
//	C[r][m][n] = Σ_s Σ_k A[r·RowA + m·LDA + Off[s] + k] · B[r·RowB + (s·K+k)·LDB + n]
//
// plus Bias, then ReLU, if they are set. If Off is nil, there is one segment at offset 0: a
// plain product. With one segment for each kernel row, and a run for each row of output
// pixels, it is a convolution of an NHWC image without im2col.
type NN struct {
	Rows          int   // number of runs of M rows, r = 0 ... Rows-1; 0 means 1
	RowA, RowC    int   // distance between runs
	RowB          int   // distance between the matrices B of the runs; 0 if all runs share one
	M, N, K       int   // rows of a run, columns, length of a segment
	Off           []int // where each segment starts
	LDA, LDB, LDC int
	Bias          []float32 // nil: none
	Add           bool      // add to C; without Bias
	ReLU          bool

	// Next is memory that is used after the product, in two parts that may be nil. The product brings it
	// into the cache, a little before each run, so that it need not be waited for.
	Next [2][]float32
}

// depthBlock is the number of rows of B that a product uses at a time. A panel of 64
// columns then has 64 KB and stays in a second-level cache.
const depthBlock = 256

var noOffset = []int{0}

// Run computes the product.
func (p *NN) Run(c, a, b []float32) error {
	rows, off := max(p.Rows, 1), p.Off
	if off == nil {
		off = noOffset
	}
	if err := p.check(c, a, b, rows, off); err != nil {
		return err
	}
	if active.nn.empty() {
		p.portable(c, a, b, rows, off)
		return nil
	}
	flags := 0
	if p.Add {
		flags = flagAdd
	}
	if len(off) > 1 || p.K <= depthBlock {
		if p.ReLU {
			flags |= flagReLU
		}
		p.block(c, a, b, rows, off, p.K, flags, true)
		return nil
	}
	for k := 0; k < p.K; k += depthBlock {
		depth := min(depthBlock, p.K-k)
		last := k+depth == p.K
		if last && p.ReLU {
			flags |= flagReLU
		}
		p.block(c, a[k:], b[k*p.LDB:], rows, off, depth, flags, last)
		flags |= flagAdd
	}
	return nil
}

func (p *NN) check(c, a, b []float32, rows int, off []int) error {
	if err := firstError(
		checkSizes("nn", rows, p.M, p.N, p.K, len(off)),
		checkStrides("nn", p.RowA, p.RowB, p.RowC, p.LDA, p.LDB, p.LDC),
		checkStrides("nn", off...),
	); err != nil {
		return err
	}
	reach := 0
	for _, o := range off {
		reach = max(reach, o)
	}
	err := firstError(
		checkAtLeast("nn", "a", len(a), span(rows, p.RowA, span(p.M, p.LDA, reach+p.K))),
		checkAtLeast("nn", "b", len(b), span(rows, p.RowB, span(len(off)*p.K, p.LDB, p.N))),
		checkAtLeast("nn", "c", len(c), span(rows, p.RowC, span(p.M, p.LDC, p.N))),
	)
	if err == nil && p.Bias != nil {
		err = checkAtLeast("nn", "bias", len(p.Bias), p.N)
	}
	return err
}

// block runs the kernels over all tiles for depth rows of B. If it is the last block, it brings p.Next into
// the cache.
func (p *NN) block(c, a, b []float32, rows int, off []int, depth, flags int, last bool) {
	for j := 0; j < p.N; {
		rule := findTile(active.tiles.nn, p.M, p.N-j)
		set, width, lanes := rule.panel(&active, p.N-j)
		kernels := set.nn[rule.vectors]
		height, more, tiles := SplitRows(p.M, rule.height)
		var bias *float32
		if p.Bias != nil {
			bias = &p.Bias[j]
		}
		for r := range rows {
			if last && j == 0 {
				p.loadNext(r, rows)
			}
			ra, rb, rc := r*p.RowA, r*p.RowB+j, r*p.RowC+j
			if more > 0 {
				kernels[height+1](more, len(off), depth, &a[ra], &off[0], p.LDA, &b[rb], p.LDB, &c[rc], p.LDC, bias, flags, lanes)
				ra += more * (height + 1) * p.LDA
				rc += more * (height + 1) * p.LDC
			}
			kernels[height](tiles-more, len(off), depth, &a[ra], &off[0], p.LDA, &b[rb], p.LDB, &c[rc], p.LDC, bias, flags, lanes)
		}
		j += width
	}
}

// loadNext brings part r of p.Next into the cache, of as many parts as there are runs.
func (p *NN) loadNext(r, runs int) {
	for _, next := range p.Next {
		if len(next) > 0 {
			Prefetch(next[len(next)*r/runs : len(next)*(r+1)/runs])
		}
	}
}

func (p *NN) portable(c, a, b []float32, rows int, off []int) {
	for r := range rows {
		for m := range p.M {
			out := c[r*p.RowC+m*p.LDC:][:p.N]
			switch {
			case p.Add:
			case p.Bias != nil:
				copy(out, p.Bias)
			default:
				clear(out)
			}
			for s, o := range off {
				for k, v := range a[r*p.RowA+m*p.LDA+o:][:p.K] {
					axpy(out, b[r*p.RowB+(s*p.K+k)*p.LDB:][:p.N], v)
				}
			}
			if p.ReLU {
				relu(out, out)
			}
		}
	}
}

// TN multiplies the transpose of a matrix A with a matrix B, both of which may be
// gathered from several segments:
//
//	C[m][n] = Σ_s Σ_k A[s·SegA + k·LDA + m] · B[s·SegB + k·LDB + n]
//
// It is the weight gradient of a dense layer, and with one segment per row of pixels
// that of one kernel row of a convolution.
//
// With Rows, the columns of A are those of a window: runs of M columns, RowA apart, and row r·M+m of C is the sum for
// column m of run r. It is the weight gradient of all kernel rows of a convolution.
type TN struct {
	Segs       int // 0 means 1
	SegA, SegB int
	Rows, RowA int // runs of columns of A, 0 means 1; distance between runs
	M, N, K    int // columns of A in a run, columns of B, rows of both in a segment
	LDA, LDB   int
	LDC        int
	Add        bool
}

// Run computes the product.
func (p *TN) Run(c, a, b []float32) error {
	segs, rows := max(p.Segs, 1), max(p.Rows, 1)
	if err := firstError(
		checkSizes("tn", segs, rows, p.M, p.N, p.K),
		checkStrides("tn", p.SegA, p.SegB, p.RowA, p.LDA, p.LDB, p.LDC),
		checkAtLeast("tn", "a", len(a), span(segs, p.SegA, span(p.K, p.LDA, span(rows, p.RowA, p.M)))),
		checkAtLeast("tn", "b", len(b), span(segs, p.SegB, span(p.K, p.LDB, p.N))),
		checkAtLeast("tn", "c", len(c), span(rows*p.M, p.LDC, p.N)),
	); err != nil {
		return err
	}
	windows := rows > 1 && p.hasWindows()
	for r := range rows {
		switch {
		case windows:
			p.windows(c, a, b, segs)
			return nil
		case active.tn.empty():
			p.portable(c[r*p.M*p.LDC:], a[r*p.RowA:], b, segs)
		default:
			p.run(c[r*p.M*p.LDC:], a[r*p.RowA:], b, segs)
		}
	}
	return nil
}

func (p *TN) flags() int {
	if p.Add {
		return flagAdd
	}
	return 0
}

// run runs the kernels over all tiles for a run of columns of A.
func (p *TN) run(c, a, b []float32, segs int) {
	for j := 0; j < p.N; {
		rule := findTile(active.tiles.tn, p.M, p.N-j)
		set, width, lanes := rule.panel(&active, p.N-j)
		kernels := set.tn[rule.vectors]
		height, more, tiles := SplitRows(p.M, rule.height)
		m := more * (height + 1)
		if more > 0 {
			kernels[height+1](more, segs, p.K, &a[0], p.SegA, p.LDA, &b[j], p.SegB, p.LDB, &c[j], p.LDC, p.flags(), lanes)
		}
		kernels[height](tiles-more, segs, p.K, &a[m], p.SegA, p.LDA, &b[j], p.SegB, p.LDB, &c[m*p.LDC+j], p.LDC, p.flags(), lanes)
		j += width
	}
}

// windowShape is the shape of a window of columns of A, and the width of a tile in vectors.
type windowShape struct{ rows, columns, vectors int }

// windowPanel returns the kernel for all runs of columns of A and the next panel of B, with n columns left,
// or nil if there is none; the width of the panel; and the number of columns in its last vector.
func (p *TN) windowPanel(n int) (kernel tnWindowFunc, width, lanes int) {
	rule := findTile(active.tiles.tn, p.Rows*p.M, n)
	set, width, lanes := rule.panel(&active, n)
	return set.tnWindow[windowShape{p.Rows, p.M, rule.vectors}], width, lanes
}

// hasWindows reports whether there is a kernel for all runs of columns of A and each panel of B.
func (p *TN) hasWindows() bool {
	if active.tnWindow == nil {
		return false
	}
	for j := 0; j < p.N; {
		kernel, width, _ := p.windowPanel(p.N - j)
		if kernel == nil {
			return false
		}
		j += width
	}
	return true
}

// windows runs a kernel for each panel of B.
func (p *TN) windows(c, a, b []float32, segs int) {
	for j := 0; j < p.N; {
		kernel, width, lanes := p.windowPanel(p.N - j)
		kernel(segs, p.K, &a[0], p.SegA, p.LDA, p.RowA, &b[j], p.SegB, p.LDB, &c[j], p.LDC, p.flags(), lanes)
		j += width
	}
}

func (p *TN) portable(c, a, b []float32, segs int) {
	for m := range p.M {
		out := c[m*p.LDC:][:p.N]
		if !p.Add {
			clear(out)
		}
		for s := range segs {
			for k := range p.K {
				axpy(out, b[s*p.SegB+k*p.LDB:][:p.N], a[s*p.SegA+k*p.LDA+m])
			}
		}
	}
}
