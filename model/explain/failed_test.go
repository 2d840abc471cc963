package explain_test

import (
	"errors"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/model/explain"
)

// What a failed call returns shows its error, also if the explainer could not be made.
func TestFailed(t *testing.T) {
	ctx, pixels := t.Context(), make([]byte, 28*28)
	reason := errors.New("the reason")
	failed, err := explain.New(model.Failed(reason), 0)
	if !errors.Is(err, reason) {
		t.Fatalf("New returns %v, want %v", err, reason)
	}
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	good, err := explain.New(m, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	type shown interface {
		String() string
		HTML() string
	}
	for name, call := range map[string]func(e *explain.Explainer, pixels []byte) (shown, error){
		"Saliency": func(e *explain.Explainer, p []byte) (shown, error) { return e.Saliency(p, explain.Predicted) },
		"SmoothGrad": func(e *explain.Explainer, p []byte) (shown, error) {
			return e.SmoothGrad(p, explain.Predicted, explain.SmoothOptions{})
		},
		"GradCAM": func(e *explain.Explainer, p []byte) (shown, error) { return e.GradCAM(p, explain.Predicted, "") },
		"Occlusion": func(e *explain.Explainer, p []byte) (shown, error) {
			return e.Occlusion(ctx, p, explain.Predicted, explain.OcclusionOptions{})
		},
		"Arithmetic":  func(e *explain.Explainer, p []byte) (shown, error) { return e.Arithmetic(p, "conv1", 1, 1, 1) },
		"the softmax": func(e *explain.Explainer, p []byte) (shown, error) { return e.Arithmetic(p, explain.Probabilities, 1) },
		"SmallestChange": func(e *explain.Explainer, p []byte) (shown, error) {
			return e.SmallestChange(ctx, p, explain.Predicted)
		},
		"Nearest": func(e *explain.Explainer, p []byte) (shown, error) {
			x, _ := e.Index(ctx, 2, func(int) []byte { return pixels }, explain.IndexOptions{})
			return x.Nearest(p, 1, nil)
		},
	} {
		for text, e := range map[string]*explain.Explainer{"the reason": failed, "783 pixels": good} {
			v, err := call(e, pixels[1:])
			if err == nil || !strings.Contains(err.Error(), text) || !strings.HasSuffix(v.String(), ": "+err.Error()+"\n") || !strings.Contains(v.HTML(), text) {
				t.Errorf("%s: error %v, text %q, HTML %q, want %q in all", name, err, v, v.HTML(), text)
			}
		}
	}
	if f, err := failed.Favorite(ctx, 3, explain.FavoriteOptions{}); !errors.Is(err, reason) || !strings.Contains(f.HTML(), "the reason") || !strings.Contains(f.String(), "the reason") {
		t.Errorf("Favorite returns %v and %v", f, err)
	}
	if _, err := failed.Values(pixels, "conv1"); !errors.Is(err, reason) {
		t.Errorf("Values returns %v", err)
	}
	heat, _ := failed.Saliency(pixels, explain.Predicted)
	defer func() {
		if got, ok := recover().(error); !ok || !errors.Is(got, reason) {
			t.Errorf("Picture panics with %v, want %v", got, reason)
		}
	}()
	heat.Picture()
}
