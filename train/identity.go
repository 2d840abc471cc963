package train

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"inkstone/train/data"
)

// identity is what a checkpoint and the run that takes it up must agree in, for the
// end to be that of a run that was never stopped.
type identity struct {
	Preset     string   `json:"preset"`
	Classes    []string `json:"classes"`
	Training   string   `json:"training"` // name, number and SHA-256 of the images and labels
	Validation string   `json:"validation"`
	Batch      int      `json:"batch"`
	Optimizer  string   `json:"optimizer"`
	Schedule   string   `json:"schedule"`
	Augment    string   `json:"augment"`
	Finish     string   `json:"finish,omitempty"` // "" for none
	Smoothing  float64  `json:"label_smoothing"`
	Mixup      float64  `json:"mixup,omitempty"`
	Accumulate int      `json:"accumulate,omitempty"` // 0 for 1, as in files from before there was a choice
	Average    float64  `json:"average"`
	Direct     bool     `json:"direct"`
	Seed       uint64   `json:"seed"`
	Mean       float64  `json:"mean"`
	Std        float64  `json:"std"`
	Frozen     []string `json:"frozen,omitempty"`   // at the start
	Unfreeze   string   `json:"unfreeze,omitempty"` // and when it joins
}

func (t *Trainer) identity() identity {
	accumulate := t.cfg.Accumulate
	if accumulate == 1 {
		accumulate = 0
	}
	finish := ""
	if f := t.cfg.Finish; f.Share > 0 {
		finish = f.String()
	}
	return identity{
		Mixup: t.cfg.Mixup, Accumulate: accumulate, Finish: finish,
		Preset: t.model.Preset, Classes: t.model.Classes,
		Training: t.fingerprint(&t.prints[0], t.training), Validation: t.fingerprint(&t.prints[1], t.validation),
		Batch: t.cfg.Batch, Optimizer: t.title, Schedule: t.cfg.Schedule.String(),
		Augment: t.cfg.Augment.String(), Smoothing: t.cfg.Smoothing, Average: t.cfg.Average, Direct: t.cfg.Direct, Seed: t.cfg.Seed,
		Mean: t.model.Mean, Std: t.model.Std,
		Frozen: t.frozen, Unfreeze: t.cfg.Unfreeze.String(),
	}
}

// fingerprint names a set and its content, computed once.
func (t *Trainer) fingerprint(once *string, s *data.Set) string {
	if s == nil {
		return "none"
	}
	if *once == "" {
		h := sha256.New()
		for i := range s.Len() {
			h.Write(s.Pixels(i))
			h.Write([]byte{byte(s.Label(i))})
		}
		*once = fmt.Sprintf("%s, %d images, %x", s.Name(), s.Len(), h.Sum(nil)[:8])
	}
	return *once
}

// same reports the first thing in which a checkpoint is of another run.
func (id identity) same(other identity) error {
	for _, c := range []struct {
		what        string
		mine, yours any
	}{
		{"model", id.Preset, other.Preset},
		{"training set", id.Training, other.Training},
		{"validation set", id.Validation, other.Validation},
		{"batch size", id.Batch, other.Batch},
		{"optimizer", id.Optimizer, other.Optimizer},
		{"schedule", id.Schedule, other.Schedule},
		{"augmentation", id.Augment, other.Augment},
		{"augmentation of the last epochs", cmp.Or(id.Finish, "none"), cmp.Or(other.Finish, "none")},
		{"label smoothing", id.Smoothing, other.Smoothing},
		{"mixup", id.Mixup, other.Mixup},
		{"number of batches in an update", max(1, id.Accumulate), max(1, other.Accumulate)},
		{"decay of the average", id.Average, other.Average},
		{"direct convolution", id.Direct, other.Direct},
		{"seed", id.Seed, other.Seed},
		{"pixel mean", id.Mean, other.Mean},
		{"pixel deviation", id.Std, other.Std},
		{"frozen part", list(id.Frozen), list(other.Frozen)},
		{"unfreezing", id.Unfreeze, other.Unfreeze},
	} {
		if c.mine != c.yours {
			return fmt.Errorf("it belongs to another run: its %s is %v, this run's is %v", c.what, c.yours, c.mine)
		}
	}
	if !slices.Equal(id.Classes, other.Classes) {
		return fmt.Errorf("it belongs to another run: its classes are %v, this run's are %v", other.Classes, id.Classes)
	}
	return nil
}
