// Package docs_test holds the code in the documents and checks that both agree.
package docs_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
	"inkstone/train/schedule"
)

var _ = model.Register("wide", "one convolution with many filters", Wide)

// Wide has one convolution.
func Wide(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.Conv("conv1", x, 16, 5))
	x = b.MaxPool(x, 4)
	return b.Dense("fc1", b.Flatten(x), b.Classes())
}

// separable convolves each channel by itself and then mixes the channels at each pixel.
func separable(b *graph.Builder, name string, x *gorgonia.Node, filters, size int) *gorgonia.Node {
	channels := x.Shape()[3]
	x = b.Conv(name+".depth", x, channels, size, graph.Groups(channels), graph.Same, graph.NoBias)
	return b.Conv(name+".point", x, filters, 1)
}

// attend multiplies each channel by a factor that follows from the maxima of all channels.
func attend(b *graph.Builder, name string, x *gorgonia.Node) *gorgonia.Node {
	factor := b.Sigmoid(b.Dense(name, b.Max(x, 1, 2), x.Shape()[3])) // batch, channels
	return b.Mul(x, factor)
}

// scale multiplies each unit by a learned factor.
func scale(b *graph.Builder, name string, x *gorgonia.Node) *gorgonia.Node {
	w := b.Param(name+".weight", graph.Ones, 1, x.Shape()[1])
	return gorgonia.Must(gorgonia.BroadcastHadamardProd(x, w, nil, []byte{0})) // along axis 0, the batch
}

func separableNet(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = attend(b, "attend1", b.Tanh(separable(b, "sep1", b.Conv("conv1", x, 3, 3), 4, 3)))
	x = b.Tanh(scale(b, "scale1", b.Dense("fc1", b.Flatten(x), 6)))
	return b.Dense("fc2", x, b.Classes())
}

// mish is x·tanh(log(1+exp(x))): Misra, arXiv:1908.08681.
var mish = graph.Op{
	Elementwise: true,
	Forward: func(y *tensor.Dense, in []*tensor.Dense) error {
		each(y, in[0], in[0], func(x, _ float64) float64 { return x * math.Tanh(math.Log1p(math.Exp(x))) })
		return nil
	},
	Backward: func(d []*tensor.Dense, dy, _ *tensor.Dense, in []*tensor.Dense) error {
		each(d[0], in[0], dy, func(x, up float64) float64 {
			t := math.Tanh(math.Log1p(math.Exp(x)))
			return up * (t + x*(1-t*t)/(1+math.Exp(-x)))
		})
		return nil
	},
}

// each sets out[i] to f(a[i], b[i]), for either type of elements.
func each(out, a, b *tensor.Dense, f func(a, b float64) float64) {
	switch out := out.Data().(type) {
	case []float32:
		a, b := a.Data().([]float32), b.Data().([]float32)
		for i := range out {
			out[i] = float32(f(float64(a[i]), float64(b[i])))
		}
	case []float64:
		a, b := a.Data().([]float64), b.Data().([]float64)
		for i := range out {
			out[i] = f(a[i], b[i])
		}
	}
}

func mishNet(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.Apply("mish", mish, b.Dense("fc1", b.Flatten(x), 8))
	return b.Dense("fc2", x, b.Classes())
}

func TestMish(t *testing.T) {
	cfg := graph.Config{Batch: 4, Height: 6, Width: 6, Channels: 1, Classes: 3}
	if err := graph.CheckGradients(mishNet, cfg); err != nil {
		t.Error(err)
	}
}

// truncatedNormal draws from the normal distribution with standard deviation sqrt(1/in). It
// draws again if a value is more than two standard deviations from 0.
func truncatedNormal(values []float64, fan graph.Fan, r *rand.Rand) {
	for i := range values {
		v := r.NormFloat64()
		for math.Abs(v) > 2 {
			v = r.NormFloat64()
		}
		values[i] = v * math.Sqrt(1/float64(fan.In))
	}
}

func truncatedNet(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Dense("fc1", b.Flatten(x), b.Classes(), graph.Weights(truncatedNormal))
}

// centralized subtracts the mean from the gradient of each unit of a matrix or kernel before
// another optimizer's step: Yong et al., "Gradient centralization", arXiv:2004.01461.
type centralized struct{ solver.Solver }

func (c centralized) Step(params []gorgonia.ValueGrad) error {
	for _, p := range params {
		grad, err := p.Grad()
		if err != nil {
			return err
		}
		shape := grad.Shape()
		if len(shape) < 2 {
			continue
		}
		g := grad.Data().([]float32)
		units := shape[len(shape)-1] // the mean is over all axes but the last
		for u := range units {
			var sum float32
			for i := u; i < len(g); i += units {
				sum += g[i]
			}
			for i := u; i < len(g); i += units {
				g[i] -= sum * float32(units) / float32(len(g))
			}
		}
	}
	return c.Solver.Step(params)
}

func (c centralized) String() string { return "centralized " + c.Solver.String() }

func newCentralized(rate float64) (solver.Solver, error) {
	adam, err := solver.NewAdam(rate, 0)
	return centralized{adam}, err
}

// trapezoid rises in the first tenth of the run and falls in its second half.
func trapezoid(step, total int) float64 {
	progress := float64(step+1) / float64(total)
	return min(1, progress/0.1, max(0, (1-progress)/0.5))
}

var trapezoidal = schedule.New("trapezoid", trapezoid)

// bars are images of a bright row (class 0) or a bright column (class 1).
func bars(images int, seed uint64) (*data.Set, error) {
	const side = 8
	r := rand.New(rand.NewPCG(seed, 0))
	pixels, labels := make([]byte, images*side*side), make([]byte, images)
	for n := range images {
		labels[n] = byte(n % 2)
		line := r.IntN(side)
		for i := range side {
			y, x := line, i
			if labels[n] == 1 {
				y, x = i, line
			}
			pixels[(n*side+y)*side+x] = byte(128 + r.IntN(128))
		}
	}
	return data.New("bars", "a program", side, side, []string{"row", "column"}, pixels, labels)
}

// speckle sets one pixel in fifty to full brightness.
func speckle(pixels []byte, r *rand.Rand) {
	for i := range pixels {
		if r.IntN(50) == 0 {
			pixels[i] = 255
		}
	}
}

// stopBelow ends a run once the training loss is low enough.
func stopBelow(loss float64) train.Callback {
	return train.Callback{Epoch: func(e train.Epoch) error {
		if e.TrainLoss < loss {
			return train.ErrStop
		}
		return nil
	}}
}

// settings are the defaults with batches of 16.
func settings(epochs int) train.Config {
	cfg := train.Defaults()
	cfg.Epochs, cfg.Batch = epochs, 16
	return cfg
}

// A registered model trains, is saved, is loaded and is fine-tuned.
func TestModel(t *testing.T) {
	training, test, err := mnist.Load(t.Context(), mnist.Options{Name: mnist.Builtin, Limit: 600, TestLimit: 200})
	if err != nil {
		t.Fatal(err)
	}
	m := must(model.New(model.Spec{Preset: "wide", Seed: 1, Height: 28, Width: 28, Classes: model.Digits()}))(t)
	if _, err := train.Fit(t.Context(), m, training, nil, settings(4)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := must(model.Load(path))(t)
	r := must(train.Evaluate(t.Context(), loaded, test, 0))(t)
	if r.Accuracy < 0.6 {
		t.Errorf("the model learns nothing: %v", r)
	}

	// It learns another task, the first five classes, with its convolution frozen.
	few, err := training.Select([]int{0, 1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	tuned, transfer, err := model.Start{Path: path, Classes: few.Classes()}.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := tuned.Freeze(); err != nil {
		t.Fatal(err)
	}
	before := tuned.Params.Get("conv1.weight").Portable()
	h := must(train.Fit(t.Context(), tuned, few, nil, settings(3)))(t)
	if last := h.Epochs[2]; last.TrainAccuracy < 0.8 || !slices.Equal(before, tuned.Params.Get("conv1.weight").Portable()) {
		t.Errorf("fine-tuned to %v, or the frozen convolution changed\n%v", last, transfer)
	}
}

func TestLayers(t *testing.T) {
	cfg := graph.Config{Batch: 4, Height: 6, Width: 6, Channels: 1, Classes: 3}
	if err := graph.CheckGradients(separableNet, cfg); err != nil {
		t.Error(err)
	}
	layers := must(graph.Describe(graph.NewParams(1), separableNet, cfg))(t)
	var names []string
	for _, l := range layers {
		names = append(names, l.Name)
	}
	want := []string{"conv1", "sep1.depth", "sep1.point", "tanh1", "max1", "attend1", "sigmoid1", "mul1", "flatten1", "fc1", "scale1.weight", "tanh2", "fc2"}
	if !slices.Equal(names, want) {
		t.Errorf("layers %v, want %v", names, want)
	}
}

func TestInitializer(t *testing.T) {
	params := graph.NewParams(1)
	if _, err := graph.Describe(params, truncatedNet, graph.Config{Height: 8, Width: 8, Channels: 1, Classes: 10}); err != nil {
		t.Fatal(err)
	}
	w := params.Get("fc1.weight").Portable()
	if most := float64(slices.Max(w)); most > 2.0/8+1e-6 || most < 0.2 {
		t.Errorf("the largest weight is %v, want nearly 2/8", most)
	}
}

// A run with the optimizer, the schedule or the distortion learns, differs from a run without
// it, and can be repeated. The callback stops a run.
func TestTraining(t *testing.T) {
	training, validation := must(bars(64, 1))(t), must(bars(40, 2))(t)
	run := func(change func(c *train.Config)) (*model.Model, *train.History) {
		m := must(model.New(model.Spec{Preset: "wide", Seed: 1, Height: 8, Width: 8, Classes: training.Classes()}))(t)
		cfg := settings(6)
		change(&cfg)
		return m, must(train.Fit(t.Context(), m, training, validation, cfg))(t)
	}
	plain, _ := run(func(*train.Config) {})
	for name, change := range map[string]func(c *train.Config){
		"optimizer": func(c *train.Config) { c.Solver = must(newCentralized(0.002))(t) },
		"schedule":  func(c *train.Config) { c.Schedule = trapezoidal },
		"distort":   func(c *train.Config) { c.Distort = speckle },
	} {
		one, h := run(change)
		two, _ := run(change)
		if text(t, one) == text(t, plain) {
			t.Errorf("%s: the model is that of a run without it", name)
		}
		if text(t, one) != text(t, two) {
			t.Errorf("%s: the same run again ends with another model", name)
		}
		if last := h.Epochs[len(h.Epochs)-1]; !(last.TrainLoss < h.Epochs[0].TrainLoss) {
			t.Errorf("%s: the loss does not fall: %v, then %v", name, h.Epochs[0].TrainLoss, last.TrainLoss)
		}
	}
	if _, h := run(func(c *train.Config) { c.Callbacks = []train.Callback{stopBelow(1e9)} }); len(h.Epochs) != 1 {
		t.Errorf("%d epochs, want the callback to stop after one", len(h.Epochs))
	}
	if s := must(newCentralized(0.01))(t).String(); !strings.HasPrefix(s, "centralized adam (learning rate 0.01") {
		t.Errorf("the optimizer is called %s", s)
	}
	for step, want := range map[int]float64{0: 0.1, 9: 1, 49: 1, 74: 0.5, 99: 0} {
		if got := trapezoidal.Factor(step, 100, nil); math.Abs(got-want) > 1e-12 {
			t.Errorf("the factor at step %d is %v, want %v", step, got, want)
		}
	}
}

func text(t *testing.T, m *model.Model) string {
	t.Helper()
	var b strings.Builder
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
