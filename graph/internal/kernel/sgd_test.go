package kernel

import (
	"math"
	"testing"
)

func TestSGDByHand(t *testing.T) {
	// Two steps with gradient 1 from p = 10, learning rate 1, momentum ½:
	// velocities 1 and 1.5; Nesterov steps 1+½·1 and 1+½·1.5; λ = 0.1 makes the
	// first plain gradient 2.
	for _, c := range []struct {
		name          string
		step          SGDStep
		first, second float64
	}{
		{"plain", SGDStep{LearningRate: 1}, 9, 8},
		{"momentum", SGDStep{LearningRate: 1, Momentum: 0.5}, 9, 7.5},
		{"nesterov", SGDStep{LearningRate: 1, Momentum: 0.5, Nesterov: true}, 8.5, 6.75},
		{"decay", SGDStep{LearningRate: 1, WeightDecay: 0.1}, 8, 6.2},
		{"momentum and decay", SGDStep{LearningRate: 1, Momentum: 0.5, WeightDecay: 0.1}, 8, 5.2},
	} {
		p, velocity, g := []float64{10}, make([]float64, 1), []float64{1}
		must(t, SGD(nil, p, velocity, g, c.step))
		mustClose(t, c.name+" first", p, []float64{c.first}, 1e-15)
		must(t, SGD(nil, p, velocity, g, c.step))
		mustClose(t, c.name+" second", p, []float64{c.second}, 1e-15)
	}
}

func TestSGDSameBitsForAnyWorkers(t *testing.T) {
	for _, step := range []SGDStep{
		{LearningRate: 0.1, WeightDecay: 1e-4},
		{LearningRate: 0.1, Momentum: 0.9, WeightDecay: 1e-4, Nesterov: true},
	} {
		var first []float32
		for _, n := range workerCounts {
			r := newRand(26)
			p, velocity, g := normal[float32](r, workersSize), normal[float32](r, workersSize), normal[float32](r, workersSize)
			if step.Momentum == 0 {
				velocity = nil
			}
			must(t, SGD(NewWorkers(n), p, velocity, g, step))
			if n == 1 {
				first = p
			}
			mustSameBits(t, "p", p, first)
		}
	}
}

func TestSGDErrors(t *testing.T) {
	x := make([]float32, 2)
	for _, mu := range []float64{-0.1, 1, math.NaN()} {
		mustFail(t, SGD(nil, x, x, x, SGDStep{Momentum: mu}), "sgd: momentum is")
	}
	mustFail(t, SGD(nil, x, x, x, SGDStep{Nesterov: true}), "Nesterov with momentum 0")
	mustFail(t, SGD(nil, x, x, x[1:], SGDStep{}), "g has 1")
	mustFail(t, SGD(nil, x, nil, x, SGDStep{Momentum: 0.9}), "velocity has 0")
	mustFail(t, SGD(nil, x, x[1:], x, SGDStep{}), "velocity has 1")
	mustNotAllocate(t, "SGD", func() error { return SGD(nil, x, x, x, SGDStep{Momentum: 0.9, Nesterov: true}) })
}
