package kernel

import (
	"fmt"
	"math"
)

// BatchNorm normalizes each of C channels over the rows of a batch,
//
//	y[r,c] = γ[c] · (x[r,c]-μ[c]) / √(σ²[c]+ε) + β[c]
//
// with the mean μ and the biased variance σ² of the batch itself: Ioffe and
// Szegedy, https://arxiv.org/abs/1502.03167. A row is one sample, or one pixel
// of one image.
type BatchNorm[T Float] struct {
	rows, c  int
	eps      float64
	workers  *Workers
	shards   int
	image    int     // rows of an image if the shards are those of a convolution, else 0
	line     int     // elements of a row of the image, 0 if gradImage32 cannot compute it
	asm      *norm32 // float32 on a processor with assembly, else nil
	mean     []T
	variance []T
	inverse  []T         // 1/√(σ²+ε)
	scale    []T         // γ/√(σ²+ε) of the last Forward
	shift    []T         // β of the last Forward
	relu     bool        // the last Forward applied ReLU
	part     [][]float64 // two sums for each channel, by shard
	sum      []float64   // the sum of the parts
	factor   []T         // factors of the last loop of the backward pass, for each channel
	masked   []T         // gradient before ReLU, unused with asm
	args     normArgs[T]

	sumShard, squareShard, applyShard, maskShard, gradSumShard, gradShard func(shard int)
}

// normArgs are the operands of the pass in progress.
type normArgs[T Float] struct {
	y, x, gamma, beta []T
	dx, dy            []T
	active            int
}

// NewBatchNorm returns a kernel for rows of c channels; eps is added to the
// variance.
func NewBatchNorm[T Float](rows, c int, eps T, ws *Workers) (*BatchNorm[T], error) {
	if !fits(maxElements, rows, c) {
		return nil, fmt.Errorf("batch norm: %d rows of %d channels, expected at least 1 of each", rows, c)
	}
	if !(eps > 0) {
		return nil, fmt.Errorf("batch norm: epsilon is %v, expected more than 0", eps)
	}
	return newBatchNorm(rows, c, eps, min(maxShards, rowShards(rows, c)), ws), nil
}

func newBatchNorm[T Float](rows, c int, eps T, shards int, ws *Workers) *BatchNorm[T] {
	b := &BatchNorm[T]{
		rows: rows, c: c, eps: float64(eps), workers: ws, shards: shards,
		mean: make([]T, c), variance: make([]T, c), inverse: make([]T, c), scale: make([]T, c), shift: make([]T, c),
		sum: make([]float64, 2*c), factor: make([]T, 3*c),
	}
	if hasAssembly[T]() {
		b.asm = newNorm32(b.shards, c)
	}
	b.part = make([][]float64, b.shards)
	for i := range b.part {
		b.part[i] = make([]float64, 2*c)
	}
	b.sumShard, b.squareShard, b.applyShard = b.runSum, b.runSquare, b.runApply
	b.maskShard, b.gradSumShard, b.gradShard = b.runMask, b.runGradSum, b.runGrad
	return b
}

// Mean returns the means of the last Forward. The slice is overwritten by the
// next.
func (b *BatchNorm[T]) Mean() []T { return b.mean }

// Var returns the biased variances of the last Forward. The slice is
// overwritten by the next.
func (b *BatchNorm[T]) Var() []T { return b.variance }

// Forward computes y [rows][C] from x [rows][C], gamma [C] and beta [C]. If relu is set,
// it applies ReLU in the same pass; the result is bit-identical to two passes. The
// statistics are those of the first active rows. The other rows, which fill up a partial
// batch, are normalized with the same statistics. y may be x if Backward is not called.
func (b *BatchNorm[T]) Forward(y, x, gamma, beta []T, active int, relu bool) error {
	if err := firstError(
		b.checkActive(active),
		checkLen("batch norm", "y", y, b.rows*b.c),
		checkLen("batch norm", "x", x, b.rows*b.c),
		checkLen("batch norm", "gamma", gamma, b.c),
		checkLen("batch norm", "beta", beta, b.c),
	); err != nil {
		return err
	}
	b.relu = relu
	b.args = normArgs[T]{y: y, x: x, gamma: gamma, beta: beta, active: active}
	b.workers.Run(b.shards, b.sumShard)
	b.finishStatistics()
	b.normalize()
	b.args = normArgs[T]{}
	return nil
}

// normalize computes y from x, their statistics, and the sums of squared deviations in the second half
// of sum.
func (b *BatchNorm[T]) normalize() {
	a := &b.args
	for c := range b.c {
		v := b.sum[b.c+c] / float64(a.active)
		inverse := 1 / math.Sqrt(v+b.eps)
		b.variance[c], b.inverse[c] = T(v), T(inverse)
		b.scale[c], b.shift[c] = T(float64(a.gamma[c])*inverse), a.beta[c]
	}
	if b.asm != nil {
		b.asm.prepare(as32(b.mean), as32(b.scale), as32(b.shift))
	}
	b.workers.Run(b.shards, b.applyShard)
}

// Backward computes the gradients from dy [rows][C], the gradient with respect to the output,
// after Forward with the same x, gamma and active. With x̂ the normalized input and m active rows
//
//	dbeta = Σ dy    dgamma = Σ dy·x̂    dx = γ/√(σ²+ε) · (dy - dbeta/m - x̂·dgamma/m)
//
// If Forward applied ReLU, dy counts as 0 where the output was not above 0. Backward computes the
// output again, to the last bit, because x is read anyway and memory limits the speed.
//
// The gradient of the rows beyond the active ones is zero, whatever dy holds
// there. Each of dx, dgamma and dbeta may be nil. dx may be dy.
func (b *BatchNorm[T]) Backward(dx, dgamma, dbeta, dy, x, gamma []T, active int) error {
	if err := firstError(
		b.checkActive(active),
		checkOptional("batch norm", "dx", dx, b.rows*b.c),
		checkOptional("batch norm", "dgamma", dgamma, b.c),
		checkOptional("batch norm", "dbeta", dbeta, b.c),
		checkLen("batch norm", "dy", dy, b.rows*b.c),
		checkLen("batch norm", "x", x, b.rows*b.c),
		checkLen("batch norm", "gamma", gamma, b.c),
	); err != nil {
		return err
	}
	b.args = normArgs[T]{dx: dx, dy: dy, x: x, active: active}
	if b.relu && b.asm == nil {
		b.masked = grow(b.masked, len(dy))
		b.workers.Run(b.shards, b.maskShard)
		b.args.dy = b.masked
	}
	b.sumGradients(dgamma, dbeta)
	if dx != nil {
		b.prepareGrad(gamma)
		b.workers.Run(b.shards, b.gradShard)
	}
	b.args = normArgs[T]{}
	return nil
}

// sumGradients computes the gradients with respect to gamma and beta, each of which may be nil.
func (b *BatchNorm[T]) sumGradients(dgamma, dbeta []T) {
	b.workers.Run(b.shards, b.gradSumShard)
	b.addParts()
	for c := range b.c {
		if dbeta != nil {
			dbeta[c] = T(b.sum[c])
		}
		if dgamma != nil {
			dgamma[c] = T(b.sum[b.c+c])
		}
	}
}

// prepareGrad computes the factors of the gradient with respect to x after sumGradients.
func (b *BatchNorm[T]) prepareGrad(gamma []T) {
	m := float64(b.args.active)
	for c := range b.c {
		b.factor[c] = gamma[c] * b.inverse[c]
		b.factor[b.c+c] = T(b.sum[c] / m)
		b.factor[2*b.c+c] = b.inverse[c] * T(b.sum[b.c+c]/m)
	}
	if b.asm != nil {
		b.asm.prepareGrad(as32(b.factor[:b.c]), as32(b.factor[b.c:2*b.c]), as32(b.factor[2*b.c:]))
	}
}

func (b *BatchNorm[T]) checkActive(active int) error {
	if active < 1 || active > b.rows {
		return fmt.Errorf("batch norm: %d active rows, expected 1 to %d", active, b.rows)
	}
	return nil
}

// addParts adds the parts of the shards in their order.
func (b *BatchNorm[T]) addParts() {
	copy(b.sum, b.part[0])
	for _, p := range b.part[1:] {
		for i, v := range p {
			b.sum[i] += v
		}
	}
}

// activeRows returns the active rows of a shard.
func (b *BatchNorm[T]) activeRows(shard int) (lo, hi int) {
	active := b.args.active
	if b.image == 0 {
		return shardRange(active, b.shards, shard)
	}
	lo, hi = shardRange(b.rows/b.image, b.shards, shard)
	return min(lo*b.image, active), min(hi*b.image, active)
}

// finishStatistics sets the means, and the halves of sum to the sums and the sums of squared
// deviations from the means, from the parts of the shards.
func (b *BatchNorm[T]) finishStatistics() {
	active := b.args.active
	if b.asm != nil {
		clear(b.sum)
		for s, p := range b.part {
			lo, hi := b.activeRows(s)
			for c := range b.c {
				mergeStatistics(&b.sum[c], &b.sum[b.c+c], lo, p[c], p[b.c+c], hi-lo)
			}
		}
	} else {
		b.addParts()
	}
	for c := range b.c {
		b.mean[c] = T(b.sum[c] / float64(active))
	}
	if b.asm != nil {
		return
	}
	// A second pass, because Σx² - (Σx)² cancels when the mean is large.
	b.workers.Run(b.shards, b.squareShard)
	b.addParts()
}

func (b *BatchNorm[T]) runSum(shard int) {
	part := b.part[shard]
	clear(part)
	lo, hi := b.activeRows(shard)
	if b.asm != nil {
		b.asm.statistics(part, shard, as32(b.args.x[lo*b.c:hi*b.c]), 0)
		return
	}
	for r := lo; r < hi; r++ {
		for c, v := range b.args.x[r*b.c:][:b.c] {
			part[c] += float64(v)
		}
	}
}

func (b *BatchNorm[T]) runSquare(shard int) {
	part, mean := b.part[shard], b.mean[:b.c]
	clear(part[b.c:])
	lo, hi := shardRange(b.args.active, b.shards, shard)
	for r := lo; r < hi; r++ {
		for c, v := range b.args.x[r*b.c:][:b.c] {
			d := float64(v) - float64(mean[c])
			part[b.c+c] += d * d
		}
	}
}

func (b *BatchNorm[T]) runApply(shard int) {
	a := &b.args
	lo, hi := shardRange(b.rows, b.shards, shard)
	if b.asm != nil {
		b.asm.normalize(as32(a.y[lo*b.c:hi*b.c]), as32(a.x[lo*b.c:hi*b.c]), b.relu)
		return
	}
	for r := lo; r < hi; r++ {
		y := a.y[r*b.c:][:b.c]
		b.normalizeRow(y, a.x[r*b.c:][:b.c])
		if b.relu {
			activate(ReLU, 0, y, y)
		}
	}
}

// normalizeRow computes a row of the output before ReLU. The conversion keeps the compiler from
// fusing the product and the sum in one caller and not in another.
func (b *BatchNorm[T]) normalizeRow(y, x []T) {
	mean, scale, shift := b.mean[:len(x)], b.scale[:len(x)], b.shift[:len(x)]
	for c, v := range x {
		y[c] = T((v-mean[c])*scale[c]) + shift[c]
	}
}

// runMask computes the gradient before ReLU.
func (b *BatchNorm[T]) runMask(shard int) {
	lo, hi := shardRange(b.rows, b.shards, shard)
	for r := lo; r < hi; r++ {
		row := b.masked[r*b.c:][:b.c]
		b.normalizeRow(row, b.args.x[r*b.c:][:b.c])
		reluGrad(row, b.args.dy[r*b.c:][:b.c], row)
	}
}

func (b *BatchNorm[T]) runGradSum(shard int) {
	a := &b.args
	part := b.part[shard]
	clear(part)
	lo, hi := b.activeRows(shard)
	if b.asm != nil {
		at, end := lo*b.c, hi*b.c
		b.asm.products(part, shard, as32(a.dy[at:end]), as32(a.x[at:end]), as32(b.inverse), b.relu)
		return
	}
	for r := lo; r < hi; r++ {
		x := a.x[r*b.c:][:b.c]
		for c, g := range a.dy[r*b.c:][:b.c] {
			part[c] += float64(g)
			part[b.c+c] += float64(g) * float64((x[c]-b.mean[c])*b.inverse[c])
		}
	}
}

func (b *BatchNorm[T]) runGrad(shard int) {
	a := &b.args
	scale, mean, slope := b.factor[:b.c], b.factor[b.c:2*b.c], b.factor[2*b.c:]
	lo, hi := shardRange(b.rows, b.shards, shard)
	if b.asm != nil {
		b.gradRows32(as32(a.dx[lo*b.c:hi*b.c]), lo)
		return
	}
	for r := lo; r < hi; r++ {
		dx := a.dx[r*b.c:][:b.c]
		if r >= a.active {
			clear(dx)
			continue
		}
		x := a.x[r*b.c:][:b.c]
		for c, g := range a.dy[r*b.c:][:b.c] {
			dx[c] = scale[c] * (g - mean[c] - (x[c]-b.mean[c])*slope[c])
		}
	}
}

// gradRows32 computes the gradient with respect to the rows of x from number `first` on, as many as
// dx holds.
func (b *BatchNorm[T]) gradRows32(dx []float32, first int) {
	a := &b.args
	live := max(0, min(len(dx)/b.c, a.active-first)) * b.c
	clear(dx[live:])
	at, end := first*b.c, first*b.c+live
	if live > 0 {
		b.asm.gradient(dx[:live], as32(a.dy[at:end]), as32(a.x[at:end]), b.relu)
	}
}
