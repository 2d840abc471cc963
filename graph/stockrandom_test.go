package graph

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/internal/longtest"
)

// stockSteps are the operations of random networks: from a node h and another one of the
// same shape or h itself. They return an error where they do not apply.
var stockSteps = []func(b *Builder, r *rand.Rand, h, other *gorgonia.Node) (*gorgonia.Node, error){
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Tanh(h) },
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Square(h) },
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Sigmoid(h)
	},
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.SoftMax(h)
	},
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Add(h, gorgonia.NewConstant(1.5))
	},
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Sub(gorgonia.NewConstant(1.5), h)
	},
	func(_ *Builder, _ *rand.Rand, h, other *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.HadamardProd(h, other)
	},
	func(_ *Builder, _ *rand.Rand, h, other *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Add(other, h)
	},
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Concat(1, h)
	},
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		s := h.Shape()
		return gorgonia.Reshape(h, tensor.Shape{s[0], s.TotalSize() / s[0]})
	},
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		if h.Dims() != 4 {
			return nil, errors.New("no image")
		}
		return gorgonia.Transpose(h, 0, 3, 1, 2)
	},
	func(_ *Builder, r *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		if h.Dims() < 3 {
			return nil, errors.New("a matrix")
		}
		return gorgonia.Mean(h, 1+r.IntN(h.Dims()-1))
	},
	func(_ *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		if h.Shape()[1] < 3 {
			return nil, errors.New("too small")
		}
		return gorgonia.Slice(h, nil, span{0, 2})
	},
	func(b *Builder, r *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		shape, axes := h.Shape().Clone(), []byte{0}
		shape[0] = 1
		for a := 1; a < len(shape); a++ {
			if r.IntN(2) == 0 {
				shape[a] = 1
				axes = append(axes, byte(a))
			}
		}
		return gorgonia.BroadcastHadamardProd(h, b.Param(fmt.Sprint("w", len(b.layers)), gaussian, shape...), nil, axes)
	},
	func(b *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) { return b.Tanh(h), nil },
	func(b *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) { return b.Mul(h, h), nil },
	func(b *Builder, _ *rand.Rand, h, _ *gorgonia.Node) (*gorgonia.Node, error) {
		return b.Scale(fmt.Sprint("scale", len(b.layers)), h), nil
	},
}

// randomStockNet returns a network of a convolution and two to eight random steps, whose
// last two outputs count.
func randomStockNet(seed uint64) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		r := rand.New(rand.NewPCG(seed, 9))
		nodes := []*gorgonia.Node{b.Conv("conv1", x, 2+r.IntN(3), 3)}
		for range 2 + r.IntN(7) {
			h := nodes[len(nodes)-1-r.IntN(min(2, len(nodes)))]
			other := nodes[r.IntN(len(nodes))]
			if !other.Shape().Eq(h.Shape()) {
				other = h
			}
			if y, err := stockSteps[r.IntN(len(stockSteps))](b, r, h, other); err == nil {
				nodes = append(nodes, y)
			}
		}
		var ends []*gorgonia.Node
		for _, y := range nodes[max(0, len(nodes)-2):] {
			for y.Dims() > 2 {
				y = b.Sum(y, y.Dims()-1)
			}
			ends = append(ends, y)
		}
		return b.Dense("fc", b.Concat(append(ends, ends[0])...), b.Classes())
	}
}

// TestRandomStockNetworks checks that a network of random operations is either refused or
// right: its gradients are those of finite differences, and in evaluation the machine
// computes what the operations compute one by one.
func TestRandomStockNetworks(t *testing.T) {
	accepted, refused := 0, 0
	networks := longtest.Cases(50, 150)
	for seed := range uint64(networks) {
		net, cfg := randomStockNet(seed), Config{Batch: 2 + int(seed%2), Height: 5, Width: 6, Channels: 1, Classes: 3}
		params := NewParams64(1)
		err := CheckOps(params, net, cfg)
		if err == nil {
			err = CheckGradients(net, cfg)
		}
		if err != nil {
			switch {
			case strings.Contains(err.Error(), "gorgonia's"):
				refused++
			case !strings.Contains(err.Error(), "its output is used by no other layer"):
				t.Errorf("network %d: %v", seed, err)
			}
			continue
		}
		accepted++
		s, err := NewEvaluation(params, net, cfg)
		if err != nil {
			t.Fatal(err)
		}
		fill(s.Input(), noise("images", 1000))
		want, err := s.builder.evaluate(s.logits)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Run(); err != nil {
				t.Fatal(err)
			}
			mustClose(t, fmt.Sprint("logits of network ", seed), elementsOf(s.Logits()), elementsOf(want[s.logits]), 1e-12)
		}
		s.Close()
	}
	if accepted < networks/3 || refused < networks/8 {
		t.Errorf("%d networks are accepted and %d refused, which shows little", accepted, refused)
	}
}
