package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"inkstone/model"
	"inkstone/model/pretrained"
)

// newEngine returns an engine for models, or for the built-in one.
func newEngine(t testing.TB, models ...*model.Model) *Engine {
	t.Helper()
	if len(models) == 0 {
		m, err := pretrained.Tiny()
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	o := DefaultOptions()
	o.Workers = 1
	e, err := New(models, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// ask calls a route with a value as JSON, or without a body for nil, and decodes the answer.
func ask[A any](t testing.TB, e *Engine, route string, value any) (A, error) {
	t.Helper()
	var r Request
	if value != nil {
		body, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		r = Request{Type: "application/json", Body: body}
	}
	var decoded A
	answer, err := e.Call(t.Context(), route, r)
	if err == nil {
		err = json.Unmarshal(answer.Body, &decoded)
	}
	return decoded, err
}

// codeOf returns the code of the problem that an error is, or "".
func codeOf(err error) string {
	var p *Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func TestCall(t *testing.T) {
	e := newEngine(t)
	if d, err := ask[description](t, e, "model", nil); err != nil || !slices.Equal(d.Classes, model.Digits()) || len(d.Models) != 1 {
		t.Errorf("model: %+v, %v", d, err)
	}
	if _, err := ask[any](t, e, "nothing", nil); codeOf(err) != "not_found" {
		t.Errorf("unknown route: %v", err)
	}
	e.table["file"] = route{call: func(context.Context, Request) (any, error) { return &file{"text/plain", []byte("a")}, nil }}
	if a, err := e.Call(t.Context(), "file", Request{}); err != nil || a.Type != "text/plain" || string(a.Body) != "a" {
		t.Errorf("file: %+v, %v", a, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Call(ended, "predict", Request{Type: "application/json", Body: pixelsJSON(make([]byte, imageBytes))}); codeOf(err) != "too_slow" {
		t.Errorf("canceled: %v", err)
	}
}

func pixelsJSON(pixels []byte) []byte {
	values := make([]int, len(pixels))
	for i, v := range pixels {
		values[i] = int(v)
	}
	body, err := json.Marshal(map[string]any{"pixels": values})
	if err != nil {
		panic(err)
	}
	return body
}
