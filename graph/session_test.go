package graph

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// smallNet has layers of most kinds.
func smallNet(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.BatchNorm("bn1", b.Conv("conv1", x, 8, 3, Same, NoBias)))
	y := b.GELU(b.Conv("conv2", x, 8, 3, Pad(1), Groups(2)))
	x = b.MaxPool(b.Add(x, y), 2)
	x = b.Concat(x, b.AvgPool(b.SiLU(b.Conv("conv3", x, 4, 1)), 3, Stride(1), Pad(1)))
	x = b.Dropout(b.Tanh(b.Dense("fc1", b.Flatten(x), 20)), 0.25)
	return b.Dense("fc2", b.LeakyReLU(x, 0.01), b.Classes())
}

func smallConfig(batch int) Config {
	return Config{Batch: batch, Height: 12, Width: 12, Channels: 1, Classes: 5, Workers: 2, Loss: Loss{Smoothing: 0.1, L2: 0.01}}
}

// newTraining compiles net and fills its batch with noise.
func newTraining(t testing.TB, params *Params, net Net, cfg Config) *Training {
	t.Helper()
	s, err := NewTraining(params, net, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	fill(s.Input(), noise("images", 1<<16))
	fillLabels(s)
	return s
}

func fillLabels(s *Training) {
	for i := range s.Labels() {
		s.Labels()[i] = int32(i % s.Builder().Classes())
	}
}

func newEvaluation(t testing.TB, params *Params, net Net, cfg Config) *Evaluation {
	t.Helper()
	s, err := NewEvaluation(params, net, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	fill(s.Input(), noise("images", 1<<16))
	return s
}

func mustStep(t testing.TB, s *Training, rows int, step uint64) float64 {
	t.Helper()
	loss, err := s.Step(rows, step)
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

// gradients returns the gradients of the last step by name.
func gradients(t testing.TB, s *Training) map[string][]float64 {
	t.Helper()
	m := map[string][]float64{}
	for _, vg := range s.Learned() {
		g, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		m[vg.(*gorgonia.Node).Name()] = values(t, g)
	}
	return m
}

// descend makes a step of gradient descent.
func descend(t testing.TB, s *Training, rate float64) {
	t.Helper()
	d := gradients(t, s)
	for _, vg := range s.Learned() {
		p := vg.Value().(*tensor.Dense)
		v := values(t, p)
		for i, g := range d[vg.(*gorgonia.Node).Name()] {
			v[i] -= rate * g
		}
		fill(p, v)
	}
}

// TestPartialBatch checks that a step on the first rows of a batch equals a step on a smaller
// batch, whatever the other rows hold.
func TestPartialBatch(t *testing.T) {
	part, whole := newTraining(t, NewParams64(1), smallNet, smallConfig(8)), newTraining(t, NewParams64(1), smallNet, smallConfig(5))
	images := part.Input().Data().([]float64)
	for i := 5 * 144; i < len(images); i++ {
		images[i] = 1e3
	}
	for step := range uint64(3) {
		a, c := mustStep(t, part, 5, step), mustStep(t, whole, 5, step)
		mustClose(t, fmt.Sprint("loss of step ", step), []float64{a}, []float64{c}, 1e-13)
		want := gradients(t, whole)
		for name, got := range gradients(t, part) {
			mustClose(t, "gradient with respect to "+name, got, want[name], 1e-12)
		}
		descend(t, part, 0.1)
		descend(t, whole, 0.1)
	}
	for _, p := range part.Builder().Params().All() {
		mustClose(t, p.Name(), values(t, p.Value()), values(t, whole.Builder().Params().Get(p.Name()).Value()), 1e-12)
	}
}

// TestWorkers checks that the number of workers changes no bit.
func TestWorkers(t *testing.T) {
	type result struct {
		losses []float64
		d      map[string][]float64
		logits []float64
	}
	run := func(workers int) result {
		cfg := smallConfig(48)
		cfg.Height, cfg.Width, cfg.Workers = 20, 20, workers
		params := NewParams(1)
		s := newTraining(t, params, smallNet, cfg)
		var r result
		for step := range uint64(3) {
			r.losses = append(r.losses, mustStep(t, s, 48, step))
			r.d = gradients(t, s)
			descend(t, s, 0.1)
		}
		e := newEvaluation(t, params, smallNet, cfg)
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}
		r.logits = values(t, e.Logits())
		return r
	}
	one := run(1)
	for _, workers := range []int{2, 3, 7} {
		many := run(workers)
		if !slices.Equal(one.losses, many.losses) || !slices.Equal(one.logits, many.logits) {
			t.Errorf("%d workers: losses %v, with one %v", workers, many.losses, one.losses)
		}
		for name, d := range one.d {
			if !slices.Equal(d, many.d[name]) {
				t.Errorf("%d workers: the gradient with respect to %s differs from that with one", workers, name)
			}
		}
	}
}

// TestPrecisions checks that float32 and float64 give the same results up to rounding.
func TestPrecisions(t *testing.T) {
	single, double := newTraining(t, NewParams(1), smallNet, smallConfig(6)), newTraining(t, NewParams64(1), smallNet, smallConfig(6))
	for step := range uint64(2) {
		a, c := mustStep(t, single, 6, step), mustStep(t, double, 6, step)
		mustClose(t, "loss", []float64{a}, []float64{c}, 1e-5)
		want := gradients(t, double)
		for name, got := range gradients(t, single) {
			mustClose(t, "gradient with respect to "+name, got, want[name], 2e-5)
		}
		mustClose(t, "logits", values(t, single.Logits()), values(t, double.Logits()), 2e-5)
		descend(t, single, 0.1)
		descend(t, double, 0.1)
	}
}

// TestRepeatedStep checks that a step changes running statistics and nothing else: repeating
// it gives the same result, although the TapeMachine may overwrite values.
func TestRepeatedStep(t *testing.T) {
	s := newTraining(t, NewParams(1), smallNet, smallConfig(6))
	first := mustStep(t, s, 6, 1)
	d := gradients(t, s)
	params := map[string][]float64{}
	for _, p := range s.Builder().Params().All() {
		params[p.Name()] = values(t, p.Value())
	}
	if other := mustStep(t, s, 6, 2); other == first {
		t.Error("steps 1 and 2 have the same loss: dropout does not depend on the step")
	}
	if again := mustStep(t, s, 6, 1); again != first {
		t.Errorf("loss %v, then %v", first, again)
	}
	for name, got := range gradients(t, s) {
		if !slices.Equal(got, d[name]) {
			t.Errorf("the gradient with respect to %s has changed", name)
		}
	}
	for _, p := range s.Builder().Params().All() {
		if same := slices.Equal(values(t, p.Value()), params[p.Name()]); same == p.Statistic() {
			t.Errorf("%s: unchanged is %v after a step", p, same)
		}
	}
}

// TestEvaluationSeesTraining checks that sessions of any batch size share the parameters, and
// that an evaluation changes none of them.
func TestEvaluationSeesTraining(t *testing.T) {
	params := NewParams64(1)
	cfg := smallConfig(8)
	cfg.Loss = Loss{}
	s := newTraining(t, params, smallNet, cfg)
	one, many := newEvaluation(t, params, smallNet, smallConfig(1)), newEvaluation(t, params, smallNet, smallConfig(4))
	logits := func(e *Evaluation) []float64 {
		t.Helper()
		if err := e.Run(); err != nil {
			t.Fatal(err)
		}
		return values(t, e.Logits())
	}
	before := logits(many)
	mustClose(t, "logits of one image", logits(one), before[:5], 1e-14)
	loss := mustStep(t, s, 8, 0)
	for step := range uint64(40) {
		descend(t, s, 0.1)
		mustStep(t, s, 8, step+1)
	}
	if last := mustStep(t, s, 8, 0); !(last < loss/2) {
		t.Errorf("training does not learn eight images: loss %v, then %v", loss, last)
	}
	stored := params.Get("bn1.running_mean").Portable()
	after := logits(many)
	if slices.Equal(before, after) {
		t.Error("the evaluation does not see the training")
	}
	mustClose(t, "logits of one image", logits(one), after[:5], 1e-14)
	if !slices.Equal(stored, params.Get("bn1.running_mean").Portable()) {
		t.Error("the evaluation changed a statistic")
	}
	if n := len(params.All()); n != len(params.Names()) || n != 13 {
		t.Errorf("%d parameters, want 13: %v", n, params.Names())
	}
}

// TestUnusedGradients checks, by counting the nodes of an output's shape, that no gradients are
// computed with respect to the images and inside the frozen part.
func TestUnusedGradients(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Conv("conv1", x, 3, 3)                   // 2 9 9 3
		x = b.BatchNorm("bn", b.MaxPool(b.ReLU(x), 2)) // 2 4 4 3
		x = b.Conv("conv2", x, 4, 3)                   // 2 2 2 4
		return b.Dense("fc", b.Flatten(x), 5)
	}
	cfg := Config{Batch: 2, Height: 11, Width: 11, Channels: 1, Classes: 5, Workers: 1}
	count := func(s *Training, shape ...int) (n int) {
		for _, node := range s.Builder().Graph().AllNodes() {
			if node.Shape().Eq(tensor.Shape(shape)) {
				n++
			}
		}
		return n
	}
	for _, tc := range []struct {
		name   string
		frozen []string
		shape  []int
		least  int // number of nodes of that shape without gradients
		more   bool
	}{
		{"images", nil, []int{2, 11, 11, 1}, 1, false},
		{"first layer", nil, []int{2, 9, 9, 3}, 2, true},
		{"frozen first weight", []string{"conv1.weight"}, []int{3, 3, 1, 3}, 1, false},
		{"the trainable bias of a layer with a frozen weight", []string{"conv1.weight"}, []int{2, 9, 9, 3}, 2, true},
		{"frozen layer", []string{"conv1.weight", "conv1.bias"}, []int{2, 9, 9, 3}, 2, false},
		{"batch normalization after a frozen layer", []string{"conv1.weight", "conv1.bias"}, []int{2, 4, 4, 3}, 3, false}, // output of maxpool and of bn, and its gradient
		{"frozen below the head", []string{"conv1.weight", "conv1.bias", "bn.weight", "bn.bias", "conv2.weight", "conv2.bias"}, []int{2, 2, 2, 4}, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			params := NewParams(1)
			newTraining(t, params, net, cfg)
			for _, name := range tc.frozen {
				params.Get(name).frozen = true
			}
			s := newTraining(t, params, net, cfg)
			if n := count(s, tc.shape...); n < tc.least || (n > tc.least) != tc.more {
				t.Errorf("%d nodes of shape %v, %d are needed, more is %v", n, tc.shape, tc.least, tc.more)
			}
			before := map[string][]float32{}
			for _, name := range tc.frozen {
				before[name] = params.Get(name).Portable()
			}
			mustStep(t, s, 2, 0)
			descend(t, s, 0.1)
			for _, vg := range s.Learned() {
				if name := vg.(*gorgonia.Node).Name(); slices.Contains(tc.frozen, name) {
					t.Errorf("frozen %s is learned", name)
				}
			}
			for name, v := range before {
				if !slices.Equal(v, params.Get(name).Portable()) {
					t.Errorf("frozen %s changed", name)
				}
			}
		})
	}
}

// TestWarmStepAllocations limits what a step allocates after the first one: the TapeMachine
// allocates some bytes for each node, but no operation allocates a tensor. The outputs of this
// net have up to 100 KB.
func TestWarmStepAllocations(t *testing.T) {
	cfg := smallConfig(32)
	cfg.Workers = 1
	s := newTraining(t, NewParams(1), smallNet, cfg)
	e := newEvaluation(t, NewParams(1), smallNet, cfg)
	for _, tc := range []struct {
		name  string
		graph *gorgonia.ExprGraph
		run   func() error
	}{
		{"training", s.Builder().Graph(), func() error { _, err := s.Step(32, 1); return err }},
		{"evaluation", e.Builder().Graph(), e.Run},
	} {
		var err error
		run := func() {
			if e := tc.run(); e != nil {
				err = e
			}
		}
		run()
		allocations := testing.AllocsPerRun(10, run)
		var before, after runtime.MemStats
		const runs = 10
		runtime.ReadMemStats(&before)
		for range runs {
			run()
		}
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		nodes := len(tc.graph.AllNodes())
		bytes := int(after.TotalAlloc-before.TotalAlloc) / runs
		t.Logf("%s: %v allocations, %d bytes, %d nodes", tc.name, allocations, bytes, nodes)
		if allocations > float64(8*nodes) {
			t.Errorf("%s: %v allocations for %d nodes, want at most 8 each", tc.name, allocations, nodes)
		}
		if bytes > 400*nodes {
			t.Errorf("%s: %d bytes for %d nodes, want at most 400 each", tc.name, bytes, nodes)
		}
	}
}

func TestSessionAccess(t *testing.T) {
	params := NewParams(1)
	s := newTraining(t, params, smallNet, smallConfig(3))
	if s.Node("conv2") == nil || s.Node("conv2").Name() != "conv2" || s.Node("conv9") != nil {
		t.Errorf("nodes %v and %v", s.Node("conv2"), s.Node("conv9"))
	}
	loss := mustStep(t, s, 3, 0)
	if got := values(t, s.Loss().Value()); got[0] != loss {
		t.Errorf("the loss node holds %v, the step gave %v", got, loss)
	}
	var names []string
	for _, vg := range s.Learned() {
		names = append(names, vg.(*gorgonia.Node).Name())
	}
	want := slices.DeleteFunc(params.Names(), func(name string) bool { return params.Get(name).Statistic() })
	if !slices.Equal(names, want) {
		t.Errorf("learned %v, want %v", names, want)
	}
	if !s.Logits().Shape().Eq(tensor.Shape{3, 5}) || !s.Input().Shape().Eq(tensor.Shape{3, 12, 12, 1}) || len(s.Labels()) != 3 {
		t.Errorf("logits %v, input %v, %d labels", s.Logits().Shape(), s.Input().Shape(), len(s.Labels()))
	}
}

// TestConfigL2 checks that Config.L2 penalizes every weight, whatever the names of the layers,
// and no bias.
func TestConfigL2(t *testing.T) {
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.BatchNorm("block/bn", b.Conv("block/conv", x, 2, 3, Bias(Ones)))
		return b.Dense("fc", b.Flatten(x), 5, Bias(Ones))
	}
	cfg := Config{Batch: 2, Height: 4, Width: 4, Channels: 1, Classes: 5, Workers: 1}
	plain := mustStep(t, newTraining(t, NewParams64(1), net, cfg), 2, 0)
	cfg.Loss.L2 = 0.5
	params := NewParams64(1)
	s := newTraining(t, params, net, cfg)
	want := plain
	for _, name := range []string{"block/conv.weight", "fc.weight"} {
		for _, w := range values(t, params.Get(name).Value()) {
			want += 0.25 * w * w
		}
	}
	mustClose(t, "loss", []float64{mustStep(t, s, 2, 0)}, []float64{want}, 1e-14)
}

func TestDescribe(t *testing.T) {
	params := NewParams(1)
	layers, err := Describe(params, smallNet, smallConfig(64))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range layers {
		got = append(got, fmt.Sprint(l.Name, " ", l.Output))
	}
	want := []string{"conv1 (1, 12, 12, 8)", "bn1 (1, 12, 12, 8)", "relu1 (1, 12, 12, 8)", "conv2 (1, 12, 12, 8)", "gelu1 (1, 12, 12, 8)",
		"add1 (1, 12, 12, 8)", "maxpool1 (1, 6, 6, 8)", "conv3 (1, 6, 6, 4)", "silu1 (1, 6, 6, 4)", "avgpool1 (1, 6, 6, 4)",
		"concat1 (1, 6, 6, 12)", "flatten1 (1, 432)", "fc1 (1, 20)", "tanh1 (1, 20)", "dropout1 (1, 20)", "leakyrelu1 (1, 20)", "fc2 (1, 5)"}
	if !slices.Equal(got, want) {
		t.Errorf("layers\n%q\nwant\n%q", got, want)
	}
	if len(params.All()) == 0 {
		t.Error("Describe created no parameter")
	}
	if _, err := Describe(params, nil, smallConfig(1)); err == nil {
		t.Error("no network, no error")
	}
}
