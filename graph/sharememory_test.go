package graph

import (
	"maps"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// passesWithout returns the passes but the one of that name.
func passesWithout(name string) []pass {
	return slices.DeleteFunc(slices.Clone(passes), func(p pass) bool { return p.name == name })
}

// gradientsOf returns the operations of a session that write gradients, but not those without an own
// output, by the address of their memory.
func gradientsOf(s *session) map[any][]*op {
	list := map[any][]*op{}
	for _, n := range s.builder.graph.AllNodes() {
		if o, own := n.Op().(*op); own && o.bind != nil && !o.unwritten {
			var first any
			switch x := o.out.Data().(type) {
			case []float32:
				first = &x[0]
			case []float64:
				first = &x[0]
			}
			list[first] = append(list[first], o)
		}
	}
	return list
}

// spoilGradients fills the memory of all gradients with NaN, so that no operation can rely on what the last
// run has left there.
func spoilGradients(s *session) {
	for _, ops := range gradientsOf(s) {
		for _, o := range ops {
			switch x := o.out.Data().(type) {
			case []float32:
				for i := range x {
					x[i] = float32(math.NaN())
				}
			case []float64:
				for i := range x {
					x[i] = math.NaN()
				}
			}
		}
	}
}

// TestSharedMemory compares trainings with and without shared memory, bit for bit.
func TestSharedMemory(t *testing.T) {
	nets := maps.Clone(programNets)
	nets["operations of gorgonia"] = func(b *Builder, x *Node) *Node {
		x = b.Conv("conv1", x, 8, 3)
		return programHead(b, b.Add(x, gorgonia.Must(gorgonia.Square(b.Sigmoid(b.Conv("conv2", x, 8, 1))))))
	}
	nets["view"] = func(b *Builder, x *Node) *Node { // conv2 backward reads a view of the gradient that fc1 backward writes
		x = b.Conv("conv2", b.Tanh(b.Conv("conv1", x, 8, 3)), 8, 3, Same)
		s := x.Shape()
		return b.Dense("fc1", gorgonia.Must(gorgonia.Reshape(x, tensor.Shape{s[0], s[1] * s[2] * s[3]})), b.Classes())
	}
	nets["custom operation"] = func(b *Builder, x *Node) *Node {
		double := func(to, from *tensor.Dense) error {
			x, err := float64Values(from)
			for i := range x {
				x[i] *= 2
			}
			fill(to, x)
			return err
		}
		return programHead(b, b.Tanh(b.Apply("double", Op{
			Forward:  func(y *tensor.Dense, in []*tensor.Dense) error { return double(y, in[0]) },
			Backward: func(d []*tensor.Dense, dy, _ *tensor.Dense, _ []*tensor.Dense) error { return double(d[0], dy) },
		}, b.Tanh(b.Conv("conv1", x, 8, 3)))))
	}
	for name, net := range nets {
		for _, params := range []func(uint64) *Params{NewParams, NewParams64} {
			cfg := Config{Batch: 4, Height: 12, Width: 12, Channels: 1, Classes: 5}
			shared := newTraining(t, params(1), net, cfg)
			alone, err := compileTraining(params(1), net, cfg, passesWithout("share memory"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { alone.Close() })
			fill(alone.Input(), noise("images", 1<<16))
			fillLabels(alone)
			for step := range uint64(4) {
				spoilGradients(shared.session)
				rows := 4 - int(step)/2 // smaller batches at the end
				if got, want := mustStep(t, shared, rows, step), mustStep(t, alone, rows, step); got != want {
					t.Errorf("%s: step %d: loss %v, want %v", name, step, got, want)
				}
				want := gradients(t, alone)
				for param, got := range gradients(t, shared) {
					if !slices.Equal(got, want[param]) {
						t.Errorf("%s: step %d: the gradients of %s differ", name, step, param)
					}
				}
			}
			if n, all := len(gradientsOf(shared.session)), len(gradientsOf(alone.session)); n >= all {
				t.Errorf("%s: %d gradients lie in %d buffers, want fewer", name, all, n)
			}
		}
	}
}

// TestAssignBuffers checks which gradients share a buffer, and the largest of each buffer.
func TestAssignBuffers(t *testing.T) {
	var list []lifetime
	for _, g := range []struct{ size, first, last int }{
		{10, 0, 2}, // a
		{20, 1, 3}, // b
		{15, 2, 4}, // c: a is read as c is written
		{5, 3, 5},  // in the buffer of a, the only one that is free
		{18, 5, 6}, // in the buffer of b, which is large enough; that of c is not
		{30, 7, 8}, // in the buffer of b, the largest one, which grows
		{12, 7, 8}, // in the buffer of c
	} {
		o := &op{shape: tensor.Shape{g.size}, bind: func(*tensor.Dense) {}}
		list = append(list, lifetime{op: o, first: g.first, last: g.last})
	}
	assignBuffers[float32](list)
	buffers := map[*float32]int{}
	var got, sizes []int
	for _, l := range list {
		x := l.op.out.Data().([]float32)
		if len(x) != l.op.shape[0] {
			t.Errorf("a gradient has %d elements, want %d", len(x), l.op.shape[0])
		}
		if _, ok := buffers[&x[0]]; !ok {
			buffers[&x[0]] = len(sizes)
			sizes = append(sizes, 0)
		}
		b := buffers[&x[0]]
		got, sizes[b] = append(got, b), max(sizes[b], len(x))
	}
	if want := []int{0, 1, 2, 0, 1, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("buffers %v, want %v", got, want)
	}
	if want := []int{10, 30, 15}; !slices.Equal(sizes, want) {
		t.Errorf("sizes %v, want %v", sizes, want)
	}
}
