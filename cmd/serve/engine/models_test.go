package engine

import (
	"bytes"
	"net/url"
	"slices"
	"testing"

	"inkstone/graph"
	"inkstone/model"
)

func queryOf(t testing.TB, text string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// fileOf returns a model with random weights and its file.
func fileOf(t testing.TB, spec model.Spec) (*model.Model, []byte) {
	t.Helper()
	m, err := model.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return m, b.Bytes()
}

// A model file that is opened answers beside the others, with its own classes, until it is closed.
func TestOpen(t *testing.T) {
	e := newEngine(t)
	m, content := fileOf(t, model.Spec{Preset: "fast", Seed: 5, Classes: []string{"a", "b", "c"}})
	answer, err := e.Call(t.Context(), "open", Request{Type: "application/octet-stream", Query: queryOf(t, "name=letters"), Body: content})
	if err != nil {
		t.Fatal(err)
	}
	d, err := ask[description](t, e, "model", nil)
	if err != nil || len(d.Models) != 2 {
		t.Fatalf("%s, then %+v, %v", answer.Body, d, err)
	}
	opened := d.Models[1]
	if opened.Name != "letters" || opened.Network != "fast" || !opened.Opened || !slices.Equal(opened.Classes, m.Classes) || !slices.Equal(d.Classes, model.Digits()) {
		t.Errorf("%+v", d)
	}
	img, _ := drawn(t)
	c, err := m.Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	want, err := c.Probabilities(img)
	if err != nil {
		t.Fatal(err)
	}
	classes, got, err := e.probabilities(t.Context(), opened.ID, [][]byte{img, img})
	if err != nil || !slices.Equal(classes, m.Classes) || !slices.Equal(got[0], want) || !slices.Equal(got[1], want) {
		t.Errorf("probabilities %v, %v, want %v", got, err, want)
	}
	one, err := e.find(opened.ID)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := fileOf(t, model.Spec{Preset: "fast", Seed: 6, Classes: m.Classes})
	if err := one.replace(other); err != nil {
		t.Fatal(err)
	}
	if _, got, err := e.probabilities(t.Context(), opened.ID, [][]byte{img}); err != nil || slices.Equal(got[0], want) {
		t.Errorf("after another model has replaced it: %v, %v", got, err)
	}
	if _, err := ask[struct{}](t, e, "close", modelQuestion{opened.ID}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.probabilities(t.Context(), opened.ID, [][]byte{img}); codeOf(err) != "unknown_model" {
		t.Errorf("after it was closed: %v", err)
	}
	if _, _, err := one.probabilities(t.Context(), 1, [][]byte{img}); codeOf(err) != "unknown_model" {
		t.Errorf("a call that had found it before: %v", err)
	}
}

// Files that are no model of digits, and models that do not fit, are refused.
func TestRefusedModels(t *testing.T) {
	e := newEngine(t)
	_, size := fileOf(t, model.Spec{Preset: "tiny", Height: 20, Width: 20})
	_, whole := fileOf(t, model.Spec{Preset: "tiny"})
	for name, content := range map[string][]byte{"empty": nil, "text": []byte("hello"), "another size": size, "cut off": whole[:len(whole)/2]} {
		if _, err := e.Call(t.Context(), "open", Request{Type: "application/octet-stream", Body: content}); codeOf(err) != "no_model" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := e.Call(t.Context(), "open", Request{Type: "text/plain", Body: whole}); codeOf(err) != "unknown_type" {
		t.Errorf("text: %v", err)
	}
	model.Replace("wide", "a network with too many values for one image", func(b *graph.Builder, x *graph.Node) *graph.Node {
		return b.Dense("out", b.Flatten(b.MaxPool(b.Conv("conv1", x, 30_000, 1), 28)), b.Classes())
	})
	if _, err := ask[any](t, e, "open", map[string]any{"preset": "wide"}); codeOf(err) != "model_too_large" {
		t.Errorf("wide: %v", err)
	}
	for range maxOpened {
		if _, err := e.Call(t.Context(), "open", Request{Type: "application/octet-stream", Body: whole}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Call(t.Context(), "open", Request{Type: "application/octet-stream", Body: whole}); codeOf(err) != "too_many_models" {
		t.Errorf("one too many: %v", err)
	}
}
