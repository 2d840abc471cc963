package kernel

import (
	"testing"
	"time"
)

// fusedStep is the training step of cnnStep with fused kernels. It times each part.
type fusedStep struct {
	*cnnStep
	conv1, conv2 *Conv[float32]
	fc1          *Dense[float32]
	spent        map[string]time.Duration
	last         time.Time
}

func newFusedStep(tb testing.TB, batch, workers int, winograd bool) *fusedStep {
	s := &fusedStep{cnnStep: newCNNStep(tb, batch, workers), spent: map[string]time.Duration{}}
	w1, w2, pool := square(28, 1, 3, 1), square(26, 32, 3, 1), square(24, 64, 2, 2)
	w1.N, w2.N, pool.N = batch, batch, batch
	var err [3]error
	s.conv1, err[0] = NewConv[float32](ConvShape{w1, 32, 1}, Fusion{ReLU: true}, s.workers)
	s.conv2, err[1] = NewConv[float32](ConvShape{w2, 64, 1}, Fusion{ReLU: true, Pool: &pool, Winograd: winograd}, s.workers)
	s.fc1, err[2] = NewDense[float32](batch, 9216, 128, true, s.workers)
	must(tb, firstError(err[:]...))
	return s
}

// lap adds the time since the last lap to a named part.
func (s *fusedStep) lap(name string) {
	now := time.Now()
	s.spent[name] += now.Sub(s.last)
	s.last = now
}

// run does one step and returns its loss.
func (s *fusedStep) run(tb testing.TB) float64 {
	p, g, ws := &s.params, &s.grads, s.workers
	s.last = time.Now()
	must(tb, s.conv1.Forward(s.a1, s.x, p[0], p[1]))
	s.lap("conv1.forward")
	must(tb, s.conv2.Forward(s.a3, s.a1, p[2], p[3]))
	s.lap("conv2.forward")
	must(tb, s.fc1.Forward(s.h, s.a3, p[4], p[5]))
	s.lap("fc1.forward")
	must(tb, s.fc2.Forward(s.logits, s.h, p[6], p[7]))
	loss, used, err := CrossEntropy(s.dlogits, s.logits, s.labels, Mixture{}, nil, 10, 0)
	must(tb, err)
	must(tb, CrossEntropyGrad(s.dlogits, s.dlogits, s.labels, Mixture{}, nil, 10, 0, 1/float32(used)))
	must(tb, s.fc2.Backward(s.dh, g[6], g[7], s.dlogits, nil, s.h, p[6]))
	s.lap("fc2+loss")
	must(tb, s.fc1.Backward(s.da3, g[4], g[5], s.dh, s.h, s.a3, p[4]))
	s.lap("fc1.backward")
	must(tb, s.conv2.Backward(s.da1, g[2], g[3], s.da3, s.a3, s.a1, p[2]))
	s.lap("conv2.backward")
	must(tb, s.conv1.Backward(nil, g[0], g[1], s.da1, s.a1, s.x, nil))
	s.lap("conv1.backward")
	s.step++
	adam := AdamStep{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: s.step}
	for i := range p {
		must(tb, Adam(ws, p[i], s.moments1[i], s.moments2[i], g[i], adam))
	}
	s.lap("adam")
	return loss
}

// Fused and separate kernels train alike, with the same bits for any number of workers.
func TestFusedStepIsTheStep(t *testing.T) {
	single, fused, workers := newCNNStep(t, 6, 1), newFusedStep(t, 6, 1, false), newFusedStep(t, 6, 3, false)
	for range 3 {
		want := single.run(t)
		got := fused.run(t)
		mustClose(t, "loss", []float64{got}, []float64{want}, 1e-4)
		if again := workers.run(t); again != got {
			t.Errorf("loss with 3 workers %v, with 1 %v", again, got)
		}
	}
}

// BenchmarkFusedStep reports the rate of a training step and the microseconds per image of each part.
func BenchmarkFusedStep(b *testing.B) {
	b.Run("direct", func(b *testing.B) { benchFusedStep(b, false) })
	b.Run("winograd", func(b *testing.B) { benchFusedStep(b, true) })
}

func benchFusedStep(b *testing.B, winograd bool) {
	s := newFusedStep(b, benchBatch, 1, winograd)
	for range 20 { // until the share of zeros is that of a network that learns
		s.run(b)
	}
	clear(s.spent)
	for b.Loop() {
		s.run(b)
	}
	for name, d := range s.spent {
		b.ReportMetric(float64(d.Microseconds())/float64(b.N*benchBatch), name+"-µs/image")
	}
	b.ReportMetric(float64(b.N*benchBatch)/b.Elapsed().Seconds(), "images/s")
}
