package kernel

import "inkstone/graph/internal/kernel/simd"

const (
	// sparseDenseLimit is the share of nonzero gradients below which lists are faster than a
	// dense product.
	sparseDenseLimit = 0.7
	// sparseDenseMinSize is the minimum number of rows and of outputs for which lists pay.
	sparseDenseMinSize = 16
	// prefetchOutputs is the number of outputs whose lists are multiplied after a part of the result is
	// brought into the cache.
	prefetchOutputs = 8
)

// sparseDense32 computes the backward pass of a dense layer from lists of the nonzero
// gradients; after ReLU at most about half are. For a block of inputs,
//
//	dx[n][block]  = Σ_o dy[n,o] · Wᵀ[o][block]
//	dWᵀ[o][block] = Σ_n dy[n,o] · x[n][block]
//
// over the nonzero dy[n,o], where Wᵀ[·][block] and x[·][block] are contiguous copies that
// fit into a first-level cache.
type sparseDense32 struct {
	n, out       int
	block        int // inputs in a block: enough vectors that multiply-adds need not wait for each other
	patch        *simd.Patch
	rows, cols   *simd.Offsets
	byRow, byCol *simd.Lists
	transposed   []float32 // the gradient, [out][n]
}

// newSparseDense32 returns nil if the layer is too small.
func newSparseDense32(n, out int) (*sparseDense32, error) {
	if n < sparseDenseMinSize || out < sparseDenseMinSize {
		return nil, nil
	}
	vectors := 4
	if simd.Lanes() < 16 {
		vectors = 6
	}
	d := &sparseDense32{n: n, out: out, block: vectors * simd.Lanes(), transposed: make([]float32, n*out)}
	var err [5]error
	d.patch, err[0] = simd.NewPatch(simd.Lanes(), 1, vectors, 1, 1)
	d.rows, err[1] = simd.NewOffsets(out, func(o int) int { return o * d.block })
	d.cols, err[2] = simd.NewOffsets(n, func(i int) int { return i * d.block })
	d.byRow, err[3] = simd.NewLists(n, n*out)
	d.byCol, err[4] = simd.NewLists(out, n*out)
	return d, firstError(err[:]...)
}

// listGradient lists a gradient and returns true, or returns false if the gradient is not sparse
// enough. It decides by a sample, which depends on the gradient alone.
func (d *sparseDense32) listGradient(dy []float32) (bool, error) {
	const sample = 512
	seen, nonzero := 0, 0
	for i := 0; i < len(dy); i += len(dy)/sample | 1 {
		seen++
		if dy[i] != 0 {
			nonzero++
		}
	}
	if float64(nonzero) > sparseDenseLimit*float64(seen) {
		return false, nil
	}
	return true, firstError(
		simd.Transpose(d.transposed, d.n, dy, d.out, d.n, d.out),
		d.byRow.Set(d.n, d.out, dy, d.out, d.rows, nil, 0),
		d.byCol.Set(d.out, d.n, d.transposed, d.n, d.cols, nil, 0),
	)
}

// inputGradient computes a block of columns of dx, whose rows are `in` apart, from the
// block's weights [out][block].
func (d *sparseDense32) inputGradient(dx []float32, in int, weight []float32) error {
	for n := range d.n {
		clear(dx[n*in:][:d.block])
	}
	return d.patch.Run(dx, 0, simd.Lanes(), in, weight, 0, d.byRow, 0, d.n)
}

// weightGradient computes a block of rows of dweight from the block's inputs x [n][block].
// tmp [out][block] is scratch memory.
func (d *sparseDense32) weightGradient(dweight, x, tmp []float32) error {
	clear(tmp)
	for o := 0; o < d.out; o += prefetchOutputs {
		n := min(prefetchOutputs, d.out-o)
		simd.Prefetch(dweight[o*d.block:][:n*d.block]) // written below
		if err := d.patch.Run(tmp[o*d.block:], 0, simd.Lanes(), d.block, x, 0, d.byCol, o, n); err != nil {
			return err
		}
	}
	return simd.Transpose(dweight, d.out, tmp, d.block, d.out, d.block)
}
