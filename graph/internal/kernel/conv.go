package kernel

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// ConvShape is the geometry of a convolution with K output channels. The
// channels are divided into Groups; output channel k reads only the input
// channels of group k/(K/Groups).
type ConvShape struct {
	Window
	K, Groups int
}

// Check returns an error, naming the field and its values, if the window is
// not valid or Groups does not divide both C and K.
func (s ConvShape) Check() error {
	if err := s.Window.Check(); err != nil {
		return err
	}
	if s.K < 1 {
		return fmt.Errorf("output channels: K is %d, expected at least 1", s.K)
	}
	if s.Groups < 1 {
		return fmt.Errorf("groups: Groups is %d, expected at least 1", s.Groups)
	}
	if s.C%s.Groups != 0 {
		return fmt.Errorf("input channels: C is %d, expected a multiple of Groups %d", s.C, s.Groups)
	}
	if s.K%s.Groups != 0 {
		return fmt.Errorf("output channels: K is %d, expected a multiple of Groups %d", s.K, s.Groups)
	}
	if !fits(maxImage, s.KH, s.KW, s.C, s.K) || !fits(maxImage, s.OutH(), s.OutW(), s.K) ||
		!fits(maxElements, s.N, s.OutH(), s.OutW(), s.K) {
		return fmt.Errorf("kernel [%d %d %d %d] is too large", s.KH, s.KW, s.C, s.K)
	}
	return nil
}

// FLOPs returns the floating-point operations of the forward pass over the
// whole batch, two for each multiply-add. Products with the padding count; the
// bias does not.
func (s ConvShape) FLOPs() int64 {
	return 2 * int64(s.N) * int64(s.OutH()) * int64(s.OutW()) * int64(s.K) *
		int64(s.KH) * int64(s.KW) * int64(s.C/max(s.Groups, 1))
}

func (s ConvShape) weightLen() int { return s.KH * s.KW * (s.C / s.Groups) * s.K }
func (s ConvShape) outputLen() int { return s.N * s.OutH() * s.OutW() * s.K }

// Fusion lists what a [Conv] computes after the convolution. The zero value is nothing.
type Fusion struct {
	// ReLU and Pool, a max-pooling of the convolution's output, give the same result in either
	// order. Pool may be nil.
	ReLU bool
	Pool *Window
	// Winograd allows Winograd's F(4x4, 3x3) and F(2x2, 5x5) in float32 for shapes that they
	// apply to: in the forward pass, and if the output gradient has few zeros for the gradients
	// with respect to the input and, with 3x3 windows, the weights. It takes half the time or
	// less and has four to six times the rounding error: for 3x3 windows of 32 to 64 channels,
	// relative to the root mean square of the result, 1.3e-6 instead of 2.2e-7 for the output,
	// 1.6e-6 instead of 4.1e-7 for the input gradient and 1.3e-6 instead of 3.1e-7 for the
	// weight gradient.
	Winograd bool
}

// check returns an error unless the input of the pooling has the shape of the output of s.
func (f Fusion) check(s ConvShape) error {
	p := f.Pool
	if p == nil {
		return nil
	}
	if err := p.CheckPool(); err != nil {
		return fmt.Errorf("pooling: %w", err)
	}
	if p.N != s.N || p.H != s.OutH() || p.W != s.OutW() || p.C != s.K {
		return fmt.Errorf("pooling of images [%d %d %d %d], expected [%d %d %d %d]",
			p.N, p.H, p.W, p.C, s.N, s.OutH(), s.OutW(), s.K)
	}
	return nil
}

// Conv computes a two-dimensional convolution (a cross-correlation, as in all
// of deep learning) of NHWC images:
//
//	conv[n,i,j,k] = b[k] + Σ_{u,v,c} x[n, i·StrideH+u·DilationH-PadTop, j·StrideW+v·DilationW-PadLeft, c] · w[u,v,c,k]
//
// where c runs over the channels of k's group and x is 0 in the padding, and then the
// operations of its [Fusion], without keeping the values in between:
//
//	y = relu(maxpool(conv))
//
// The backward pass starts from the gradient with respect to y, and the zeros that pooling and
// ReLU leave in it save work.
type Conv[T Float] struct {
	shape     ConvShape
	fusion    Fusion
	workers   *Workers
	algorithm convAlgorithm[T]
	asm       *conv32 // the algorithm if it is a conv32 that computes the whole fusion, else nil
	ran       bool    // Forward was called, so the positions of the maxima are known

	// What the algorithm leaves of the fusion, and the values in between.
	relu   bool
	pool   *MaxPool[T]
	conv   []T // before the pooling
	dconv  []T
	masked []T // gradient before ReLU
}

// convAlgorithm computes a convolution: [conv32], [depthwise] or [portableConv]. Only conv32
// computes the operations of a Fusion too, unless its pooling has padding or dilation. The caller
// has checked the operands.
type convAlgorithm[T Float] interface {
	Forward(args layerArgs[T]) error
	// Backward computes the gradients of args that are not nil.
	Backward(args layerArgs[T]) error
}

// layerArgs are the operands of a pass of a convolution or of a dense layer.
type layerArgs[T Float] struct {
	y, x, weight, bias     []T
	add                    []T // added to the output of the convolution before the ReLU, or nil
	dx, dweight, dbias, dy []T
}

// NewConv returns a kernel for a convolution and the operations of f.
func NewConv[T Float](s ConvShape, f Fusion, w *Workers) (*Conv[T], error) {
	if err := firstError(s.Check(), f.check(s), simd.Err()); err != nil {
		return nil, fmt.Errorf("conv: %w", err)
	}
	if f.Pool != nil {
		own := *f.Pool
		f.Pool = &own
	}
	c := &Conv[T]{shape: s, fusion: f, workers: w}
	if hasAssembly[T]() {
		var err error
		if c.asm, err = newConv32(s, f, w); err != nil {
			return nil, err
		}
	}
	if c.asm != nil {
		c.algorithm = any(c.asm).(convAlgorithm[T])
		return c, nil
	}
	var err error
	if c.algorithm, err = newConvAlgorithm[T](s, f.Winograd, w); err != nil {
		return nil, err
	}
	c.relu = f.ReLU
	if f.Pool != nil {
		c.pool, err = NewMaxPool[T](*f.Pool, w)
	}
	return c, err
}

// newConvAlgorithm returns the fastest algorithm for a convolution whose fusion it need not compute.
func newConvAlgorithm[T Float](s ConvShape, winograd bool, w *Workers) (convAlgorithm[T], error) {
	if hasAssembly[T]() {
		if c, err := newConv32(s, Fusion{Winograd: winograd}, w); c != nil || err != nil {
			return any(c).(convAlgorithm[T]), err
		}
	}
	if s.depthwise() {
		return newDepthwise[T](s, w), nil
	}
	return newPortableConv[T](s, w), nil
}

// OutputLen returns the number of elements of the output y.
func (c *Conv[T]) OutputLen() int {
	if c.fusion.Pool != nil {
		return c.fusion.Pool.outputLen()
	}
	return c.shape.outputLen()
}

// Forward computes y [N,H,W,K], of the height and width that the fusion leaves, from x
// [N,H,W,C], weight [KH][KW][C/Groups][K] and bias [K]; bias may be nil. y must not overlap
// the operands.
func (c *Conv[T]) Forward(y, x, weight, bias []T) error {
	s := &c.shape
	if err := firstError(
		checkLen("conv", "y", y, c.OutputLen()),
		checkLen("conv", "x", x, s.inputLen()),
		checkLen("conv", "weight", weight, s.weightLen()),
		checkOptional("conv", "bias", bias, s.K),
	); err != nil {
		return err
	}
	c.ran = true
	args := layerArgs[T]{y: y, x: x, weight: weight, bias: bias}
	if c.pool != nil {
		c.conv = grow(c.conv, s.outputLen())
		args.y = c.conv
	}
	if err := c.algorithm.Forward(args); err != nil {
		return err
	}
	if c.pool != nil {
		if err := c.pool.Forward(y, c.conv); err != nil {
			return err
		}
	}
	if !c.relu {
		return nil
	}
	// ReLU is monotonic, so it gives the same result after the pooling, on fewer elements.
	return Activate(c.workers, ReLU, 0, y, y)
}

// Backward computes the gradients from dy, the gradient with respect to the output y of the
// last Forward. Without pooling and ReLU they are
//
//	dx[n,p,q,c]      = Σ dy[n,i,j,k] · w[u,v,c,k]   over all i,j,u,v,k that read x[n,p,q,c]
//	dweight[u,v,c,k] = Σ_{n,i,j} dy[n,i,j,k] · x[n, i·StrideH+u·DilationH-PadTop, j·StrideW+v·DilationW-PadLeft, c]
//	dbias[k]         = Σ_{n,i,j} dy[n,i,j,k]
//
// Each of dx, dweight and dbias may be nil and is then not computed; the others are
// overwritten. y may be nil without ReLU, x if dweight is nil, weight if dx is. Zeros in dy
// make it faster, unless the convolution is depthwise.
func (c *Conv[T]) Backward(dx, dweight, dbias, dy, y, x, weight []T) error {
	s := &c.shape
	err := firstError(
		checkLen("conv", "dy", dy, c.OutputLen()),
		checkOptional("conv", "dx", dx, s.inputLen()),
		checkOptional("conv", "dweight", dweight, s.weightLen()),
		checkOptional("conv", "dbias", dbias, s.K),
	)
	if err == nil && c.fusion.ReLU {
		err = checkLen("conv", "y", y, c.OutputLen())
	}
	if err == nil && dweight != nil {
		err = checkLen("conv", "x", x, s.inputLen())
	}
	if err == nil && dx != nil {
		err = checkLen("conv", "weight", weight, s.weightLen())
	}
	if err == nil && c.fusion.Pool != nil && !c.ran {
		err = fmt.Errorf("conv: Backward before Forward, expected a forward pass to find the maxima")
	}
	if err != nil {
		return err
	}
	if c.relu {
		c.masked = grow(c.masked, len(dy))
		if err := ActivateGrad(c.workers, ReLU, 0, c.masked, dy, nil, y); err != nil {
			return err
		}
		dy = c.masked
	}
	if c.pool != nil {
		c.dconv = grow(c.dconv, s.outputLen())
		if err := c.pool.Backward(c.dconv, dy); err != nil {
			return err
		}
		dy = c.dconv
	}
	return c.algorithm.Backward(layerArgs[T]{dx: dx, dweight: dweight, dbias: dbias, dy: dy, y: y, x: x, weight: weight})
}
