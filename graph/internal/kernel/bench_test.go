package kernel

import (
	"fmt"
	"testing"
)

// The benchmarks run the layers of the preset cnn, on one worker, over a batch
// of 64: conv 3x3 1->32, ReLU, conv 3x3 32->64, ReLU, max-pool 2, dense
// 9216->128, ReLU, dense 128->10. ns/image is the time for one image.
const benchBatch = 64

// square returns the geometry of an undilated, unpadded k×k window over a batch
// of size×size images.
func square(size, channels, k, stride int) Window {
	return Window{N: benchBatch, H: size, W: size, C: channels, KH: k, KW: k,
		StrideH: stride, StrideW: stride, DilationH: 1, DilationW: 1}
}

func reportImages(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchBatch), "ns/image")
}

// benchConv times a convolution whose input and output gradient have the given
// shares of zeros.
func benchConv(b *testing.B, s ConvShape, inputZeros, gradientZeros float64) {
	r := newRand(1)
	x := sparse[float32](r, s.inputLen(), inputZeros)
	weight, bias := normal[float32](r, s.weightLen()), normal[float32](r, s.K)
	y, dy := make([]float32, s.outputLen()), sparse[float32](r, s.outputLen(), gradientZeros)
	dx, dweight, dbias := make([]float32, len(x)), make([]float32, len(weight)), make([]float32, s.K)
	conv, err := NewConv[float32](s, Fusion{}, nil)
	must(b, err)
	for _, pass := range []struct {
		name string
		run  func() error
	}{
		{"forward", func() error { return conv.Forward(y, x, weight, bias) }},
		{"dweight", func() error { return conv.Backward(nil, dweight, dbias, dy, nil, x, nil) }},
		{"dx", func() error { return conv.Backward(dx, nil, nil, dy, nil, nil, weight) }},
	} {
		b.Run(pass.name, func(b *testing.B) {
			for b.Loop() {
				must(b, pass.run())
			}
			reportImages(b)
		})
	}
}

func BenchmarkConv1(b *testing.B) {
	benchConv(b, ConvShape{Window: square(28, 1, 3, 1), K: 32, Groups: 1}, 0.8, 0.5)
}

func BenchmarkConv2(b *testing.B) {
	// A quarter of the gradient is left after the pooling, and nine tenths of that after the ReLU.
	benchConv(b, ConvShape{Window: square(26, 32, 3, 1), K: 64, Groups: 1}, 0.5, 0.78)
}

func BenchmarkConv2NoZeros(b *testing.B) {
	benchConv(b, ConvShape{Window: square(26, 32, 3, 1), K: 64, Groups: 1}, 0, 0)
}

func BenchmarkDense(b *testing.B) {
	const in, out = 9216, 128
	r := newRand(1)
	x, weight, bias := normal[float32](r, benchBatch*in), normal[float32](r, in*out), normal[float32](r, out)
	y, dy := make([]float32, benchBatch*out), sparse[float32](r, benchBatch*out, 0.5)
	dx, dweight, dbias := make([]float32, len(x)), make([]float32, len(weight)), make([]float32, out)
	dense, err := NewDense[float32](benchBatch, in, out, false, nil)
	must(b, err)
	b.Run("forward", func(b *testing.B) {
		for b.Loop() {
			must(b, dense.Forward(y, x, weight, bias))
		}
		reportImages(b)
	})
	b.Run("backward", func(b *testing.B) {
		for b.Loop() {
			must(b, dense.Backward(dx, dweight, dbias, dy, nil, x, weight))
		}
		reportImages(b)
	})
}

func BenchmarkReLU(b *testing.B) {
	r := newRand(1)
	x := normal[float32](r, benchBatch*24*24*64)
	y, dx := make([]float32, len(x)), make([]float32, len(x))
	b.Run("forward", func(b *testing.B) {
		for b.Loop() {
			must(b, Activate(nil, ReLU, 0, y, x))
		}
		reportImages(b)
	})
	b.Run("backward", func(b *testing.B) {
		for b.Loop() {
			must(b, ActivateGrad(nil, ReLU, 0, dx, x, nil, y))
		}
		reportImages(b)
	})
}

// BenchmarkElementwise times activations and dropout over as many elements as BenchmarkReLU.
func BenchmarkElementwise(b *testing.B) {
	r := newRand(1)
	x := normal[float32](r, benchBatch*24*24*64)
	y, dx := make([]float32, len(x)), make([]float32, len(x))
	each := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(4 * int64(len(x)))
			for b.Loop() {
				must(b, f())
			}
		})
	}
	for _, a := range []Activation{GELU, SiLU, Tanh} {
		each(a.String()+"/forward", func() error { return Activate(nil, a, 0, y, x) })
		each(a.String()+"/backward", func() error { return ActivateGrad(nil, a, 0, dx, x, x, y) })
	}
	each("dropout", func() error { return Dropout(nil, y, x, 0.5, 1) })
}

func BenchmarkMaxPool(b *testing.B) {
	s := square(24, 64, 2, 2)
	r := newRand(1)
	x := sparse[float32](r, s.inputLen(), 0.5)
	y, dx := make([]float32, s.outputLen()), make([]float32, len(x))
	pool, err := NewMaxPool[float32](s, nil)
	must(b, err)
	b.Run("forward", func(b *testing.B) {
		for b.Loop() {
			must(b, pool.Forward(y, x))
		}
		reportImages(b)
	})
	b.Run("backward", func(b *testing.B) {
		for b.Loop() {
			must(b, pool.Backward(dx, y))
		}
		reportImages(b)
	})
}

func BenchmarkAdam(b *testing.B) {
	const n = 1_199_882 // the parameters of cnn
	r := newRand(1)
	p, g := normal[float32](r, n), normal[float32](r, n)
	m, v := make([]float32, n), make([]float32, n)
	step := AdamStep{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1}
	for b.Loop() {
		must(b, Adam(nil, p, m, v, g, step))
	}
	reportImages(b)
}

func BenchmarkAvgPool(b *testing.B) {
	for _, c := range []int{6, 16, 64} {
		s := square(28, c, 2, 2)
		r := newRand(1)
		x, y := normal[float32](r, s.inputLen()), normal[float32](r, s.outputLen())
		pool, err := NewAvgPool[float32](s, nil)
		must(b, err)
		b.Run(fmt.Sprintf("forward/channels=%d", c), func(b *testing.B) {
			b.SetBytes(4 * int64(len(x)+len(y)))
			for b.Loop() {
				must(b, pool.Forward(y, x))
			}
		})
		b.Run(fmt.Sprintf("backward/channels=%d", c), func(b *testing.B) {
			b.SetBytes(4 * int64(len(x)+len(y)))
			for b.Loop() {
				must(b, pool.Backward(x, y))
			}
		})
	}
}
