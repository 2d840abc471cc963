package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// cnnStep is a training step of the preset cnn, made of the kernels that the graph
// runs.
type cnnStep struct {
	conv1, conv2  *Conv[float32]
	pool          *MaxPool[float32]
	fc1, fc2      *Dense[float32]
	x             []float32
	labels        []int32
	a1, a2, a3    []float32 // activations of conv1, conv2 and the pooling
	h, logits     []float32
	da1, da2, da3 []float32
	dh, dlogits   []float32
	params, grads [8][]float32 // weight and bias of each layer
	moments1      [8][]float32
	moments2      [8][]float32
	workers       *Workers
	step          int
}

func newCNNStep(tb testing.TB, batch, workers int) *cnnStep {
	ws := NewWorkers(workers)
	s := &cnnStep{workers: ws}
	w1, w2, wp := square(28, 1, 3, 1), square(26, 32, 3, 1), square(24, 64, 2, 2)
	w1.N, w2.N, wp.N = batch, batch, batch
	var err [5]error
	s.conv1, err[0] = NewConv[float32](ConvShape{w1, 32, 1}, Fusion{}, ws)
	s.conv2, err[1] = NewConv[float32](ConvShape{w2, 64, 1}, Fusion{}, ws)
	s.pool, err[2] = NewMaxPool[float32](wp, ws)
	s.fc1, err[3] = NewDense[float32](batch, 9216, 128, false, ws)
	s.fc2, err[4] = NewDense[float32](batch, 128, 10, false, ws)
	must(tb, firstError(err[:]...))

	r := newRand(27)
	for i, fan := range []struct{ in, out, weights int }{{9, 32, 288}, {288, 64, 18432}, {9216, 128, 1179648}, {128, 10, 1280}} {
		w := normal[float32](r, fan.weights)
		must(tb, Scale(w, w, float32(math.Sqrt(2/float64(fan.in))))) // He et al.
		s.params[2*i], s.params[2*i+1] = w, make([]float32, fan.out)
	}
	for i, p := range s.params {
		s.grads[i], s.moments1[i], s.moments2[i] = make([]float32, len(p)), make([]float32, len(p)), make([]float32, len(p))
	}
	s.x, s.labels = strokes(r, batch)
	s.a1, s.da1 = make([]float32, batch*26*26*32), make([]float32, batch*26*26*32)
	s.a2, s.da2 = make([]float32, batch*24*24*64), make([]float32, batch*24*24*64)
	s.a3, s.da3 = make([]float32, batch*9216), make([]float32, batch*9216)
	s.h, s.dh = make([]float32, batch*128), make([]float32, batch*128)
	s.logits, s.dlogits = make([]float32, batch*10), make([]float32, batch*10)
	return s
}

// strokes draws images of a thick bar whose slope depends on the label. Like in
// digits, four fifths of the pixels are background. Pixels are normalized with
// MNIST's mean and standard deviation, so the background is not zero.
func strokes(r *rand.Rand, n int) (x []float32, labels []int32) {
	const mean, deviation = 0.1307, 0.3081
	x, labels = make([]float32, n*784), make([]int32, n)
	for i := range labels {
		labels[i] = int32(r.IntN(10))
		sin, cos := math.Sincos(math.Pi * float64(labels[i]) / 10)
		cx, cy := 13+2*r.Float64(), 13+2*r.Float64()
		for p := range 784 {
			dx, dy := float64(p%28)-cx, float64(p/28)-cy
			v := 0.0
			if math.Abs(dx*sin-dy*cos) < 2.5 && math.Abs(dx*cos+dy*sin) < 10 {
				v = 1
			}
			x[i*784+p] = float32((v - mean) / deviation)
		}
	}
	return x, labels
}

// run does one step and returns its loss.
func (s *cnnStep) run(tb testing.TB) float64 {
	p, g, ws := &s.params, &s.grads, s.workers
	must(tb, s.conv1.Forward(s.a1, s.x, p[0], p[1]))
	must(tb, Activate(ws, ReLU, 0, s.a1, s.a1))
	must(tb, s.conv2.Forward(s.a2, s.a1, p[2], p[3]))
	must(tb, Activate(ws, ReLU, 0, s.a2, s.a2))
	must(tb, s.pool.Forward(s.a3, s.a2))
	must(tb, s.fc1.Forward(s.h, s.a3, p[4], p[5]))
	must(tb, Activate(ws, ReLU, 0, s.h, s.h))
	must(tb, s.fc2.Forward(s.logits, s.h, p[6], p[7]))
	loss, used, err := CrossEntropy(s.dlogits, s.logits, s.labels, Mixture{}, nil, 10, 0)
	must(tb, err)

	must(tb, CrossEntropyGrad(s.dlogits, s.dlogits, s.labels, Mixture{}, nil, 10, 0, 1/float32(used)))
	must(tb, s.fc2.Backward(s.dh, g[6], g[7], s.dlogits, nil, s.h, p[6]))
	must(tb, ActivateGrad(ws, ReLU, 0, s.dh, s.dh, nil, s.h))
	must(tb, s.fc1.Backward(s.da3, g[4], g[5], s.dh, nil, s.a3, p[4]))
	must(tb, s.pool.Backward(s.da2, s.da3))
	must(tb, ActivateGrad(ws, ReLU, 0, s.da2, s.da2, nil, s.a2))
	must(tb, s.conv2.Backward(s.da1, g[2], g[3], s.da2, nil, s.a1, p[2]))
	must(tb, ActivateGrad(ws, ReLU, 0, s.da1, s.da1, nil, s.a1))
	must(tb, s.conv1.Backward(nil, g[0], g[1], s.da1, nil, s.x, nil))

	s.step++
	adam := AdamStep{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: s.step}
	for i := range p {
		must(tb, Adam(ws, p[i], s.moments1[i], s.moments2[i], g[i], adam))
	}
	return loss
}

func TestCNNLearnsAndIgnoresWorkers(t *testing.T) {
	var want [3]float64
	for _, n := range []int{1, 3} {
		s := newCNNStep(t, 6, n)
		var losses [3]float64
		for i := range losses {
			losses[i] = s.run(t)
		}
		if n == 1 {
			want = losses
		}
		if losses != want {
			t.Errorf("losses with %d workers %v, with 1 %v", n, losses, want)
		}
		if !(losses[2] < losses[0]) {
			t.Errorf("losses %v do not fall", losses)
		}
	}
}

func BenchmarkCNNStep(b *testing.B) {
	s := newCNNStep(b, benchBatch, 1)
	for range 20 { // until the share of zeros is that of a network that learns
		s.run(b)
	}
	for b.Loop() {
		s.run(b)
	}
	b.ReportMetric(float64(b.N*benchBatch)/b.Elapsed().Seconds(), "images/s")
}
