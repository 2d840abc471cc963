package kernel

import (
	"fmt"
)

// ConvNorm computes in training a convolution, the max-pooling of its Fusion if there is one, a
// batch normalization by the statistics of the batch as [BatchNorm] does, and then ReLU if its
// Fusion has one. It saves passes over memory: the statistics of a few images are summed as soon as
// the convolution has computed them, and their gradient with respect to the input of the
// normalization is computed just before the convolution's backward pass reads it.
type ConvNorm[T Float] struct {
	conv *conv32
	norm *BatchNorm[T] // its shards are those of conv
	ran  bool          // Forward was called
}

// NewConvNorm returns a kernel for a convolution, the operations of f and a normalization, whose
// epsilon eps is added to the variance. It returns nil if there is no faster kernel than [Conv]
// and [BatchNorm] one after the other: for float64, and without assembly.
func NewConvNorm[T Float](s ConvShape, f Fusion, eps T, w *Workers) (*ConvNorm[T], error) {
	if !hasAssembly[T]() {
		return nil, nil
	}
	relu := f.ReLU
	f.ReLU = false
	conv, err := NewConv[T](s, f, w)
	if err != nil || conv.asm == nil {
		return nil, err
	}
	c := conv.asm
	c.division.bands = 1 // the statistics are summed by images
	rows := c.grid.H * c.grid.W
	if !fits(maxElements, s.N*rows, s.K) || !(eps > 0) {
		return nil, fmt.Errorf("conv norm: %d rows of %d channels and epsilon %v, expected at least 1, 1 and more than 0", s.N*rows, s.K, eps)
	}
	n := newBatchNorm(s.N*rows, s.K, eps, c.shards, w)
	n.relu = relu
	n.setImage(c.grid.H, c.grid.W)
	c.norm = any(n).(*BatchNorm[float32])
	return &ConvNorm[T]{conv: c, norm: n}, nil
}

// Mean returns the means of the last Forward. The slice is overwritten by the next.
func (c *ConvNorm[T]) Mean() []T { return c.norm.Mean() }

// Var returns the biased variances of the last Forward. The slice is overwritten by the next.
func (c *ConvNorm[T]) Var() []T { return c.norm.Var() }

// Forward computes the input raw [N,H,W,K] of the normalization and the final output of the same
// shape from x [N,H,W,C], weight [KH][KW][C/Groups][K], bias [K], which may be nil, gamma [K] and
// beta [K]. The statistics are those of the first `images` images. The others, which fill up a
// partial batch, are normalized with the same statistics.
func (c *ConvNorm[T]) Forward(out, raw, x, weight, bias, gamma, beta []T, images int) error {
	s, n := &c.conv.shape, c.norm
	if err := firstError(
		c.checkImages(images),
		checkLen("conv norm", "out", out, n.rows*n.c), checkLen("conv norm", "raw", raw, n.rows*n.c),
		checkLen("conv norm", "x", x, s.inputLen()), checkLen("conv norm", "weight", weight, s.weightLen()),
		checkOptional("conv norm", "bias", bias, s.K),
		checkLen("conv norm", "gamma", gamma, s.K), checkLen("conv norm", "beta", beta, s.K),
	); err != nil {
		return err
	}
	c.ran = true
	n.args = normArgs[T]{y: out, x: raw, gamma: gamma, beta: beta, active: images * n.image}
	err := c.conv.Forward(layerArgs[float32]{y: as32(raw), x: as32(x), weight: as32(weight), bias: as32(bias)})
	if err == nil {
		n.finishStatistics()
		n.normalize()
	}
	n.args = normArgs[T]{}
	return err
}

// ConvNormGrads are the gradients that [ConvNorm.Backward] computes. Those that are nil are not
// computed; the others are overwritten.
type ConvNormGrads[T Float] struct{ X, Weight, Bias, Gamma, Beta []T }

// Backward computes gradients from dout, the gradient with respect to the final output, after
// Forward with the same raw, x, weight, gamma and images. The gradients of the images beyond the
// active ones are zero, whatever dout holds there.
func (c *ConvNorm[T]) Backward(g ConvNormGrads[T], dout, raw, x, weight, gamma []T, images int) error {
	s, n := &c.conv.shape, c.norm
	if err := firstError(
		c.checkImages(images),
		checkOptional("conv norm", "dx", g.X, s.inputLen()), checkOptional("conv norm", "dweight", g.Weight, s.weightLen()),
		checkOptional("conv norm", "dbias", g.Bias, s.K),
		checkOptional("conv norm", "dgamma", g.Gamma, s.K), checkOptional("conv norm", "dbeta", g.Beta, s.K),
		checkLen("conv norm", "dout", dout, n.rows*n.c), checkLen("conv norm", "raw", raw, n.rows*n.c),
		checkLen("conv norm", "x", x, s.inputLen()), checkLen("conv norm", "weight", weight, s.weightLen()),
		checkLen("conv norm", "gamma", gamma, s.K),
	); err != nil {
		return err
	}
	if !c.ran {
		return fmt.Errorf("conv norm: Backward before Forward, expected a forward pass for the statistics")
	}
	n.args = normArgs[T]{dy: dout, x: raw, active: images * n.image}
	n.sumGradients(g.Gamma, g.Beta)
	n.prepareGrad(gamma)
	err := c.conv.Backward(layerArgs[float32]{dx: as32(g.X), dweight: as32(g.Weight), dbias: as32(g.Bias),
		dy: as32(dout), x: as32(x), weight: as32(weight)})
	n.args = normArgs[T]{}
	return err
}

func (c *ConvNorm[T]) checkImages(images int) error {
	if images < 1 || images > c.conv.shape.N {
		return fmt.Errorf("conv norm: %d active images, expected 1 to %d", images, c.conv.shape.N)
	}
	return nil
}

// clearPart prepares the part of a shard for addStatistics.
func (b *BatchNorm[T]) clearPart(shard int) { clear(b.part[shard]) }

// addStatistics adds the statistics of a range of images to the part of a shard, which has those of the
// shard's images before them.
func (b *BatchNorm[T]) addStatistics(shard, from, to int) {
	lo, _ := b.activeRows(shard)
	at, end := min(from*b.image, b.args.active), min(to*b.image, b.args.active)
	b.asm.statistics(b.part[shard], shard, as32(b.args.x[at*b.c:end*b.c]), at-lo)
}

// maxLine is the largest number of elements in a row of an image that gradImage32 computes: the factors
// of each element stay in a first-level cache.
const maxLine = 1024

// setImage makes the rows of b the pixels of images of h by w.
func (b *BatchNorm[T]) setImage(h, w int) {
	b.image = h * w
	if n := w * b.c; n <= maxLine {
		b.line = n
		b.asm.allocateFactors(max(n, b.asm.row))
	}
}

// gradsByImage reports whether gradImage32 can compute the images before number end, which must all be active.
func (b *BatchNorm[T]) gradsByImage(end int) bool {
	return b.line > 0 && end*b.image <= b.args.active
}

// gradImage32 computes the gradient with respect to image i of x. The rows of the image lie step apart
// in dx.
func (b *BatchNorm[T]) gradImage32(dx []float32, step, i int) {
	a, n := &b.args, b.image*b.c
	at, end := i*n, (i+1)*n
	b.asm.gradientRows(b.line, dx, step, as32(a.dy[at:end]), as32(a.x[at:end]), b.relu)
}
