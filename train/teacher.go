package train

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"inkstone/graph"
	"inkstone/model"
)

// Defaults of the settings of a teacher.
const (
	teacherWeight = 0.5
	temperature   = 2.0
)

// noTeacher is the fingerprint of a teacher that is absent.
const noTeacher = "none"

// teacher evaluates the model whose answers a run learns. A nil teacher does nothing.
type teacher struct {
	model *model.Model
	eval  *graph.Evaluation
	// The teacher's input is scale*x + shift for the input x of the model that learns.
	scale, shift float32
	hash         string
}

// newTeacher returns the teacher of a run, nil for none. With a teacher the images are evaluated in
// each step, so no features are kept.
func newTeacher(cfg *Config, m *model.Model, batch int) (*teacher, error) {
	if cfg.Teacher == "" {
		return nil, nil
	}
	path := cfg.Teacher
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "model.safetensors") // of a run folder
	}
	of, err := model.Load(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("teacher: %w", err)
	case !slices.Equal(of.Classes, m.Classes):
		return nil, fmt.Errorf("teacher %s: its classes are %v, those of the training are %v", path, of.Classes, m.Classes)
	case of.Height != m.Height || of.Width != m.Width:
		return nil, fmt.Errorf("teacher %s: its images have %dx%d pixels, those of the training %dx%d", path, of.Height, of.Width, m.Height, m.Width)
	}
	var content bytes.Buffer
	if err := of.Write(&content); err != nil {
		return nil, err
	}
	eval, err := graph.NewEvaluation(of.Params, of.Net(), of.Config(batch, cfg.Workers))
	if err != nil {
		return nil, fmt.Errorf("teacher %s: %w", path, err)
	}
	cfg.FeatureMemoryMiB = 0
	return &teacher{
		model: of, eval: eval, hash: fmt.Sprintf("%s, %x", of.Preset, sha256.Sum256(content.Bytes()))[:len(of.Preset)+18],
		scale: float32(m.Std / of.Std), shift: float32((m.Mean - of.Mean) / of.Std),
	}, nil
}

// fingerprint returns the name and a hash of the teacher.
func (t *teacher) fingerprint() string {
	if t == nil {
		return noTeacher
	}
	return t.hash
}

// answer evaluates the images of a session and writes the logits to it.
func (t *teacher) answer(s *graph.Training) error {
	if t == nil || s.Teacher() == nil {
		return nil
	}
	x, z := float32s(s.Input()), float32s(t.eval.Input())
	for i, v := range x {
		z[i] = t.scale*v + t.shift
	}
	if err := t.eval.Run(); err != nil {
		return fmt.Errorf("teacher: %w", err)
	}
	copy(s.Teacher(), float32s(t.eval.Logits()))
	return nil
}

// close releases the session.
func (t *teacher) close() error {
	if t == nil {
		return nil
	}
	return t.eval.Close()
}
