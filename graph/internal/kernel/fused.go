package kernel

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// Fusion lists what a [FusedConv] computes after the convolution.
type Fusion struct {
	ReLU bool
	// Pool is a max-pooling of the convolution's output, or nil.
	Pool *Window
	// ReLUAfterPool is the order of ReLU and Pool. It makes a difference only for y of
	// [FusedConv.Forward]; the final output is the same for both orders.
	ReLUAfterPool bool
	// Winograd allows Winograd's F(4x4, 3x3) and F(2x2, 5x5) in float32 for shapes that they
	// apply to: in
	// the forward pass, and if the output gradient has few zeros for the gradients with
	// respect to the input and, with 3x3 windows, the weights. It takes half the time or less and has four to six
	// times the rounding error: for 3x3 windows of 32 to 64 channels, relative to the root
	// mean square of the result, 1.3e-6 instead of 2.2e-7 for the output, 1.6e-6 instead of
	// 4.1e-7 for the input gradient and 1.3e-6 instead of 3.1e-7 for the weight gradient.
	Winograd bool
}

// FusedConv computes a convolution and then the max-pooling and ReLU of its Fusion, without
// keeping the values in between. Its backward pass starts from the gradient with respect to
// the final output, and the zeros that pooling and ReLU leave in it save work.
type FusedConv[T Float] struct {
	shape   ConvShape
	fusion  Fusion
	workers *Workers
	ran     bool    // Forward was called, so the positions of the maxima are known
	asm     *conv32 // float32 on a processor with assembly, else nil

	// The portable kernels, one for each operation, and the values between them.
	conv    *Conv[T]
	maxPool *MaxPool[T]
	y, dy   []T // before the pooling
	masked  []T // gradient before ReLU
}

// fusedArgs are the operands of the pass in progress.
type fusedArgs[T Float] struct {
	y, out, x, weight, bias  []T
	add                      []T // added to the output of the convolution before the ReLU, or nil
	dx, dweight, dbias, dout []T
}

// NewFusedConv returns a kernel for a convolution and the operations of f. The input of
// f.Pool must have the shape of the output of the convolution.
func NewFusedConv[T Float](s ConvShape, f Fusion, w *Workers) (*FusedConv[T], error) {
	if err := firstError(s.Check(), simd.Err()); err != nil {
		return nil, fmt.Errorf("fused conv: %w", err)
	}
	if p := f.Pool; p != nil {
		if err := p.CheckPool(); err != nil {
			return nil, fmt.Errorf("fused conv: pooling: %w", err)
		}
		if p.N != s.N || p.H != s.OutH() || p.W != s.OutW() || p.C != s.K {
			return nil, fmt.Errorf("fused conv: pooling of images [%d %d %d %d], expected [%d %d %d %d]",
				p.N, p.H, p.W, p.C, s.N, s.OutH(), s.OutW(), s.K)
		}
		own := *p
		f.Pool = &own
	}
	c := &FusedConv[T]{shape: s, fusion: f, workers: w}
	var err error
	if hasAssembly[T]() {
		if c.asm, err = newConv32(s, f, w); c.asm != nil || err != nil {
			return c, err
		}
	}
	if c.conv, err = NewConv[T](s, w); err != nil || f.Pool == nil {
		return c, err
	}
	c.maxPool, err = NewMaxPool[T](*f.Pool, w)
	return c, err
}

// OutputLen returns the number of elements of the final output.
func (c *FusedConv[T]) OutputLen() int {
	if c.fusion.Pool != nil {
		return c.fusion.Pool.outputLen()
	}
	return c.shape.outputLen()
}

// Forward computes the final output out from x [N,H,W,C], weight [KH][KW][C/Groups][K]
// and bias [K], which may be nil. If there is pooling and y [N,OutH,OutW,K] is not nil,
// Forward stores the input of the pooling in y. Without pooling y must be nil.
func (c *FusedConv[T]) Forward(y, out, x, weight, bias []T) error {
	s := &c.shape
	if y != nil && c.fusion.Pool == nil {
		return fmt.Errorf("fused conv: y given, expected nil without pooling")
	}
	if err := firstError(
		checkOptional("fused conv", "y", y, s.outputLen()),
		checkLen("fused conv", "out", out, c.OutputLen()),
		checkLen("fused conv", "x", x, s.inputLen()),
		checkLen("fused conv", "weight", weight, s.weightLen()),
		checkOptional("fused conv", "bias", bias, s.K),
	); err != nil {
		return err
	}
	c.ran = true
	if c.asm != nil {
		return c.asm.forward(fusedArgs[float32]{y: as32(y), out: as32(out), x: as32(x), weight: as32(weight), bias: as32(bias)})
	}
	if c.maxPool == nil {
		if err := c.conv.Forward(out, x, weight, bias); err != nil || !c.fusion.ReLU {
			return err
		}
		return Activate(c.workers, ReLU, 0, out, out)
	}
	if y == nil {
		c.y = grow(c.y, s.outputLen())
		y = c.y
	}
	if err := c.conv.Forward(y, x, weight, bias); err != nil {
		return err
	}
	if c.fusion.ReLU && !c.fusion.ReLUAfterPool {
		if err := Activate(c.workers, ReLU, 0, y, y); err != nil {
			return err
		}
	}
	if err := c.maxPool.Forward(out, y); err != nil || !c.fusion.ReLU {
		return err
	}
	return Activate(c.workers, ReLU, 0, out, out)
}

// Backward computes the gradients from out, the output of the last Forward, and dout, the
// gradient with respect to it. Each of dx, dweight and dbias may be nil and is then not
// computed; the others are overwritten. x may be nil if dweight is, weight if dx is.
func (c *FusedConv[T]) Backward(dx, dweight, dbias, dout, out, x, weight []T) error {
	s := &c.shape
	err := firstError(
		checkLen("fused conv", "dout", dout, c.OutputLen()),
		checkOptional("fused conv", "dx", dx, s.inputLen()),
		checkOptional("fused conv", "dweight", dweight, s.weightLen()),
		checkOptional("fused conv", "dbias", dbias, s.K),
	)
	if err == nil && c.fusion.ReLU {
		err = checkLen("fused conv", "out", out, c.OutputLen())
	}
	if err == nil && dweight != nil {
		err = checkLen("fused conv", "x", x, s.inputLen())
	}
	if err == nil && dx != nil {
		err = checkLen("fused conv", "weight", weight, s.weightLen())
	}
	if err == nil && c.fusion.Pool != nil && !c.ran {
		err = fmt.Errorf("fused conv: Backward before Forward, expected a forward pass to find the maxima")
	}
	if err != nil {
		return err
	}
	if c.asm != nil {
		return c.asm.backward(fusedArgs[float32]{dx: as32(dx), dweight: as32(dweight), dbias: as32(dbias),
			dout: as32(dout), out: as32(out), x: as32(x), weight: as32(weight)})
	}
	if c.fusion.ReLU {
		c.masked = grow(c.masked, len(dout))
		if err := ActivateGrad(c.workers, ReLU, 0, c.masked, dout, nil, out); err != nil {
			return err
		}
		dout = c.masked
	}
	if c.maxPool != nil {
		c.dy = grow(c.dy, s.outputLen())
		if err := c.maxPool.Backward(c.dy, dout); err != nil {
			return err
		}
		dout = c.dy
	}
	return c.conv.Backward(dx, dweight, dbias, dout, x, weight)
}
