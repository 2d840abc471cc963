package engine

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data/digits"
)

// drawn returns a digit of the built-in set, with its class.
func drawn(t testing.TB) ([]byte, byte) {
	t.Helper()
	images, classes := digits.Generate(3, 1)
	return images, classes[0]
}

// Every value of every layer that the page shows is the one that arithmetic explains, and the
// formula gives it, in each preset.
func TestArithmeticOfPresets(t *testing.T) {
	e := newEngine(t)
	img, _ := drawn(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range model.Presets() {
		if p.Name == "wide" { // of another test
			continue
		}
		opened, err := ask[modelEntry](t, e, "open", map[string]any{"preset": p.Name, "seed": 1})
		if err != nil {
			t.Fatal(err)
		}
		list, err := ask[layerList](t, e, "layers", modelQuestion{opened.ID})
		if err != nil || len(list.Layers) == 0 {
			t.Fatalf("%s: %+v, %v", p.Name, list, err)
		}
		for _, l := range list.Layers {
			maps, err := ask[mapList](t, e, "maps", map[string]any{"model": opened.ID, "pixels": integers(img), "layers": []string{l.Name}})
			if err != nil || !slices.Equal(maps.Maps[0].Shape, l.Shape) {
				t.Fatalf("%s %s: %v", p.Name, l.Name, err)
			}
			at, offset := make([]int, len(l.Shape)), 0
			for i, size := range l.Shape {
				at[i] = r.IntN(size)
				offset = offset*size + at[i]
			}
			a, err := ask[arithmetic](t, e, "arithmetic", map[string]any{"model": opened.ID, "pixels": integers(img), "layer": l.Name, "at": at})
			if err != nil {
				t.Fatalf("%s %s: %v", p.Name, l.Name, err)
			}
			sum := math.Abs(float64(a.Bias)) + math.Abs(float64(a.Value))
			for _, term := range a.Terms {
				sum += math.Abs(float64(term.Input * term.Weight))
			}
			if math.Abs(float64(a.Value-a.Result)) > 1e-5*sum {
				t.Errorf("%s %s %v: value %v, formula %v", p.Name, l.Name, at, a.Value, a.Result)
			}
			shown := float64(maps.Maps[0].Values[offset])
			if math.Abs(shown-float64(a.Value)) > 1e-5*math.Abs(shown) {
				t.Errorf("%s %s %v: the map has %v, the arithmetic %v", p.Name, l.Name, at, shown, a.Value)
			}
		}
		if _, err := ask[struct{}](t, e, "close", modelQuestion{opened.ID}); err != nil {
			t.Error(err)
		}
	}
}

// The terms that are left out have the smallest products, and their sum is given.
func TestManyTerms(t *testing.T) {
	e := newEngine(t)
	img, _ := drawn(t)
	opened, err := ask[modelEntry](t, e, "open", map[string]any{"preset": "cnn", "seed": 1})
	if err != nil {
		t.Fatal(err)
	}
	list, err := ask[layerList](t, e, "layers", modelQuestion{opened.ID})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list.Layers, func(l layerEntry) bool { return l.Kind == "dense" })
	a, err := ask[arithmetic](t, e, "arithmetic", map[string]any{"model": opened.ID, "pixels": integers(img), "layer": list.Layers[i].Name, "at": []int{5}})
	if err != nil {
		t.Fatal(err)
	}
	sum := float64(a.Bias + a.Rest)
	for _, term := range a.Terms {
		sum += float64(term.Input * term.Weight)
	}
	if len(a.Terms) > maxTerms || math.Abs(sum-float64(a.Result)) > 1e-9*(1+math.Abs(sum)) {
		t.Errorf("%d terms, %d omitted, sum %v, result %v", len(a.Terms), a.Omitted, sum, a.Result)
	}
}

func TestExplain(t *testing.T) {
	e := newEngine(t)
	img, class := drawn(t)
	for method := range methods {
		h, err := ask[explanation](t, e, "explain", map[string]any{"pixels": integers(img), "method": method})
		if err != nil || h.Method != method || len(h.Values) != imageBytes || h.Class != model.Digits()[class] || h.Probability < 0.5 {
			t.Errorf("%s: class %s (%v), %d values, %v", method, h.Class, h.Probability, len(h.Values), err)
		}
		if !slices.ContainsFunc(h.Values, func(v number) bool { return v != 0 }) {
			t.Errorf("%s: all values are 0", method)
		}
		other, err := ask[explanation](t, e, "explain", map[string]any{"pixels": integers(img), "method": method, "class": "1", "model": "1"})
		if err != nil || other.Class != "1" || slices.Equal(other.Values, h.Values) {
			t.Errorf("%s: class %s, %v", method, other.Class, err)
		}
	}
}

func TestGraph(t *testing.T) {
	e := newEngine(t)
	for query, want := range map[string]string{"": "conv1", "training=1": "loss"} {
		a, err := e.Call(t.Context(), "graph", Request{Query: queryOf(t, query)})
		if err != nil || a.Type != "image/svg+xml" || !strings.Contains(string(a.Body), want) {
			t.Errorf("%q: %v, %.300s", query, err, a.Body)
		}
	}
}

// Each wrong question gets its code.
func TestRefusedQuestions(t *testing.T) {
	e := newEngine(t)
	img := integers(make([]byte, imageBytes))
	for _, tc := range []struct {
		name, route string
		question    map[string]any
		code        string
	}{
		{"no model", "layers", map[string]any{"model": "7"}, "unknown_model"},
		{"close a served model", "close", map[string]any{"model": "1"}, "unknown_model"},
		{"close no model", "close", map[string]any{}, "unknown_model"},
		{"unknown field", "layers", map[string]any{"modle": "1"}, "bad_json"},
		{"no pixels", "maps", map[string]any{"layers": []string{"conv1"}}, "pixels"},
		{"few pixels", "explain", map[string]any{"pixels": img[1:]}, "pixels"},
		{"maps of no layer", "maps", map[string]any{"pixels": img, "layers": []string{"conv9"}}, "unknown_layer"},
		{"too many maps", "maps", map[string]any{"pixels": img, "layers": slices.Repeat([]string{"conv1"}, 2000)}, "too_many_values"},
		{"no method", "explain", map[string]any{"pixels": img, "method": "magic"}, "unknown_method"},
		{"no class", "explain", map[string]any{"pixels": img, "class": "x"}, "unknown_class"},
		{"Grad-CAM of no layer", "explain", map[string]any{"pixels": img, "method": "gradcam", "layer": "conv9"}, "unknown_layer"},
		{"value of no layer", "arithmetic", map[string]any{"pixels": img, "layer": "conv9", "at": []int{0, 0, 0}}, "unknown_layer"},
		{"value outside", "arithmetic", map[string]any{"pixels": img, "layer": "conv1", "at": []int{0, 28, 0}}, "unknown_value"},
		{"negative index", "arithmetic", map[string]any{"pixels": img, "layer": "conv1", "at": []int{0, -1, 0}}, "unknown_value"},
		{"no indices", "arithmetic", map[string]any{"pixels": img, "layer": "conv1"}, "unknown_value"},
		{"no preset", "open", map[string]any{"preset": "huge"}, "unknown_preset"},
		{"empty preset", "open", map[string]any{}, "unknown_preset"},
	} {
		if _, err := ask[any](t, e, tc.route, tc.question); codeOf(err) != tc.code {
			t.Errorf("%s: %v, want the code %s", tc.name, err, tc.code)
		}
	}
	if _, err := e.Call(t.Context(), "layers", Request{Type: "text/plain", Body: []byte("{}")}); codeOf(err) != "unknown_type" {
		t.Errorf("text: %v", err)
	}
}
