package engine

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzQuestions looks for questions about a network that are answered with an error of the program, or
// with an answer that is no JSON.
func FuzzQuestions(f *testing.F) {
	img, _ := drawn(f)
	pixels := strings.TrimSuffix(strings.TrimPrefix(string(pixelsJSON(img)), "{"), "}")
	routes := []string{"layers", "maps", "arithmetic", "explain", "close", "open", "predict"}
	for i, body := range []string{
		`{"model": "1"}`, `{"layers": ["conv1", "probabilities"], ` + pixels + `}`, `{"layer": "fc1", "at": [3], ` + pixels + `}`,
		`{"method": "gradcam", "class": "3", "layer": "conv2", ` + pixels + `}`, `{"model": "2"}`, `{"preset": "lenet5", "seed": 7}`, `{` + pixels + `}`,
		`{"layer": "probabilities", "at": [-1], ` + pixels + `}`, `{"layer": "conv1", "at": [0, 0, 99999999999], ` + pixels + `}`, `{"method": "occlusion", "layer": "fc1", ` + pixels + `}`,
	} {
		f.Add(uint8(i), body)
	}
	e := newEngine(f)
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		a, err := e.Call(t.Context(), routes[int(which)%len(routes)], Request{Type: "application/json", Body: []byte(body)})
		if code := codeOf(err); code == "failed" || err != nil && code == "" {
			t.Errorf("%s: %v", body, err)
		}
		if err == nil && !json.Valid(a.Body) {
			t.Errorf("%s: the answer %.200q is no JSON", body, a.Body)
		}
	})
}
