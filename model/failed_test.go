package model_test

import (
	"errors"
	"html"
	"strings"
	"testing"

	"inkstone/model"
)

// What a failed method returns shows its error, as text and as HTML.
func TestFailedResults(t *testing.T) {
	reason := errors.New("the reason")
	good, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	type shown interface {
		String() string
		HTML() string
	}
	for name, call := range map[string]func(m *model.Model) (shown, error){
		"Filters":  func(m *model.Model) (shown, error) { return m.Filters("the reason") },
		"Features": func(m *model.Model) (shown, error) { return m.Features("the reason", nil) },
		"Predict": func(m *model.Model) (shown, error) {
			p, err := m.Predict([]byte{1, 2, 3})
			return p, err
		},
		"Summary": func(m *model.Model) (shown, error) { return m.Summary() },
		"Diagram": func(m *model.Model) (shown, error) { return m.Diagram() },
	} {
		for _, m := range []*model.Model{model.Failed(reason), good} {
			v, err := call(m)
			if err == nil {
				if m != good || name != "Summary" && name != "Diagram" {
					t.Errorf("%s returns no error", name)
				}
				continue
			}
			text := "the reason"
			if name == "Predict" && m == good {
				text = "3 pixels"
			}
			if !strings.Contains(err.Error(), text) || !strings.HasSuffix(v.String(), ": "+err.Error()+"\n") || html.UnescapeString(v.HTML()) != "<p>"+strings.TrimSpace(v.String())+"</p>" {
				t.Errorf("%s shows %q and %q, want the error %v with %q", name, v, v.HTML(), err, text)
			}
		}
	}
	failed := model.Failed(reason)
	if f := failed.Freezing(); !strings.Contains(f.String(), "the reason") || !strings.Contains(f.HTML(), "the reason") {
		t.Errorf("Freezing shows %q", f)
	}
	if maps, _ := failed.Filters("conv1"); maps.Len() != 0 {
		t.Errorf("failed maps have the length %d", maps.Len())
	}
}
