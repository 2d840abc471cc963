package train

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/digits"
)

// distillationSet returns a few drawn digits.
func distillationSet(t *testing.T, seed uint64, n int) *data.Set {
	t.Helper()
	pixels, labels := digits.Generate(seed, n)
	s, err := data.New("digits", "drawn", 28, 28, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTeacher trains with the answers of a teacher alone: the model then gives its answers
// more often than the model that the teacher did not teach. A run is resumed only with its teacher.
func TestTeacher(t *testing.T) {
	dir := t.TempDir()
	path, checkpoint := filepath.Join(dir, "teacher.safetensors"), filepath.Join(dir, "checkpoint.safetensors")
	training := distillationSet(t, 1, 512)
	teach, err := model.New(model.Spec{Preset: "lenet5", Seed: 8, Mean: 0.2, Std: 0.4})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Epochs = 3
	if _, err := Fit(t.Context(), teach, training, nil, cfg); err != nil {
		t.Fatal(err)
	}
	if err := teach.Save(path); err != nil {
		t.Fatal(err)
	}
	cfg.Teacher, cfg.TeacherWeight, cfg.Epochs = path, 1, 4
	m, err := model.New(model.Spec{Preset: "lenet5", Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	tr, err := New(m, training, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if _, err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The training loss is the divergence from the teacher, which falls.
	h := tr.History().Epochs
	if first, last := h[0].TrainLoss, h[len(h)-1].TrainLoss; !(last < first/3) {
		t.Errorf("the divergence from the teacher is %v in the first epoch and %v in the last", first, last)
	}
	if err := tr.SaveCheckpoint(checkpoint); err != nil {
		t.Fatal(err)
	}
	cfg.Teacher = ""
	fresh, err := model.New(model.Spec{Preset: "lenet5", Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	cfg.TeacherWeight = 1
	other, err := New(fresh, training, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.LoadCheckpoint(checkpoint); !errors.Is(err, ErrOtherRun) || !strings.Contains(err.Error(), "teacher") {
		t.Errorf("error is %v, want one about the teacher", err)
	}
}

func TestTeacherRefuses(t *testing.T) {
	dir := t.TempDir()
	training := distillationSet(t, 1, 64)
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]model.Spec{
		"its classes are [a b]":           {Preset: "tiny", Classes: []string{"a", "b"}},
		"its images have 32x32 pixels":    {Preset: "tiny", Height: 32, Width: 32},
		"teacher: model file open absent": {},
	} {
		cfg := Defaults()
		cfg.Teacher = "absent"
		if spec.Preset != "" {
			other, err := model.New(spec)
			if err != nil {
				t.Fatal(err)
			}
			cfg.Teacher = filepath.Join(dir, "m")
			if err := other.Save(cfg.Teacher); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := New(m, training, nil, cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error is %v, want %q", err, name)
		}
	}
}
