package engine

import (
	"context"
	"slices"
	"strings"

	"inkstone/model/explain"
)

// explainQuestion asks why a model answers as it does for an image.
type explainQuestion struct {
	Model  string `json:"model"`
	Pixels pixels `json:"pixels"`
	Method string `json:"method"` // "saliency" if it is empty
	Class  string `json:"class"`  // the predicted one if it is empty
	Layer  string `json:"layer"`  // of gradcam: the last one with an image as its output if it is empty
}

// explanation is the answer of the route explain.
type explanation struct {
	Method      string  `json:"method"`
	Unit        string  `json:"unit"` // of the values
	Class       string  `json:"class"`
	Probability float64 `json:"probability"` // of the class
	Height      int     `json:"height"`
	Width       int     `json:"width"`
	Values      numbers `json:"values"` // of each pixel, row by row: above 0 for the class, below 0 against it
	Pixels      []int   `json:"pixels"` // of the image
}

// methods are the explanations by their names.
var methods = map[string]func(ctx context.Context, x *explain.Explainer, q *explainQuestion, class int) (*explain.Heat, error){
	"saliency": func(_ context.Context, x *explain.Explainer, q *explainQuestion, class int) (*explain.Heat, error) {
		return x.Saliency(q.Pixels, class)
	},
	"smoothgrad": func(_ context.Context, x *explain.Explainer, q *explainQuestion, class int) (*explain.Heat, error) {
		return x.SmoothGrad(q.Pixels, class, explain.SmoothOptions{})
	},
	"gradcam": func(_ context.Context, x *explain.Explainer, q *explainQuestion, class int) (*explain.Heat, error) {
		return x.GradCAM(q.Pixels, class, q.Layer)
	},
	"occlusion": func(ctx context.Context, x *explain.Explainer, q *explainQuestion, class int) (*explain.Heat, error) {
		return x.Occlusion(ctx, q.Pixels, class, explain.OcclusionOptions{})
	},
}

// explain answers the call of the route explain: with a question as JSON, or with a picture as the
// body and the other fields in the query.
func (e *Engine) explain(ctx context.Context, r Request) (any, error) {
	q, err := e.readQuestion(ctx, r)
	if err != nil {
		return nil, err
	}
	if q.Method == "" {
		q.Method = "saliency"
	}
	method := methods[q.Method]
	if method == nil {
		return nil, problemf("unknown_method", "there is no method %q; there are saliency, smoothgrad, gradcam and occlusion", q.Method)
	}
	one, err := e.find(q.Model)
	if err != nil {
		return nil, err
	}
	var h *explain.Heat
	err = one.explain(ctx, e.options.Workers, func(x *explain.Explainer) error {
		class, err := one.classIndex(q.Class)
		if err != nil {
			return err
		}
		if q.Layer != "" && !one.hasLayer(q.Layer) {
			return problemf("unknown_layer", "there is no layer %q", q.Layer)
		}
		if h, err = method(ctx, x, q, class); err != nil && q.Method == "gradcam" {
			return problemf("unknown_layer", "%v", err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &explanation{q.Method, h.Unit, h.ClassName, h.Probability, h.Height, h.Width, numbersOf(h.Values), integers(h.Pixels)}, nil
}

// readQuestion reads the question of the route explain.
func (e *Engine) readQuestion(ctx context.Context, r Request) (*explainQuestion, error) {
	if r.mediaType() == "application/json" {
		q := &explainQuestion{}
		if err := decode(r, q); err != nil {
			return nil, err
		}
		return q, checkPixels(0, q.Pixels)
	}
	in, err := e.readInput(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(in.images) != 1 {
		return nil, problemf("images", "the picture has %d digits, want 1", len(in.images))
	}
	get := r.Query.Get
	return &explainQuestion{get("model"), in.images[0], get("method"), get("class"), get("layer")}, nil
}

// classIndex returns the index of a class, or [explain.Predicted] for "".
func (one *entry) classIndex(name string) (int, error) {
	if name == "" {
		return explain.Predicted, nil
	}
	i := slices.Index(one.model.Load().Classes, name)
	if i < 0 {
		return 0, problemf("unknown_class", "there is no class %q; the classes are %s", name, strings.Join(one.model.Load().Classes, ", "))
	}
	return i, nil
}

// integers returns bytes as numbers: a list of bytes in JSON would be text.
func integers(list []byte) []int {
	numbers := make([]int, len(list))
	for i, v := range list {
		numbers[i] = int(v)
	}
	return numbers
}
