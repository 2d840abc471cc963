package kernel

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// Fusion says what follows a convolution in one kernel.
type Fusion struct {
	ReLU bool
	// Pool is a max-pooling of the convolution's output, or nil.
	Pool *Window
	// ReLUAfterPool tells the order of the two, which only shows in y of [FusedConv.Forward]:
	// what comes out behind both is the same.
	ReLUAfterPool bool
	// Winograd allows Winograd's F(4x4, 3x3) in float32 where the shape is fit for it: for
	// the forward pass, and for the input gradient where the gradient that arrives has few
	// zeros. It takes half the time or less, at four to six times the rounding error: for
	// 3x3 windows of 32 to 64 channels a root mean square of 1.3e-6 of the output's instead
	// of 2.2e-7, and of 1.6e-6 of the input gradient's instead of 4.1e-7. The other
	// gradients are computed as without.
	Winograd bool
}

// FusedConv computes a convolution, then max-pooling and ReLU as its Fusion says, without
// keeping what lies between. Its backward pass takes the gradient at the end of the chain,
// so that the work of the convolution falls with the zeros that pooling and ReLU leave.
type FusedConv[T Float] struct {
	shape   ConvShape
	fusion  Fusion
	workers *Workers
	filled  bool    // a forward pass has found the maxima
	fast    *conv32 // float32 on a processor with assembly, else nil

	// The portable chain: kernels for each link and what lies between them.
	conv    *Conv[T]
	maxPool *MaxPool[T]
	y, dy   []T // before the pooling
	masked  []T // gradient before ReLU
}

// fusedArgs are the operands of the pass in progress.
type fusedArgs[T Float] struct {
	y, out, x, weight, bias  []T
	dx, dweight, dbias, dout []T
}

// NewFusedConv returns a kernel for a convolution and what follows it. The images of
// f.Pool must be those that the convolution puts out.
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
	if fast[T]() {
		if c.fast, err = newConv32(s, f, w); c.fast != nil || err != nil {
			return c, err
		}
	}
	if c.conv, err = NewConv[T](s, w); err != nil || f.Pool == nil {
		return c, err
	}
	c.maxPool, err = NewMaxPool[T](*f.Pool, w)
	return c, err
}

// OutputLen returns the number of elements behind the whole chain.
func (c *FusedConv[T]) OutputLen() int {
	if c.fusion.Pool != nil {
		return c.fusion.Pool.outputLen()
	}
	return c.shape.outputLen()
}

// Forward computes out, the end of the chain, from x [N,H,W,C], weight [KH][KW][C/Groups][K]
// and bias [K], which may be nil. If there is pooling, y [N,OutH,OutW,K] takes what is
// pooled, unless it is nil; without pooling it must be nil.
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
	c.filled = true
	if c.fast != nil {
		return c.fast.forward(fusedArgs[float32]{y: as32(y), out: as32(out), x: as32(x), weight: as32(weight), bias: as32(bias)})
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

// Backward computes the gradients from dout, the gradient at the end of the chain, after
// Forward put out there. Each of dx, dweight and dbias may be nil and is then not
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
	if err == nil && c.fusion.Pool != nil && !c.filled {
		err = fmt.Errorf("fused conv: Backward before Forward, expected a forward pass to find the maxima")
	}
	if err != nil {
		return err
	}
	if c.fast != nil {
		return c.fast.backward(fusedArgs[float32]{dx: as32(dx), dweight: as32(dweight), dbias: as32(dbias),
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
