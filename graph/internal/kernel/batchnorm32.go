package kernel

import (
	"sync"

	"inkstone/graph/internal/kernel/simd"
)

// normBlock is the number of rows that are summed in float32. The sums of blocks are added
// in float64.
const normBlock = 128

// norm32 is the part of a float32 batch normalization that runs on package simd.
type norm32 struct {
	sum, dot []float32 // of a block, one row for each shard
	mean     []float32 // of a block, likewise
	a, b, d  []float32 // factors of the last loop
	c        int
}

func newNorm32(shards, c int) *norm32 {
	return &norm32{
		sum: make([]float32, shards*c), dot: make([]float32, shards*c), mean: make([]float32, shards*c),
		a: make([]float32, c), b: make([]float32, c), d: make([]float32, c), c: c,
	}
}

// eachBlock calls f for blocks of the rows lo to hi, given as ranges of elements. f adds to
// sum and dot, which are zero, and eachBlock adds them to the halves of part. The calls in f
// cannot fail, because the operands have been checked.
func (b *norm32) eachBlock(part []float64, shard, lo, hi int, f func(sum, dot []float32, from, to int)) {
	sum, dot := b.sum[shard*b.c:][:b.c], b.dot[shard*b.c:][:b.c]
	for r := lo; r < hi; r += normBlock {
		clear(sum)
		clear(dot)
		f(sum, dot, r*b.c, min(r+normBlock, hi)*b.c)
		for i, v := range sum {
			part[i] += float64(v)
			part[b.c+i] += float64(dot[i])
		}
	}
}

// statistics sets the halves of part to the sums of the rows lo to hi and to the sums of their
// squared deviations from their own mean. It reads a block twice while it is in the first-level
// cache, for its mean and for the deviations from that, so nothing cancels.
func (b *norm32) statistics(part []float64, shard int, x []float32, lo, hi int) {
	sum, square := b.sum[shard*b.c:][:b.c], b.dot[shard*b.c:][:b.c]
	mean := b.mean[shard*b.c:][:b.c]
	clear(part)
	for r := lo; r < hi; r += normBlock {
		n := min(normBlock, hi-r)
		block := x[r*b.c:][:n*b.c]
		clear(sum)
		clear(square)
		_ = simd.ColumnSums(sum, block)
		for c, s := range sum {
			mean[c] = float32(float64(s) / float64(n))
		}
		_ = simd.ColumnSquares(square, block, mean)
		for c, s := range sum {
			d := float64(s)/float64(n) - float64(mean[c])
			mergeStatistics(&part[c], &part[b.c+c], r-lo, float64(s), float64(square[c])-float64(n)*d*d, n)
		}
	}
}

// mergeStatistics adds to the statistics of n rows those of m others: the sum, and the sum of
// squared deviations from the mean. Source: Chan, Golub and LeVeque, "Updating formulae and a
// pairwise algorithm for computing sample variances", 1979.
func mergeStatistics(sum, squares *float64, n int, otherSum, otherSquares float64, m int) {
	if n > 0 && m > 0 {
		d := otherSum/float64(m) - *sum/float64(n)
		*squares += d * d * float64(n) * float64(m) / float64(n+m)
	}
	*sum += otherSum
	*squares += otherSquares
}

// products adds Σ dy and Σ dy·(x-mean)·inverse to part. If y is not nil, it is the output of a ReLU
// and dy the gradient with respect to it.
func (b *norm32) products(part []float64, shard int, dy, y, x, mean, inverse []float32, lo, hi int) {
	b.eachBlock(part, shard, lo, hi, func(sum, dot []float32, from, to int) {
		_ = simd.ColumnProducts(sum, dot, dy[from:to], sliceOrNil(y, from, to), x[from:to], mean)
	})
	for i, v := range inverse {
		part[b.c+i] *= float64(v)
	}
}

// prepareGrad computes the factors of the last loop from those of [BatchNorm], where
// dx = scale·(dy - mean(dy) - (x-mean)·slope).
func (b *norm32) prepareGrad(scale, meanGrad, slope []float32) {
	copy(b.a, scale)
	for i, s := range scale {
		b.b[i], b.d[i] = -s*slope[i], -s*meanGrad[i]
	}
}

// normFactors holds scratch rows of factors for normEval32.
var normFactors = sync.Pool{New: func() any { return new([]float32) }}

// normEval32 is [BatchNormEval] on package simd.
func normEval32(ws *Workers, y, x, gamma, beta, mean, variance []float32, eps float32, relu bool) error {
	if len(x) == 0 {
		return nil
	}
	c := len(gamma)
	factors := normFactors.Get().(*[]float32)
	defer normFactors.Put(factors)
	*factors = grow(*factors, c)
	factor := *factors
	for i, g := range gamma {
		factor[i] = g * inverseDeviation(variance[i], eps)
	}
	if ws.N() == 1 {
		return simd.Normalize(y, x, mean, factor, beta, relu)
	}
	rows := len(x) / c
	shards := rowShards(rows, c)
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(rows, shards, s)
		_ = simd.Normalize(y[lo*c:hi*c], x[lo*c:hi*c], mean, factor, beta, relu) // cannot fail: the lengths are equal
	})
	return nil
}

// fixedScratch is the scratch memory of normEvalGrad32.
type fixedScratch struct {
	inverse [columnBlock]float32
	sums    simd.FixedSums
}

var fixedScratches = sync.Pool{New: func() any { return new(fixedScratch) }}

// normEvalGrad32 is normEvalGrad on package simd, with the same bits. It computes no sums if dgamma and
// dbeta are nil.
func normEvalGrad32(dx, dgamma, dbeta, dy, x, gamma, mean, variance []float32, eps float32, rows, lo int) {
	c := len(gamma)
	hi := min(lo+columnBlock, c)
	w := fixedScratches.Get().(*fixedScratch)
	defer fixedScratches.Put(w)
	inverse := w.inverse[:hi-lo]
	for i := range inverse {
		inverse[i] = inverseDeviation(variance[lo+i], eps)
	}
	w.sums = simd.FixedSums{}
	sums := &w.sums
	if dgamma == nil && dbeta == nil {
		sums = nil
	}
	if n := len(dy); n > 0 { // cannot fail: the lengths have been checked
		_ = simd.NormalizeFixedGrad(rows, c, sliceOrNil(dx, lo, n), sums, dy[lo:], x[lo:], gamma[lo:hi], mean[lo:hi], inverse)
	}
	for i := range inverse {
		if dgamma != nil {
			dgamma[lo+i] = float32(w.sums.Dot[i])
		}
		if dbeta != nil {
			dbeta[lo+i] = float32(w.sums.Sum[i])
		}
	}
}
