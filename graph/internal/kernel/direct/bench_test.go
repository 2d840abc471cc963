package direct

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"inkstone/graph/internal/kernel/simd"
)

// benchmarks are layers of common MNIST networks: of the preset cnn and of smaller ones.
var benchmarks = []struct {
	name   string
	shape  Shape
	pool   int
	zeros  float64 // of the gradient, as ReLU leaves it
	inputs bool    // the input gradient is wanted
}{
	{"cnn.conv1", square(28, 1, 3, 0, 32), 1, 0.5, false},
	{"cnn.conv2", square(26, 32, 3, 0, 64), 2, 0.5, true},
	{"cnn.conv2.dense", square(26, 32, 3, 0, 64), 1, 0, true},
	{"cnn.conv2.relu", square(26, 32, 3, 0, 64), 1, 0.5, true},
	{"resnet.conv", square(28, 16, 3, 1, 16), 1, 0, true},
	{"resnet.middle", square(14, 32, 3, 1, 32), 1, 0, true},
	{"resnet.deep", square(7, 64, 3, 1, 64), 1, 0, true},
	{"fast.conv1", square(28, 1, 5, 0, 16), 2, 0.5, false},
	{"fast.conv2", square(12, 16, 5, 0, 32), 2, 0.5, true},
}

func square(size, c, k, pad, out int) Shape {
	return Shape{H: size, W: size, C: c, K: out, Groups: 1, KH: k, KW: k, StrideH: 1, StrideW: 1,
		PadTop: pad, PadBottom: pad, PadLeft: pad, PadRight: pad, DilationH: 1, DilationW: 1}
}

// BenchmarkConv times the passes of one image, with Winograd's algorithm of 16 images; GFLOP/s
// counts the operations of a dense pass.
func BenchmarkConv(b *testing.B) {
	const images = 16
	for _, q := range benchmarks {
		s, g := q.shape, q.shape.Pixels()
		if q.pool > 1 {
			g = Grid{H: s.outH() / q.pool, W: s.outW() / q.pool, StepH: q.pool, StepW: q.pool, PH: q.pool, PW: q.pool}
		}
		flops := 2 * float64(s.outLenPerWeight()*s.weightLen())
		for _, path := range simd.Paths() {
			must(b, simd.SetPath(path))
			c, err := New(s, g, Options{})
			must(b, err)
			fast, err := New(s, g, Options{Winograd: true, Images: images})
			must(b, err)
			r := rand.New(rand.NewPCG(1, 2))
			x, w, y := normal(r, images*s.imageLen(), 0.3), normal(r, s.weightLen(), 0), make([]float32, s.outputLen())
			n := g.H * g.W * s.K
			grad, arg, dx := normal(r, images*n, q.zeros), make([]uint8, images*n), make([]float32, s.imageLen())
			for i := range arg {
				arg[i] = uint8(r.IntN(q.pool * q.pool))
			}
			scratch, packed, part := c.NewScratch(), &Packed{}, c.NewPartial()
			must(b, c.Pack(packed, w, serial))
			set := func(i int) {
				must(b, scratch.SetGradient(grad[i*n:][:n], arg[i*n:][:n]))
			}
			run := func(name string, perCall int, f func(i int)) {
				b.Run(fmt.Sprintf("%s/%s/path=%s", q.name, name, path), func(b *testing.B) {
					i := 0
					for b.Loop() {
						f(i)
						i = (i + 1) % images
					}
					b.ReportMetric(flops*float64(perCall*b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
			image := func(i int) []float32 { return x[i*s.imageLen():][:s.imageLen()] }
			run("forward", 1, func(i int) { must(b, c.Forward(scratch, y, image(i), w, nil, true, Rows{})) })
			run("dweight", 1, func(i int) {
				set(i)
				must(b, c.AddWeightGradient(part, scratch, image(i)))
			})
			if q.inputs {
				run("dinput", 1, func(i int) {
					set(i)
					must(b, c.InputGradient(dx, scratch, packed))
				})
			}
			if !fast.HasWinograd() {
				continue
			}
			u, freq, ws := &Packed{}, &Packed{}, fast.NewScratch()
			ys, dxs := make([]float32, images*s.outputLen()), make([]float32, images*s.imageLen())
			must(b, fast.PackWinograd(freq, w, serial))
			must(b, fast.Pack(u, w, serial))
			run("winograd", images, func(int) { must(b, fast.ForwardWinograd(ws, ys, x, freq, nil, true, Rows{})) })
			if q.zeros == 0 && !g.pooled() {
				must(b, ws.SetGradient(grad, nil))
				run("dinput.winograd", images, func(int) { must(b, fast.InputGradient(dxs, ws, u)) })
				run("dweight.winograd", images, func(int) { must(b, fast.AddWeightGradient(part, ws, x)) })
			}
		}
		must(b, simd.SetPath(simd.Paths()[0]))
	}
}

// outLenPerWeight returns how often a forward pass uses each weight.
func (s Shape) outLenPerWeight() int { return s.outH() * s.outW() }
