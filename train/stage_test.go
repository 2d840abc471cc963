package train

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/data/augment"
)

// pretrained returns a model with a frozen convolutional part. It was trained for an epoch, so
// its batch normalizations have statistics.
func pretrained(t testing.TB, side int, preset string) *model.Model {
	t.Helper()
	m := freshOf(t, side, preset)
	cfg := quick
	cfg.Epochs = 1
	if _, err := Fit(t.Context(), m, stripesOf(t, side, 48, 9), nil, cfg); err != nil {
		t.Fatal(err)
	}
	if err := m.Freeze(); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestFrozenBytes checks for every network that frozen parameters and statistics do not change,
// that the others do, and that the result does not depend on keeping the features or on the
// number of workers.
func TestFrozenBytes(t *testing.T) {
	training, validation := stripesOf(t, 28, 56, 1), stripesOf(t, 28, 20, 2)
	for _, p := range model.Presets() {
		t.Run(p.Name, func(t *testing.T) {
			var files [][]byte
			var losses []float64
			for _, memory := range []int{2048, 0} {
				m := pretrained(t, 28, p.Name)
				before := map[string][]float32{}
				for _, p := range m.Params.All() {
					before[p.Name()] = p.Portable()
				}
				cfg := quick
				cfg.FeatureMemoryMiB, cfg.Workers, cfg.Average = memory, 1+min(memory, 1), 0.5
				cfg.Optimizer.WeightDecay = 0.1
				var stages []Stage
				cfg.Callbacks = []Callback{{Stage: func(s Stage) error { stages = append(stages, s); return nil }}}
				h, err := Fit(t.Context(), m, training, validation, cfg)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range m.Params.All() {
					if same := slices.Equal(before[p.Name()], p.Portable()); same != p.Frozen() {
						t.Errorf("%s: frozen is %t, but unchanged is %t", p.Name(), p.Frozen(), same)
					}
				}
				if len(stages) != 1 || (stages[0].Features.State == FeaturesKept) != (memory > 0) {
					t.Errorf("with a feature memory of %d MiB the stages are %+v", memory, stages)
				}
				files, losses = append(files, bytesOf(t, m)), append(losses, h.Epochs[1].Validation.Loss)
			}
			if !bytes.Equal(files[0], files[1]) || losses[0] != losses[1] {
				t.Errorf("the results with and without kept features differ: losses %v", losses)
			}
		})
	}
}

// TestUnfreezing checks the stages of a run with gradual unfreezing.
func TestUnfreezing(t *testing.T) {
	m := pretrained(t, 12, "cnn")
	cfg := quick
	cfg.Epochs, cfg.Unfreeze, cfg.LayerDecay = 7, Unfreezing{At: 3, Every: 2}, 0.5
	var stages, rates []string
	var tr *Trainer
	was := m.Params.Get("conv2.weight").Portable()
	cfg.Callbacks = []Callback{{
		Start: func(t *Trainer) error { tr = t; return nil },
		Stage: func(s Stage) error {
			stages = append(stages, fmt.Sprintf("%d: %v joined, %d frozen, %d train, kept %v", s.Epoch, s.Joined, s.Frozen, s.Trainable, s.Features.State == FeaturesKept))
			return nil
		},
		Epoch: func(e Epoch) error {
			if e.Epoch == 2 && !slices.Equal(was, m.Params.Get("conv2.weight").Portable()) {
				t.Error("conv2 changed in epoch 2, want it frozen until epoch 3")
			}
			for _, mem := range tr.stage.solver.Memory() {
				if mem.Name == "conv2.weight" || mem.Name == "fc2.weight" {
					rates = append(rates, fmt.Sprintf("%d: %s took %d steps", e.Epoch, mem.Name, mem.Step))
				}
			}
			return nil
		}}}
	if _, err := Fit(t.Context(), m, stripes(t, 32, 1), nil, cfg); err != nil {
		t.Fatal(err)
	}
	wantStages := []string{
		"1: [] joined, 18816 frozen, 131458 train, kept true",
		"3: [conv2.weight conv2.bias] joined, 320 frozen, 149954 train, kept true",
		"5: [conv1.weight conv1.bias] joined, 0 frozen, 150274 train, kept false",
	}
	if !slices.Equal(stages, wantStages) {
		t.Errorf("the stages are\n%s\nwant\n%s", strings.Join(stages, "\n"), strings.Join(wantStages, "\n"))
	}
	if want := []string{"1: fc2.weight took 2 steps", "2: fc2.weight took 4 steps", "3: conv2.weight took 2 steps", "3: fc2.weight took 6 steps"}; !slices.Equal(rates[:4], want) {
		t.Errorf("the optimizer's memory is %v, want %v", rates[:4], want)
	}
}

// TestFreezeDuringRun freezes and unfreezes parameters in a callback.
func TestFreezeDuringRun(t *testing.T) {
	m := fresh(t, "tiny")
	cfg := quick
	cfg.Epochs = 4
	var tr *Trainer
	var stages []string
	cfg.Callbacks = []Callback{{
		Start: func(t *Trainer) error { tr = t; return nil },
		Stage: func(s Stage) error {
			stages = append(stages, fmt.Sprintf("%d %v %v", s.Epoch, s.Joined, s.Left))
			return nil
		},
		Epoch: func(e Epoch) error {
			switch e.Epoch {
			case 1:
				return tr.Freeze("conv1*", "bn1*")
			case 3:
				return tr.Unfreeze("bn1*")
			}
			return nil
		}}}
	if _, err := Fit(t.Context(), m, stripes(t, 32, 1), nil, cfg); err != nil {
		t.Fatal(err)
	}
	if want := []string{"2 [] [conv1.weight bn1.weight bn1.bias]", "4 [bn1.weight bn1.bias] []"}; !slices.Equal(stages, want) {
		t.Errorf("the stages are %q, want %q", stages, want)
	}
}

// TestResumeFineTuning kills a run with gradual unfreezing after every second step. The resumed
// run must give the same model.
func TestResumeFineTuning(t *testing.T) {
	training, validation := stripes(t, 40, 1), stripes(t, 20, 2)
	cfg := quick
	cfg.Epochs, cfg.Unfreeze, cfg.LayerDecay = 5, Unfreezing{At: 3, Every: 1}, 0.7
	whole := pretrained(t, 12, "tiny")
	if _, err := Fit(t.Context(), whole, training, validation, cfg); err != nil {
		t.Fatal(err)
	}
	const perEpoch = 3
	for kill := 1; kill <= cfg.Epochs*perEpoch; kill += 2 {
		path := filepath.Join(t.TempDir(), "last")
		done := 0
		var first *Trainer
		stopped := cfg
		save := func() error {
			if err := first.SaveCheckpoint(path); err != nil {
				return err
			}
			return errKilled
		}
		stopped.Callbacks = []Callback{{
			Start: func(t *Trainer) error { first = t; return nil },
			Step: func(Step) error {
				if done++; done == kill && kill%perEpoch != 0 {
					return save()
				}
				return nil
			},
			Epoch: func(Epoch) error {
				if done == kill {
					return save()
				}
				return nil
			},
		}}
		if _, err := Fit(t.Context(), pretrained(t, 12, "tiny"), training, validation, stopped); !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		m := pretrained(t, 12, "tiny")
		second, err := New(m, training, validation, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		if err := second.LoadCheckpoint(path); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytesOf(t, m), bytesOf(t, whole)) {
			t.Errorf("killed after step %d: the resumed run gives another model", kill)
		}
	}
}

// The state of the features gives the reason why they are kept or not. The text has the numbers.
func TestFeatureStates(t *testing.T) {
	training, validation := stripes(t, 32, 1), stripes(t, 20, 2)
	for _, tc := range []struct {
		name string
		edit func(m *model.Model, c *Config) error
		want Features
		text string
	}{
		{"augmented", func(_ *model.Model, c *Config) (err error) { c.Augment, err = augment.Parse("light"); return err },
			Features{State: FeaturesAugmented}, "augmentation changes the images"},
		{"augmented at the end", func(_ *model.Model, c *Config) (err error) { c.Finish, err = ParseFinish("0.5:light"); return err },
			Features{State: FeaturesAugmented}, "augmentation changes the images"},
		{"augmented in no epoch", func(_ *model.Model, c *Config) (err error) { c.Finish, err = ParseFinish("0.1:light"); return err },
			Features{FeaturesKept, []string{"flatten1"}, 52, 1024, 52 * 1024 * 4, 2048 << 20, 0}, "computed once and kept: 52 images x 1024 values of flatten1, 0 MiB, in "},
		{"distorted", func(_ *model.Model, c *Config) error { c.Distort = func([]byte, *rand.Rand) {}; return nil },
			Features{State: FeaturesDistorted}, "the function Distort changes the images"},
		{"mixed", func(_ *model.Model, c *Config) error { c.Mixup = 0.2; return nil },
			Features{State: FeaturesMixed}, "mixup changes the images"},
		{"first layer trains", func(m *model.Model, _ *Config) error { return m.Unfreeze("conv1*") },
			Features{State: FeaturesNoLayer}, "the trainable part reads the image"},
		{"too large", func(_ *model.Model, c *Config) error { c.FeatureMemoryMiB = 0; return nil },
			Features{FeaturesTooLarge, []string{"flatten1"}, 52, 1024, 52 * 1024 * 4, 0, 0}, "52 images x 1024 values of flatten1 need 0 MiB, the limit is 0 MiB"},
		{"fits", func(_ *model.Model, c *Config) error { c.FeatureMemoryMiB = 1; return nil },
			Features{FeaturesKept, []string{"flatten1"}, 52, 1024, 52 * 1024 * 4, 1 << 20, 0}, "computed once and kept"},
		{"too short", func(_ *model.Model, c *Config) error { c.Epochs = 1; return nil },
			Features{State: FeaturesOneEpoch}, "only one epoch"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, cfg := pretrained(t, 12, "cnn"), quick
			if err := tc.edit(m, &cfg); err != nil {
				t.Fatal(err)
			}
			var got Features
			cfg.Callbacks = []Callback{{Stage: func(s Stage) error { got = s.Features; return ErrStop }}}
			if _, err := Fit(t.Context(), m, training, validation, cfg); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got.String(), tc.text) {
				t.Errorf("the features print as %q, want %q in it", got, tc.text)
			}
			if kept := tc.want.State == FeaturesKept; kept != (got.Seconds > 0) {
				t.Errorf("computing the features took %v s, want a time above 0 only for kept features", got.Seconds)
			}
			if got.Seconds = 0; !reflect.DeepEqual(got, tc.want) {
				t.Errorf("features %+v, want %+v", got, tc.want)
			}
		})
	}
	if s := (Stage{}).String(); s != "" {
		t.Errorf("the zero stage prints as %q, want \"\"", s)
	}
	stage := Stage{Epoch: 3, Joined: []string{"b", "c"}, Left: []string{"a"}, Frozen: 4, Trainable: 5, Features: Features{State: FeaturesMixed}}
	if got, want := stage.String(), "epoch 3: b, c train now; a no longer train; 4 parameters are frozen, 5 train\nfeatures are computed at each step: mixup changes the images"; got != want {
		t.Errorf("the stage prints as\n%s\nwant\n%s", got, want)
	}
}

func TestFineTuningRefuses(t *testing.T) {
	training := stripes(t, 32, 1)
	for _, tc := range []struct {
		want string
		edit func(m *model.Model, c *Config) error
	}{
		{"unfreeze-at is 4, but the run ends with epoch 3", func(_ *model.Model, c *Config) error { c.Unfreeze.At = 4; return nil }},
		{"unfreeze-at is 2, but nothing is frozen", func(m *model.Model, c *Config) error { c.Unfreeze.At = 2; return m.Unfreeze() }},
		{"unfreeze-every is 2, but unfreeze-at, the epoch to begin with, is 0", func(_ *model.Model, c *Config) error { c.Unfreeze.Every = 2; return nil }},
		{"unfreeze-at is -1, want at least 0", func(_ *model.Model, c *Config) error { c.Unfreeze.At = -1; return nil }},
		{"every parameter is frozen", func(m *model.Model, c *Config) error { return m.Freeze("*") }},
		{"layer-decay is 1.5, want above 0 and at most 1", func(_ *model.Model, c *Config) error { c.LayerDecay = 1.5; return nil }},
		{`the pattern "conv9*" matches no parameter; there are conv1.weight`, func(_ *model.Model, c *Config) error {
			c.Optimizer.Multipliers = solver.Multipliers{{Pattern: "conv9*", Factor: 0.1}}
			return nil
		}},
	} {
		m, cfg := pretrained(t, 12, "cnn"), quick
		if err := tc.edit(m, &cfg); err != nil {
			t.Fatal(err)
		}
		if _, err := Fit(t.Context(), m, training, nil, cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error %v, want %s", err, tc.want)
		}
	}
	// A multiplier of a frozen parameter is valid. It applies when the parameter is unfrozen.
	m, cfg := pretrained(t, 12, "cnn"), quick
	cfg.Optimizer.Multipliers = solver.Multipliers{{Pattern: "conv*", Factor: 0.1}}
	cfg.Unfreeze.At = 2
	if _, err := Fit(t.Context(), m, training, nil, cfg); err != nil {
		t.Error(err)
	}
}

// BenchmarkFrozenEpoch measures an epoch of cnn with a frozen convolutional part, on kept features
// and with features that are computed at each step. For comparison it measures training the
// whole network, a forward pass of the frozen part, and training the head as a network on the
// features.
func BenchmarkFrozenEpoch(b *testing.B) {
	training := stripesOf(b, 28, 512, 1)
	cfg := quick
	cfg.Batch = 64
	for _, bc := range []struct {
		name   string
		frozen bool
		memory int
	}{{"kept", true, 2048}, {"computed", true, 0}, {"whole", false, 0}} {
		b.Run(bc.name, func(b *testing.B) {
			m := pretrained(b, 28, "cnn")
			if !bc.frozen {
				if err := m.Unfreeze(); err != nil {
					b.Fatal(err)
				}
			}
			cfg.Epochs, cfg.FeatureMemoryMiB = max(2, b.N), bc.memory
			h, err := Fit(b.Context(), m, training, nil, cfg)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(h.ImagesPerSecond, "images/s")
		})
	}
	b.Run("forward", func(b *testing.B) {
		m := pretrained(b, 28, "cnn")
		b.ResetTimer()
		for range b.N {
			if _, err := computeFeatures(b.Context(), m, m.Config(cfg.Batch, cfg.Workers), []string{"flatten1"}, training); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(training.Len()*b.N)/b.Elapsed().Seconds(), "images/s")
	})
	b.Run("head", func(b *testing.B) {
		m := pretrained(b, 28, "cnn")
		f, err := computeFeatures(b.Context(), m, m.Config(cfg.Batch, cfg.Workers), []string{"flatten1"}, training)
		if err != nil {
			b.Fatal(err)
		}
		net := func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Dense("fc2", b.ReLU(b.Dense("fc1", b.Flatten(x), 128)), b.Classes())
		}
		s, err := graph.NewTraining(graph.NewParams(1), net, graph.Config{Batch: cfg.Batch, Height: 12, Width: 12, Channels: 64, Classes: 2, Workers: cfg.Workers})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		adam, err := solver.NewAdam(0.001, cfg.Workers)
		if err != nil {
			b.Fatal(err)
		}
		all := batches{set: training, size: cfg.Batch, seed: 1}
		input := s.Input().Data().([]float32)
		b.ResetTimer()
		for epoch := range b.N {
			all.shuffle(epoch)
			for k := range all.count() {
				for row, i := range all.batch(k) {
					if err := f.write([][]float32{input[row*f.lengths[0]:]}, i, epoch); err != nil {
						b.Fatal(err)
					}
					s.Labels()[row] = int32(training.Label(i))
				}
				if _, err := s.Step(cfg.Batch, uint64(k)); err != nil {
					b.Fatal(err)
				}
				if err := adam.Step(s.Learned()); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(training.Len()*b.N)/b.Elapsed().Seconds(), "images/s")
	})
}

// What a stage says is true in a run that is resumed, too: there the first stage may be the
// last epoch of several, and other parameters may train than at the start.
func TestStageTextsOfResumedRun(t *testing.T) {
	training, validation := stripes(t, 32, 1), stripes(t, 20, 2)
	for _, tc := range []struct {
		unfreezeAt int
		want       string
	}{
		{0, "features are computed at each step: only one epoch would use them from here on"},
		{2, "epoch 3: conv1.weight, conv1.bias, conv2.weight, conv2.bias train now; 0 parameters are frozen, 150274 train"},
	} {
		newTrainer := func(epochs int, texts *[]string) *Trainer {
			cfg := quick
			cfg.Epochs, cfg.Unfreeze.At = epochs, tc.unfreezeAt
			cfg.Callbacks = []Callback{{Stage: func(s Stage) error { *texts = append(*texts, s.String()); return nil }}}
			tr, err := New(pretrained(t, 12, "cnn"), training, validation, cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { tr.Close() })
			return tr
		}
		var texts []string
		first := newTrainer(2, &texts)
		if _, err := first.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "last")
		if err := first.SaveCheckpoint(path); err != nil {
			t.Fatal(err)
		}
		texts = nil
		again := newTrainer(3, &texts)
		if err := again.LoadCheckpoint(path); err != nil {
			t.Fatal(err)
		}
		if _, err := again.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(texts, []string{tc.want}) {
			t.Errorf("with unfreezing at epoch %d the resumed run says %q, want %q", tc.unfreezeAt, texts, tc.want)
		}
	}
}
