package batcher

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/digits"
)

func untrained(t *testing.T, preset string) *model.Model {
	t.Helper()
	m, err := model.New(model.Spec{Preset: preset, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// images returns n different digits.
func images(n int) [][]byte {
	pixels, _ := digits.Generate(1, n)
	return slices.Collect(slices.Chunk(pixels, 28*28))
}

// alone returns the probabilities of each image, evaluated without the others.
func alone(t *testing.T, models []*model.Model, images [][]byte) [][]float64 {
	t.Helper()
	e, err := train.NewEnsemble(models, nil, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var all [][]float64
	for _, img := range images {
		p, err := e.Probabilities(img)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// equal reports whether the probabilities are equal bit for bit.
func equal(a, b [][]float64) bool {
	return slices.EqualFunc(a, b, func(x, y []float64) bool { return slices.Equal(x, y) })
}

// The probabilities of an image do not depend on the batch, for every network.
func TestBatchesEqualSingleImages(t *testing.T) {
	for _, preset := range model.Presets() {
		t.Run(preset.Name, func(t *testing.T) {
			models := []*model.Model{untrained(t, preset.Name)}
			set := images(64 + 16 + 4 + 2)
			var batches []int // written by the goroutine that evaluates, read after Close
			b, err := New(models, 1, func(n int) { batches = append(batches, n) })
			if err != nil {
				t.Fatal(err)
			}
			got, err := b.Probabilities(t.Context(), set)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			if want := alone(t, models, set); !equal(got, want) {
				t.Errorf("in the batches %v the probabilities differ from those of single images", batches)
			}
			if slices.Max(batches) < 4 {
				t.Errorf("batches %v, want larger ones", batches)
			}
		})
	}
}

// Concurrent callers get the results of their own images.
func TestConcurrentCalls(t *testing.T) {
	models := []*model.Model{untrained(t, "tiny"), untrained(t, "fast")}
	set := images(200)
	want := alone(t, models, set)
	b, err := New(models, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var calls sync.WaitGroup
	for i := range set {
		calls.Go(func() {
			got, err := b.Probabilities(t.Context(), set[i:i+1])
			if err != nil || !equal(got, want[i:i+1]) {
				t.Errorf("image %d: %v, %v, want %v", i, got, err, want[i])
			}
		})
	}
	calls.Wait()
}

// A lone image is evaluated alone and at once.
func TestLoneImage(t *testing.T) {
	var batches []int
	b, err := New([]*model.Model{untrained(t, "tiny")}, 1, func(n int) { batches = append(batches, n) })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := b.Probabilities(t.Context(), images(1)); err != nil {
			t.Fatal(err)
		}
	}
	b.Close()
	if !slices.Equal(batches, []int{1, 1, 1}) {
		t.Errorf("batches %v", batches)
	}
}

// An image that cannot be evaluated does not harm the others of its batch.
func TestBadImage(t *testing.T) {
	models := []*model.Model{untrained(t, "tiny")}
	set := images(20)
	b, err := New(models, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var calls sync.WaitGroup
	want := alone(t, models, set)
	for i := range set {
		calls.Go(func() {
			if i%5 == 0 {
				if _, err := b.Probabilities(t.Context(), [][]byte{{1, 2, 3}}); err == nil {
					t.Error("no error for an image of 3 pixels")
				}
				return
			}
			got, err := b.Probabilities(t.Context(), set[i:i+1])
			if err != nil || !equal(got, want[i:i+1]) {
				t.Errorf("image %d: %v", i, err)
			}
		})
	}
	calls.Wait()
}

func TestCanceledAndClosed(t *testing.T) {
	b, err := New([]*model.Model{untrained(t, "tiny")}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Probabilities(ctx, images(100)); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	if _, err := b.Probabilities(t.Context(), images(100)); err != nil {
		t.Errorf("after a canceled call: %v", err)
	}
	b.Close()
	if _, err := b.Probabilities(t.Context(), images(100)); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestNewWithoutModels(t *testing.T) {
	if _, err := New(nil, 1, nil); err == nil {
		t.Error("no error without models")
	}
}
