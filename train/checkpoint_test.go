package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/model/safetensors"
	"inkstone/train/data/augment"
	"inkstone/train/schedule"
)

var errKilled = errors.New("killed")

// A run that is killed after any step and resumed from its checkpoint with another number of
// workers gives the same model as an uninterrupted run.
func TestResumeIsExact(t *testing.T) {
	training, validation := stripes(t, 56, 1), stripes(t, 20, 2)
	for _, name := range []string{"adam", "sgd"} {
		cfg := quick
		cfg.Optimizer, cfg.Epochs = optimizer(t, name, 0.003), 2
		var err error
		if cfg.Schedule, err = schedule.Parse("onecycle"); err != nil {
			t.Fatal(err)
		}
		if cfg.Augment, err = augment.Parse("light,noise=0.05"); err != nil {
			t.Fatal(err)
		}
		cfg.Finish = Finish{0.5, augment.Options{Shift: 1}}
		cfg.Smoothing, cfg.Average = 0.1, 0.8
		if name == "sgd" {
			cfg.Mixup, cfg.Accumulate = 0.3, 3
		}
		whole := fresh(t, "resnet")
		want, err := Fit(t.Context(), whole, training, validation, cfg)
		if err != nil {
			t.Fatal(err)
		}
		steps := 8 // 2 epochs of 4 batches, the last of them partial
		if name == "sgd" {
			steps = 4 // 2 epochs of an update from 3 batches and one from the last batch
		}
		for kill := 1; kill <= steps; kill++ {
			path := filepath.Join(t.TempDir(), "last")
			done := 0
			var first *Trainer
			cfg.Callbacks = []Callback{{
				Start: func(t *Trainer) error { first = t; return nil },
				Step: func(Step) error {
					if done++; done < kill {
						return nil
					}
					if err := first.SaveCheckpoint(path); err != nil {
						return err
					}
					return errKilled
				}}}
			if _, err := Fit(t.Context(), fresh(t, "resnet"), training, validation, cfg); !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			cfg.Callbacks, cfg.Workers = nil, 1+kill%3
			m := fresh(t, "resnet")
			second, err := New(m, training, validation, cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer second.Close()
			if err := second.LoadCheckpoint(path); err != nil {
				t.Fatal(err)
			}
			got, err := second.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(bytesOf(t, m), bytesOf(t, whole)) {
				t.Errorf("%s, killed after step %d: the resumed run gives another model", name, kill)
			}
			if a, b := untimed(got.Epochs), untimed(want.Epochs); !reflect.DeepEqual(a, b) || got.Best != want.Best {
				t.Errorf("%s, killed after step %d: history %+v, want %+v", name, kill, a, b)
			}
		}
	}
}

// untimed returns a copy of the epochs without their durations.
func untimed(epochs []Epoch) []Epoch {
	list := slices.Clone(epochs)
	for i := range list {
		list[i].Seconds, list[i].ImagesPerSecond = 0, 0
	}
	return list
}

// Resuming a finished run does nothing unless the number of epochs is larger.
func TestResumeFinishedRun(t *testing.T) {
	set := stripes(t, 40, 1)
	path := filepath.Join(t.TempDir(), "last")
	m := fresh(t, "tiny")
	tr, err := New(m, set, nil, quick)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if _, err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.SaveCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	for _, epochs := range []int{quick.Epochs, quick.Epochs + 1} {
		again := fresh(t, "tiny")
		cfg := quick
		cfg.Epochs = epochs
		tr, err := New(again, set, nil, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Close()
		if err := tr.LoadCheckpoint(path); err != nil {
			t.Fatal(err)
		}
		h, err := tr.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if same := bytes.Equal(bytesOf(t, m), bytesOf(t, again)); len(h.Epochs) != epochs || same != (epochs == quick.Epochs) {
			t.Errorf("resumed for %d epochs: %d epochs, same model %t", epochs, len(h.Epochs), same)
		}
	}
}

func TestCheckpointRefusals(t *testing.T) {
	set := stripes(t, 40, 1)
	dir := t.TempDir()
	path := filepath.Join(dir, "last")
	newTrainer := func(m *model.Model, cfg Config) *Trainer {
		tr, err := New(m, set, nil, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tr.Close() })
		return tr
	}
	cfg := quick
	cfg.Epochs = 1
	tr := newTrainer(fresh(t, "tiny"), cfg)
	if _, err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := tr.SaveCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(change func(f *safetensors.File)) []byte {
		f, err := safetensors.Parse(slices.Clone(good))
		if err != nil {
			t.Fatal(err)
		}
		change(f)
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	sealed := func(change func(f *safetensors.File)) []byte {
		return edit(func(f *safetensors.File) { change(f); f.Metadata[ckptSum] = checksum(f) })
	}
	other := func(change func(*Config)) Config { c := cfg; change(&c); return c }
	flipped := slices.Clone(good)
	flipped[len(flipped)-100] ^= 4
	for _, tc := range []struct {
		name    string
		content []byte
		preset  string
		cfg     Config
		want    string
		kind    error // error that it wraps, nil for none
	}{
		{"cut off", good[:len(good)/2], "tiny", cfg, "cut off", ErrDamagedCheckpoint},
		{"empty", nil, "tiny", cfg, "0 bytes", ErrDamagedCheckpoint},
		{"bit flipped", flipped, "tiny", cfg, "damaged", ErrDamagedCheckpoint},
		{"position edited", edit(func(f *safetensors.File) {
			f.Metadata[ckptPosition] = strings.Replace(f.Metadata[ckptPosition], `"steps":3`, `"steps":4`, 1)
		}), "tiny", cfg, "damaged", ErrDamagedCheckpoint},
		{"a model", bytesOf(t, tr.model), "tiny", cfg, "not a checkpoint", nil},
		{"newer", sealed(func(f *safetensors.File) { f.Metadata[ckptVersion] = "3" }), "tiny", cfg, "version 3, this program reads up to 2", nil},
		{"tensor missing", sealed(func(f *safetensors.File) { f.Tensors = f.Tensors[1:] }), "tiny", cfg, `lacks the tensor "param/conv1.weight"`, ErrOtherRun},
		{"impossible position", sealed(func(f *safetensors.File) {
			f.Metadata[ckptPosition] = strings.Replace(f.Metadata[ckptPosition], `"step":0`, `"step":99`, 1)
		}), "tiny", cfg, "position is impossible: epoch 2, step 99 of 3", ErrDamagedCheckpoint},
		{"other model", good, "cnn", cfg, `its model is "tiny", this run's is "cnn"`, ErrOtherRun},
		{"other batch", good, "tiny", other(func(c *Config) { c.Batch = 8 }), "its batch is 16, this run's is 8", ErrOtherRun},
		{"other seed", good, "tiny", other(func(c *Config) { c.Seed = 9 }), "its seed is 1, this run's is 9", ErrOtherRun},
		{"other mixup", good, "tiny", other(func(c *Config) { c.Mixup = 0.2 }), "its mixup is 0, this run's is 0.2", ErrOtherRun},
		{"other accumulation", good, "tiny", other(func(c *Config) { c.Accumulate = 2 }), "its accumulate is 1, this run's is 2", ErrOtherRun},
		{"other optimizer", good, "tiny", other(func(c *Config) { c.Optimizer = optimizer(t, "sgd", 0.01) }), `its optimizer is "adam`, ErrOtherRun},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := filepath.Join(dir, "bad")
			if err := os.WriteFile(bad, tc.content, 0o666); err != nil {
				t.Fatal(err)
			}
			m := fresh(t, tc.preset)
			before := bytesOf(t, m)
			err := newTrainer(m, tc.cfg).LoadCheckpoint(bad)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), bad) {
				t.Errorf("error is %v, want %q and the name of the file in it", err, tc.want)
			}
			for _, kind := range []error{ErrDamagedCheckpoint, ErrOtherRun} {
				if errors.Is(err, kind) != (kind == tc.kind) {
					t.Errorf("errors.Is of %q and %q is %t, want %t", err, kind, kind != tc.kind, kind == tc.kind)
				}
			}
			if !bytes.Equal(before, bytesOf(t, m)) {
				t.Error("the refused checkpoint changed the model")
			}
		})
	}
	tr2, err := New(fresh(t, "tiny"), stripes(t, 40, 7), nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer tr2.Close()
	if err := tr2.LoadCheckpoint(path); err == nil || !strings.Contains(err.Error(), `its training set is "stripes, 40 images`) {
		t.Errorf("other images: error is %v, want one with the training set", err)
	}
	if err := tr.LoadCheckpoint(filepath.Join(dir, "absent")); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("absent file: error is %v, want one with its name", err)
	}
}

// A checkpoint of version 1 waits on a plateau as long as the run that wrote it.
func TestPlateauOfOldCheckpoint(t *testing.T) {
	set := stripes(t, 40, 1)
	newTrainer := func(text string) *Trainer {
		cfg := quick
		if err := cfg.Schedule.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		tr, err := New(fresh(t, "tiny"), set, set, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tr.Close() })
		return tr
	}
	path := filepath.Join(t.TempDir(), "old")
	if err := newTrainer("plateau:factor=0.5,patience=2").SaveCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	f.Metadata[ckptVersion] = "1"
	f.Metadata[ckptIdentity] = strings.Replace(f.Metadata[ckptIdentity], "patience=2", "patience=1", 1)
	f.Metadata[ckptSum] = checksum(f)
	var b bytes.Buffer
	if err := errors.Join(f.Write(&b), os.WriteFile(path, b.Bytes(), 0o666)); err != nil {
		t.Fatal(err)
	}
	if err := newTrainer("plateau:factor=0.5,patience=2").LoadCheckpoint(path); err != nil {
		t.Error(err)
	}
	if err := newTrainer("plateau:factor=0.5,patience=1").LoadCheckpoint(path); !errors.Is(err, ErrOtherRun) || !strings.Contains(err.Error(), "patience=2") {
		t.Errorf("error %v, want ErrOtherRun with the schedule of today", err)
	}
}
