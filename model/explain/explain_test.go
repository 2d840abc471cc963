package explain

import (
	"context"
	"errors"
	"image"
	"math"
	"slices"
	"strings"
	"testing"

	"inkstone/graph"
	"inkstone/internal/misuse"
	"inkstone/model"
)

// The gradient is compared with central differences at pixels of a network with every kind of layer.
func TestSaliency(t *testing.T) {
	m := fresh(t, crossing, 12, 10, 3)
	e, pixels := opened(t, m), noise(120)
	h, err := e.Saliency(pixels, 2)
	if err != nil {
		t.Fatal(err)
	}
	x, err := e.scaled(pixels)
	if err != nil {
		t.Fatal(err)
	}
	g, err := e.session(2, "")
	if err != nil {
		t.Fatal(err)
	}
	const step = 2e-3
	wrong := 0
	for i := range x {
		up, down := slices.Clone(x), slices.Clone(x)
		up[i] += step
		down[i] -= step
		logits, err := e.run(g, [][]float64{up, down}, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := (logits[0][2] - logits[1][2]) / (2 * step)
		if math.Abs(h.Values[i]-want) > 2e-3*(1+math.Abs(want)) {
			wrong++ // float32, and some pixels are near a kink
		}
	}
	if wrong > len(x)/20 {
		t.Errorf("%d of %d values differ from finite differences", wrong, len(x))
	}
	if h.Class != 2 || h.ClassName != "2" || !(h.Probability > 0 && h.Probability < 1) {
		t.Errorf("the class is %d, %s, with the probability %v", h.Class, h.ClassName, h.Probability)
	}
}

// In a linear network the gradient is the weight over the deviation of the pixels, with or
// without noise, and the image that a class likes has ink where the weight is positive.
func TestLinear(t *testing.T) {
	m := fresh(t, linear, 1, 3, 2)
	set(m, "fc.weight", 1, 0, -2, 0, 0.5, 0) // pixel, class
	e, pixels := opened(t, m), []byte{255, 0, 51}
	want := []float64{2, -4, 1} // over Std, 0.5
	h, err := e.Saliency(pixels, 0)
	if err != nil || !near(h.Values, want, 1e-6) {
		t.Errorf("the gradient is %v, %v, want %v", h, err, want)
	}
	s, err := e.SmoothGrad(pixels, 0, SmoothOptions{Samples: 30, Noise: 0.5})
	if err != nil || !near(s.Values, want, 1e-5) {
		t.Errorf("the mean of the gradients is %v, %v, want %v", s, err, want)
	}
	f, err := e.Favorite(t.Context(), 0, FavoriteOptions{Steps: 40, Smooth: -1})
	if err != nil || f.Pixels[0] < 200 || f.Pixels[1] != 0 || f.Probability < 0.8 {
		t.Errorf("the favorite is %v (%v), %v", f, f.Pixels, err)
	}

	// The logits are (x - 0.2)/0.5 · w = 1.6 + 0.8 + 0 = 2.4 and 0. The shortest way to the boundary
	// has the length gap/|w/0.5| = 2.4/4.583 if no pixel is at its bound, but pixel 0 cannot become
	// brighter, which it need not: its gradient is negative. So it is that length.
	c, err := e.SmallestChange(t.Context(), pixels, Predicted)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2.4 / math.Sqrt(4+16+1); c.From != 0 || c.To != 1 || math.Abs(c.Norm-want) > 0.01 || c.Probability < 0.5 {
		t.Errorf("the change is %v, want norm %.3f", c, want)
	}
	if p, err := e.Probabilities(c.After); err != nil || p[1] < 0.5 || p[1] != c.Probability {
		t.Errorf("the changed image has the probabilities %v, %v", p, err)
	}

	// Covering pixel 0 takes 2 from the logit, which is 2.4: log p falls by log(1+e^-0.4) - log(1+e^-2.4).
	o, err := e.Occlusion(t.Context(), pixels, 0, OcclusionOptions{Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := math.Log1p(math.Exp(-0.4)) - math.Log1p(math.Exp(-2.4)); math.Abs(o.Values[0]-want) > 1e-5 || o.Values[1] != 0 {
		t.Errorf("occlusion gives %v, want %v at first and 0 for the black pixel", o.Values, want)
	}
}

// Grad-CAM of two channels of 1 x 2, by hand: output A = (1, 2), (3, -1); the gradient of
// class 0 with respect to them is (2, 0), (-1, 1), so the weights are 1 and 0, and the values are
// max(0, 1*1 + 0*2) = 1 and max(0, 1*3 + 0*-1) = 3.
func TestGradCAMByHand(t *testing.T) {
	if got := gradCAM([]float32{1, 2, 3, -1}, []float32{2, -1, 0, 1}, 2); !near(got, []float64{1, 3}, 0) {
		t.Errorf("got %v, want 1 and 3", got)
	}
	// The same through a network: conv1 makes channels x and 1 - x of pixels (0, 1), the dense layer has
	// the weights (2, -1) for the first place and (0, 1) for the second. So A = (0, 1), (1, 0), the
	// weights are (2+0)/2 = 1 and (-1+1)/2 = 0, and the values 0 and 1.
	m := fresh(t, func(b *graph.Builder, x *graph.Node) *graph.Node {
		return b.Dense("fc", b.Flatten(b.Conv("conv1", x, 2, 1)), b.Classes())
	}, 1, 2, 2)
	m.Mean, m.Std = 0, 1
	set(m, "conv1.weight", 1, -1)
	set(m, "conv1.bias", 0, 1)
	set(m, "fc.weight", 2, 0, -1, 0, 0, 0, 1, 0) // place and channel, class
	e := opened(t, m)
	h, err := e.GradCAM([]byte{0, 255}, 0, "")
	if err != nil || !near(h.Coarse, []float64{0, 1}, 1e-6) || !near(h.Values, h.Coarse, 0) || h.Method != "Grad-CAM at conv1" {
		t.Errorf("%v (%v), %v", h, h.Coarse, err)
	}
}

// enlarge interpolates between centers: two cells over four pixels have their centers at 0.5 and 2.5.
func TestEnlarge(t *testing.T) {
	if got, want := enlarge([]float64{0, 4}, 1, 2, 1, 4), []float64{0, 1, 3, 4}; !near(got, want, 1e-12) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSimilar(t *testing.T) {
	m := fresh(t, crossing, 12, 10, 3)
	e := opened(t, m)
	var images [][]byte
	for i := range 70 {
		p := noise(120)
		for k := range p {
			p[k] = byte(int(p[k]) * i / 70)
		}
		images = append(images, p)
	}
	calls := 0
	index, err := e.Index(t.Context(), len(images), func(i int) []byte { return images[i] }, IndexOptions{Progress: func(done, total int) { calls++ }})
	if err != nil || index.Len() != 70 || calls != 2 {
		t.Fatalf("%d images in %d batches, %v", index.Len(), calls, err)
	}
	n, err := index.Nearest(images[33], 3, func(i int) string { return "<" + string('a'+rune(i%26)) })
	if err != nil || n.List[0].Index != 33 || n.List[0].Similarity < 1-1e-6 || len(n.List) != 3 {
		t.Errorf("the most similar images are %v, %v, want image 33 first", n, err)
	}
	if html := n.HTML(); strings.Count(html, "<img") != 3 || !strings.Contains(html, "&lt;h") {
		t.Errorf("HTML is %.300s", html)
	}
}

// The features are the input of the classifying layer, or the image itself.
func TestFeatureLayer(t *testing.T) {
	if got := opened(t, fresh(t, linear, 2, 2, 2)).featureLayer(); got != "flatten1" {
		t.Errorf("the features of a linear network are %q", got)
	}
	for name, want := range map[string]string{"cnn": "relu3", "tiny": "globalavgpool1", "resnet": "globalavgpool1"} {
		m, err := model.New(model.Spec{Preset: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := opened(t, m).featureLayer(); got != want {
			t.Errorf("the features of %s are the output of %q, want %q", name, got, want)
		}
	}
}

// Every explanation works with every preset and with a network of the reader's own.
func TestAllNetworks(t *testing.T) {
	models := []*model.Model{fresh(t, crossing, 28, 28, 10)}
	for _, p := range model.Presets() {
		if p.Name == "best" && testing.Short() || p.Name == "explaintest" {
			continue
		}
		m, err := model.New(model.Spec{Preset: p.Name})
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	pixels := noise(784)
	for _, m := range models {
		t.Run(m.Preset, func(t *testing.T) {
			e := opened(t, m)
			s, err := e.Saliency(pixels, Predicted)
			if err != nil || slices.Max(s.Values) == 0 {
				t.Errorf("saliency: %v, %v", s, err)
			}
			if s, err := e.SmoothGrad(pixels, 3, SmoothOptions{Samples: 3}); err != nil || slices.Max(s.Values) == 0 {
				t.Errorf("SmoothGrad: %v, %v", s, err)
			}
			h, err := e.GradCAM(pixels, Predicted, "")
			if err != nil || len(h.Values) != 784 || slices.Min(h.Values) < 0 {
				t.Errorf("Grad-CAM: %v, %v", h, err)
			}
			c, err := e.SmallestChange(t.Context(), pixels, Predicted)
			if err != nil {
				t.Fatal(err)
			}
			if p, err := e.Probabilities(c.After); err != nil || argmax(p) != c.To || c.To == c.From || c.Norm > 28 {
				t.Errorf("smallest change: %v, the answer becomes %v, %v", c, argmax(p), err)
			}
			if f, err := e.Favorite(t.Context(), 7, FavoriteOptions{Steps: 5}); err != nil || len(f.Pixels) != 784 {
				t.Errorf("favorite: %v, %v", f, err)
			}
			if o, err := e.Occlusion(t.Context(), pixels, Predicted, OcclusionOptions{Size: 12, Stride: 8}); err != nil || len(o.Values) != 784 {
				t.Errorf("occlusion: %v, %v", o, err)
			}
		})
	}
}

// Results show themselves: a line of text, a picture, and HTML with the picture.
func TestShow(t *testing.T) {
	m := fresh(t, linear, 1, 3, 2)
	set(m, "fc.weight", 1, 0, -2, 0, 0.5, 0)
	e, pixels := opened(t, m), []byte{255, 0, 51}
	h, err := e.Saliency(pixels, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := h.String(), "saliency for 0 (91.7 %): 3 values from -4 to 2, logit per pixel from 0 to 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p := h.Picture()
	at := func(p image.Image, x int) [3]uint32 {
		r, g, b, _ := p.At(x, 5).RGBA()
		return [3]uint32{r >> 8, g >> 8, b >> 8}
	}
	if p.Bounds() != image.Rect(0, 0, 30, 10) || at(p, 15) != [3]uint32{8, 81, 156} || at(p, 5)[0] <= at(p, 5)[2] {
		t.Errorf("a picture of %v with the colors %v and %v", p.Bounds(), at(p, 5), at(p, 15))
	}
	if html := h.HTML(); !strings.Contains(html, `src="data:image/png;base64,`) || !strings.Contains(html, "saliency for 0") {
		t.Errorf("HTML is %.200s", html)
	}
}

func TestErrors(t *testing.T) {
	m := fresh(t, linear, 2, 2, 2)
	e, pixels := opened(t, m), noise(4)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failed := func(_ any, err error) error { return err }
	misuse.Check(t,
		misuse.Call{Name: "New", Call: func() error { _, err := New(nil, 0); return err }, Want: "nil"},
		misuse.Call{Name: "New of an empty model", Call: func() error { _, err := New(&model.Model{}, 0); return err }, Want: "empty"},
		misuse.Call{Name: "no pixels", Call: func() error { return failed(e.Saliency(nil, 0)) }, Want: "0 pixels, the model \"explaintest\" wants 2x2 = 4"},
		misuse.Call{Name: "class", Call: func() error { return failed(e.Saliency(pixels, 2)) }, Want: "no class with the index 2; the classes are 0, 1"},
		misuse.Call{Name: "no image layer", Call: func() error { return failed(e.GradCAM(pixels, 0, "")) }, Want: "has none"},
		misuse.Call{Name: "layer", Call: func() error { return failed(e.GradCAM(pixels, 0, "conv7")) }, Want: `no layer "conv7"; there are flatten1, fc`},
		misuse.Call{Name: "vector layer", Call: func() error { return failed(e.GradCAM(pixels, 0, "fc")) }, Want: `"fc"`},
		misuse.Call{Name: "samples", Call: func() error { return failed(e.SmoothGrad(pixels, 0, SmoothOptions{Samples: -1})) }, Want: "-1 noisy copies"},
		misuse.Call{Name: "square", Call: func() error { return failed(e.Occlusion(t.Context(), pixels, 0, OcclusionOptions{Size: 3})) }, Want: "square of 3"},
		misuse.Call{Name: "index", Call: func() error { return failed(e.Index(t.Context(), 1, nil, IndexOptions{})) }, Want: "function"},
		misuse.Call{Name: "index layer", Call: func() error {
			return failed(e.Index(t.Context(), 1, func(int) []byte { return pixels }, IndexOptions{Layer: "x"}))
		}, Want: `no layer "x"`},
		misuse.Call{Name: "favorite", Call: func() error { return failed(e.Favorite(t.Context(), Predicted, FavoriteOptions{})) }, Want: "index from 0 to 1"},
		misuse.Call{Name: "arithmetic layer", Call: func() error { return failed(e.Arithmetic(pixels, "x", 0)) }, Want: "flatten1, fc"},
		misuse.Call{Name: "arithmetic index", Call: func() error { return failed(e.Arithmetic(pixels, "fc", 2)) }, Want: "0 to 1"},
		misuse.Call{Name: "arithmetic indices", Call: func() error { return failed(e.Arithmetic(pixels, "fc")) }, Want: "want 1"},
	)
	class, _, err := e.choose(make([]float64, 4), Predicted)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.SmallestChange(t.Context(), make([]byte, 4), class); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a change to the predicted class: %v", err)
	}
	if _, err := e.Occlusion(ctx, pixels, 0, OcclusionOptions{Size: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("occlusion after a cancellation: %v", err)
	}
	m.Params.Get("fc.bias").Value().Data().([]float32)[0] = float32(math.NaN())
	if _, err := e.Saliency(pixels, 0); !errors.Is(err, model.ErrNotFinite) {
		t.Errorf("saliency of logits that are NaN: %v", err)
	}
}
