package kernel

import "inkstone/graph/internal/kernel/simd"

const (
	// sparseDense is the share of live gradients below which lists beat a whole product.
	sparseDense = 0.7
	// sparseDenseLeast is the fewest rows and outputs for which lists are worth their making.
	sparseDenseLeast = 16
)

// sparseDense32 computes the backward pass of a dense layer from lists of the gradients
// that are not zero: half of them are, or less, behind ReLU. Of a block of inputs,
//
//	dx[n][block]  = Σ over live o of dy[n,o] · Wᵀ[o][block]
//	dWᵀ[o][block] = Σ over live n of dy[n,o] · x[n][block]
//
// where Wᵀ[·][block] and x[·][block] have been copied together and fit a first-level cache.
type sparseDense32 struct {
	n, out       int
	block        int // inputs: as many vectors as keep the multiply-adds of a list apart
	patch        *simd.Patch
	rows, cols   *simd.Offsets
	byRow, byCol *simd.Lists
	turned       []float32 // the gradient, by output
}

// newSparseDense32 returns nil for layers too small for it.
func newSparseDense32(n, out int) (*sparseDense32, error) {
	if n < sparseDenseLeast || out < sparseDenseLeast {
		return nil, nil
	}
	vectors := 4
	if simd.Lanes() < 16 {
		vectors = 6
	}
	d := &sparseDense32{n: n, out: out, block: vectors * simd.Lanes(), turned: make([]float32, n*out)}
	var err [5]error
	d.patch, err[0] = simd.NewPatch(1, vectors, 1, 1)
	d.rows, err[1] = simd.NewOffsets(out, func(o int) int { return o * d.block })
	d.cols, err[2] = simd.NewOffsets(n, func(i int) int { return i * d.block })
	d.byRow, err[3] = simd.NewLists(n, n*out)
	d.byCol, err[4] = simd.NewLists(out, n*out)
	return d, firstError(err[:]...)
}

// list lists a gradient, and reports whether it is sparse enough for lists at all: by a
// sample, which depends on the gradient alone.
func (d *sparseDense32) list(dy []float32) (bool, error) {
	const sample = 512
	seen, alive := 0, 0
	for i := 0; i < len(dy); i += len(dy)/sample | 1 {
		seen++
		if dy[i] != 0 {
			alive++
		}
	}
	if float64(alive) > sparseDense*float64(seen) {
		return false, nil
	}
	return true, firstError(
		simd.Transpose(d.turned, d.n, dy, d.out, d.n, d.out),
		d.byRow.Set(d.n, d.out, dy, d.out, d.rows, nil, 0),
		d.byCol.Set(d.out, d.n, d.turned, d.n, d.cols, nil, 0),
	)
}

// input computes a block of columns of dx, whose rows are in apart, from the block's
// weights [out][block].
func (d *sparseDense32) input(dx []float32, in int, weight []float32) error {
	for n := range d.n {
		clear(dx[n*in:][:d.block])
	}
	return d.patch.Run(dx, 0, in, weight, 0, d.byRow, 0, d.n)
}

// weight computes a block of rows of dweight from the block's inputs x [n][block]. It
// works in tmp [out][block].
func (d *sparseDense32) weight(dweight, x, tmp []float32) error {
	clear(tmp)
	if err := d.patch.Run(tmp, 0, d.block, x, 0, d.byCol, 0, d.out); err != nil {
		return err
	}
	return simd.Transpose(dweight, d.out, tmp, d.block, d.out, d.block)
}
