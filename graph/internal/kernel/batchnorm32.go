package kernel

import (
	"sync"

	"inkstone/graph/internal/kernel/simd"
)

const (
	// normColumns is the length that rows of few channels are joined to: four vectors of 16, whose
	// sums need not wait for each other.
	normColumns = 64
	// normBlock is the number of joined rows that are summed in float32. The sums of blocks are
	// added in float64. A block of up to 64 channels has 32 KB.
	normBlock = 128
)

// norm32 is the part of a float32 batch normalization that runs on package simd. It joins several
// rows of few channels to one, so that they fill the vectors. The factors of each channel are
// repeated for that.
type norm32 struct {
	c, row           int       // channels, elements of a joined row
	sum, dot, center []float32 // of a block, one joined row for each shard
	mean             []float32 // of the batch, repeated
	scale, shift     []float32 // factors of the forward pass, repeated
	a, b, d          []float32 // factors of the last loop of the backward pass, repeated
}

func newNorm32(shards, c int) *norm32 {
	b := &norm32{c: c, row: max(1, normColumns/c) * c}
	for _, p := range []*[]float32{&b.sum, &b.dot, &b.center} {
		*p = make([]float32, shards*b.row)
	}
	b.allocateFactors(b.row)
	return b
}

// allocateFactors makes room for factors of rows of n elements.
func (b *norm32) allocateFactors(n int) {
	for _, p := range []*[]float32{&b.mean, &b.scale, &b.shift, &b.a, &b.b, &b.d} {
		*p = make([]float32, n)
	}
}

// scratch returns the joined rows of a shard.
func (b *norm32) scratch(shard int) (sum, dot, center []float32) {
	at, n := shard*b.row, b.row
	return b.sum[at:][:n], b.dot[at:][:n], b.center[at:][:n]
}

// whole returns the number of elements of the first n that whole joined rows hold.
func (b *norm32) whole(n int) int { return n / b.row * b.row }

// repeat copies the first c elements of a joined row to the others.
func (b *norm32) repeat(row []float32) {
	for n := b.c; n < len(row); n += b.c {
		copy(row[n:], row[:b.c])
	}
}

// fold adds the other elements of a joined row to the first c.
func (b *norm32) fold(row []float32) {
	for rest := row[b.c:]; len(rest) > 0; rest = rest[b.c:] {
		for i, v := range rest[:b.c] {
			row[i] += v
		}
	}
}

// statistics adds the rows of x to part, which has those of `before` rows: the sums, and in the
// second half the sums of squared deviations from their own mean. It reads a block twice while it is in the
// cache, for its mean and for the deviations from that, so nothing cancels. The calls cannot
// fail, because the operands have been checked.
func (b *norm32) statistics(part []float64, shard int, x []float32, before int) {
	sum, square, center := b.scratch(shard)
	for len(x) > 0 {
		block := x[:min(normBlock*len(sum), len(x))]
		x = x[len(block):]
		n, whole := len(block)/b.c, b.whole(len(block))
		clear(sum)
		clear(square)
		if whole > 0 {
			_ = simd.ColumnSums(sum, block[:whole])
			b.fold(sum)
		}
		if whole < len(block) {
			_ = simd.ColumnSums(sum[:b.c], block[whole:])
		}
		inverse := 1 / float64(n)
		for i, s := range sum[:b.c] {
			center[i] = float32(float64(s) * inverse)
		}
		if whole > 0 {
			b.repeat(center)
			_ = simd.ColumnSquares(square, block[:whole], center)
			b.fold(square)
		}
		if whole < len(block) {
			_ = simd.ColumnSquares(square[:b.c], block[whole:], center[:b.c])
		}
		b.merge(part, before, sum, square, center, n)
		before += n
	}
}

// merge adds the statistics of a block of n rows to part, which has those of `before` rows. square
// has the squared deviations from center, which is the mean of the block up to rounding.
func (b *norm32) merge(part []float64, before int, sum, square, center []float32, n int) {
	inverse, inverseBefore, weight := 1/float64(n), 0.0, 0.0
	if before > 0 {
		inverseBefore, weight = 1/float64(before), float64(before)*float64(n)/float64(before+n)
	}
	sum, square, center = sum[:b.c], square[:b.c], center[:b.c]
	sums, squares := part[:b.c], part[b.c:][:b.c]
	for i, v := range sum {
		s := float64(v)
		mean := s * inverse
		rounding, d := mean-float64(center[i]), mean-sums[i]*inverseBefore
		squares[i] += float64(square[i]) - float64(n)*rounding*rounding + d*d*weight
		sums[i] += s
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

// prepare sets the factors of normalize.
func (b *norm32) prepare(mean, scale, shift []float32) {
	copy(b.mean, mean)
	copy(b.scale, scale)
	copy(b.shift, shift)
	b.repeat(b.mean)
	b.repeat(b.scale)
	b.repeat(b.shift)
}

// normalize computes rows of y from x.
func (b *norm32) normalize(y, x []float32, relu bool) {
	whole, n, c := b.whole(len(x)), b.row, b.c
	if whole > 0 {
		_ = simd.Normalize(y[:whole], x[:whole], b.mean[:n], b.scale[:n], b.shift[:n], relu)
	}
	if whole < len(x) {
		_ = simd.Normalize(y[whole:], x[whole:], b.mean[:c], b.scale[:c], b.shift[:c], relu)
	}
}

// maskFactors returns the factors from which the kernels compute the mask of a ReLU, for the first n elements
// of a joined row, or nil without a ReLU.
func (b *norm32) maskFactors(n int, relu bool) (scale, shift []float32) {
	if !relu {
		return nil, nil
	}
	return b.scale[:n], b.shift[:n]
}

// products adds Σ dy and Σ dy·(x-mean)·inverse to part. If relu is set, dy is the gradient with
// respect to the output of a ReLU.
func (b *norm32) products(part []float64, shard int, dy, x, inverse []float32, relu bool) {
	sum, dot, _ := b.scratch(shard)
	scale, shift := b.maskFactors(len(sum), relu)
	rowScale, rowShift := b.maskFactors(b.c, relu)
	for at := 0; at < len(x); at += normBlock * len(sum) {
		end := min(at+normBlock*len(sum), len(x))
		clear(sum)
		clear(dot)
		whole := at + b.whole(end-at)
		if at < whole {
			_ = simd.ColumnProducts(sum, dot, dy[at:whole], x[at:whole], b.mean[:b.row], scale, shift)
			b.fold(sum)
			b.fold(dot)
		}
		if whole < end {
			_ = simd.ColumnProducts(sum[:b.c], dot[:b.c], dy[whole:end], x[whole:end], b.mean[:b.c], rowScale, rowShift)
		}
		for i, v := range sum[:b.c] {
			part[i] += float64(v)
			part[b.c+i] += float64(dot[i])
		}
	}
	for i, v := range inverse {
		part[b.c+i] *= float64(v)
	}
}

// prepareGrad computes the factors of gradient from those of [BatchNorm], where
// dx = scale·(dy - mean(dy) - (x-mean)·slope).
func (b *norm32) prepareGrad(scale, meanGrad, slope []float32) {
	copy(b.a, scale)
	for i, s := range scale {
		b.b[i], b.d[i] = -s*slope[i], -s*meanGrad[i]
	}
	b.repeat(b.a)
	b.repeat(b.b)
	b.repeat(b.d)
}

// gradient computes rows of dx. If relu is set, dy is the gradient with respect to the output of a ReLU.
func (b *norm32) gradient(dx, dy, x []float32, relu bool) {
	whole := b.whole(len(x))
	if whole > 0 {
		b.gradientRows(b.row, dx[:whole], b.row, dy[:whole], x[:whole], relu)
	}
	if whole < len(x) {
		b.gradientRows(b.c, dx[whole:], b.c, dy[whole:], x[whole:], relu)
	}
}

// gradientRows computes rows of n elements of dx, which lie step apart there. n must be a multiple of
// the channels and at most the length of the factors.
func (b *norm32) gradientRows(n int, dx []float32, step int, dy, x []float32, relu bool) {
	scale, shift := b.maskFactors(n, relu)
	_ = simd.NormalizeGrad(dx, step, dy, b.a[:n], x, b.mean[:n], b.b[:n], b.d[:n], scale, shift)
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
