package graph

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
)

// branched has a residual block, a dropout in the block and one after it, a batch
// normalization, and a gorgonia operation.
func branched(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.Conv("conv1", x, 4, 3, Same)) // relu1
	y := b.Conv("conv2", b.Dropout(x, 0.2), 4, 3, Same)
	x = b.ReLU(b.Add(x, b.BatchNorm("bn2", y))) // relu2
	x = b.MaxPool(x, 2)
	x = gorgonia.Must(gorgonia.Tanh(x))
	x = b.Dropout(b.Flatten(x), 0.3)
	return b.Dense("fc2", b.ReLU(b.Dense("fc1", x, 16)), b.Classes())
}

func branchedConfig() Config {
	return Config{Batch: 6, Height: 8, Width: 8, Channels: 1, Classes: 3, Workers: 2}
}

func TestBoundary(t *testing.T) {
	for _, tc := range []struct {
		frozen string
		want   string
	}{
		{"none", ""},
		{"fc*", ""}, // the layers before them train
		{"conv1*", "relu1"},
		{"conv1* conv2*", "relu1 conv2"}, // bn2 trains and reads conv2; the sum reads relu1
		{"conv1* conv2* bn2*", "flatten1"},
		{"conv1* conv2* bn2* fc1*", "relu3"}, // the dropout before fc1 is disabled
	} {
		params := NewParams(1)
		if _, err := Describe(params, branched, branchedConfig()); err != nil {
			t.Fatal(err)
		}
		if err := params.Freeze(strings.Fields(tc.frozen)...); err != nil {
			t.Fatal(err)
		}
		layers, err := Boundary(params, branched, branchedConfig())
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(layers, " "); got != tc.want {
			t.Errorf("with %s frozen the boundary is %q, want %q", tc.frozen, got, tc.want)
		}
	}
}

// TestFrom checks that a session that starts from the boundary gives the same losses,
// gradients, statistics and logits as one that starts from the images, bit for bit.
func TestFrom(t *testing.T) {
	for _, frozen := range []string{"conv1*", "conv1* conv2*", "conv1* conv2* bn2*"} {
		params := NewParams(1)
		cfg := branchedConfig()
		images := newTraining(t, params, branched, cfg)
		mustStep(t, images, cfg.Batch, 0) // gives bn2 statistics
		if err := params.Freeze(strings.Fields(frozen)...); err != nil {
			t.Fatal(err)
		}
		layers, err := Boundary(params, branched, cfg)
		if err != nil {
			t.Fatal(err)
		}
		whole := newTraining(t, params, branched, cfg)
		below, err := NewActivations(params, branched, cfg, layers...)
		if err != nil {
			t.Fatal(err)
		}
		defer below.Close()
		cfg.From = layers
		above, err := NewTraining(params, branched, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer above.Close()
		fillLabels(above)
		fill(below.Input(), noise("images", 1<<16))
		if err := below.Run(); err != nil {
			t.Fatal(err)
		}
		for i, out := range below.Outputs() {
			in := above.Inputs()[i]
			if !in.Shape().Eq(out.Shape()) {
				t.Fatalf("the input for %s is %v, the output %v", layers[i], in.Shape(), out.Shape())
			}
			copy(in.Data().([]float32), out.Data().([]float32))
		}
		statistics := params.Get("bn2.running_mean").Portable()
		a := mustStep(t, whole, cfg.Batch, 3)
		first := params.Get("bn2.running_mean").Portable()
		for i, v := range statistics {
			valuesOf(params.Get("bn2.running_mean").value).set(i, float64(v))
		}
		b := mustStep(t, above, cfg.Batch, 3)
		if a != b {
			t.Errorf("%s frozen: the loss is %v from the images and %v from %v", frozen, a, b, layers)
		}
		if !slices.Equal(first, params.Get("bn2.running_mean").Portable()) {
			t.Errorf("%s frozen: the statistics differ", frozen)
		}
		if moved := !slices.Equal(first, statistics); moved != (params.Get("bn2.weight").Trainable()) {
			t.Errorf("%s frozen: the statistics changed is %v", frozen, moved)
		}
		for i, vg := range whole.Learned() {
			g, err := vg.Grad()
			if err != nil {
				t.Fatal(err)
			}
			h, err := above.Learned()[i].Grad()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(values(t, g), values(t, h)) {
				t.Errorf("%s frozen: the gradients with respect to %s differ", frozen, vg.(*gorgonia.Node).Name())
			}
		}
		eval := newEvaluation(t, params, branched, branchedConfig())
		fill(eval.Input(), noise("images", 1<<16))
		head, err := NewEvaluation(params, branched, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer head.Close()
		for i, out := range below.Outputs() {
			copy(head.Inputs()[i].Data().([]float32), out.Data().([]float32))
		}
		for _, s := range []*Evaluation{eval, head} {
			if err := s.Run(); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(values(t, eval.Logits()), values(t, head.Logits())) {
			t.Errorf("%s frozen: the logits differ", frozen)
		}
	}
}

func TestFromErrors(t *testing.T) {
	for _, tc := range []struct {
		from []string
		want string
	}{
		{[]string{"conv9"}, `there is no layer "conv9" to start from; there are conv1, relu1`},
		{[]string{"conv2"}, "not enough: the logits also depend on the images by another path"},
		{[]string{"relu2", "conv1"}, `do not depend on the layer "conv1"`},
	} {
		cfg := branchedConfig()
		cfg.From = tc.from
		if _, err := NewTraining(NewParams(1), branched, cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("from %v: error %v, want %s", tc.from, err, tc.want)
		}
	}
	for _, names := range [][]string{nil, {"conv9"}} {
		if _, err := NewActivations(NewParams(1), branched, branchedConfig(), names...); err == nil || !strings.Contains(err.Error(), "there are conv1, relu1") {
			t.Errorf("activations of %v: error %v", names, err)
		}
	}
}

// TestActivations compares the outputs of layers that fusion would not compute with those of
// a session without fusion.
func TestActivations(t *testing.T) {
	params, cfg := NewParams(1), branchedConfig()
	names := []string{"relu1", "conv1", "relu2", "conv2"}
	a, err := NewActivations(params, branched, cfg, names...)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	cfg.KeepValues = true
	e := newEvaluation(t, params, branched, cfg)
	fill(a.Input(), noise("images", 1<<16))
	if err := a.Run(); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(); err != nil {
		t.Fatal(err)
	}
	for i, out := range a.Outputs() {
		got, want := values(t, out), values(t, e.Node(names[i]).Value())
		for j := range want {
			if d := got[j] - want[j]; d > 1e-4 || d < -1e-4 {
				t.Fatalf("%s[%d] is %v, want %v", names[i], j, got[j], want[j])
			}
		}
	}
}

// TestFrozenDropout checks that a dropout before a frozen layer is off and a dropout between
// the frozen part and the trainable part is on.
func TestFrozenDropout(t *testing.T) {
	params, cfg := NewParams(1), branchedConfig()
	newTraining(t, params, branched, cfg)
	if err := params.Freeze("conv*", "bn2*"); err != nil {
		t.Fatal(err)
	}
	s := newTraining(t, params, branched, cfg)
	for name, want := range map[string]bool{"dropout1": false, "dropout2": true} {
		if got := isActiveDropout(s.Node(name)); got != want {
			t.Errorf("%s is active is %v, want %v", name, got, want)
		}
	}
}
