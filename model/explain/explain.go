// Package explain shows why a network answers as it does: which pixels a logit depends on, which
// part of an image it needs, which images look alike to it, what it would take to change the
// answer, and how any value inside the network is computed.
//
//	e, err := explain.New(m, 0)
//	heat, err := e.Saliency(pixels, -1) // -1 is the class that the network predicts
//
// An image is given as its pixels, height x width bytes, row by row, 0 for black and 255 for
// white, as [inkstone/model.Classifier] takes them. Every result has a String method and an HTML method,
// which notebooks show.
package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"inkstone/graph"
	"inkstone/model"
)

// Predicted stands for the class that the network predicts, where a class is asked for.
const Predicted = -1

// Explainer explains the answers of a model. It is for one goroutine. It shares the parameters with
// the model, so it explains the values that these have at the time of a call.
type Explainer struct {
	model    *model.Model
	workers  int
	layers   []graph.Layer // with nodes
	sessions map[sessionKey]*graph.ImageGradients
	kept     []valueSession // the last one used is the last
	err      error          // of the call that should have made the explainer
}

// sessionKey identifies a session by its batch size and the layer that it also differentiates
// with respect to, "" for none.
type sessionKey struct {
	batch int
	layer string
}

// New returns an explainer of a model. workers is the number of goroutines of an operation, 0 for
// one per processor; no result depends on it. With an error it returns an explainer whose methods
// return the error.
func New(m *model.Model, workers int) (e *Explainer, err error) {
	defer func() {
		if err != nil {
			e = &Explainer{model: model.Failed(err), err: err}
		}
	}()
	if m != nil && m.Err() != nil {
		return nil, fmt.Errorf("explain: there is no model: %w", m.Err())
	}
	if m == nil || m.Net() == nil {
		return nil, fmt.Errorf("explain: the model is nil or empty, want one made by model.New or model.Load")
	}
	e = &Explainer{model: m, workers: workers, sessions: map[sessionKey]*graph.ImageGradients{}}
	layers, err := graph.Describe(m.Params, m.Net(), m.Config(1, workers))
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	e.layers = layers
	return e, nil
}

// Close releases the sessions. The explainer can be used again.
func (e *Explainer) Close() error {
	for key, s := range e.sessions {
		if err := s.Close(); err != nil {
			return err
		}
		delete(e.sessions, key)
	}
	for len(e.kept) > 0 {
		last := len(e.kept) - 1
		if err := e.kept[last].Close(); err != nil {
			return err
		}
		e.kept = e.kept[:last]
	}
	return nil
}

// Layers returns the names of the layers, in the order of their declaration.
func (e *Explainer) Layers() []string {
	var names []string
	for _, l := range e.layers {
		names = append(names, l.Name)
	}
	return names
}

// Probabilities returns the probability of each class for an image.
func (e *Explainer) Probabilities(pixels []byte) ([]float64, error) {
	x, err := e.scaled(pixels)
	if err != nil {
		return nil, err
	}
	g, err := e.session(1, "")
	if err != nil {
		return nil, err
	}
	logits, err := e.run(g, [][]float64{x}, nil)
	if err != nil {
		return nil, err
	}
	return softmax(logits[0]), nil
}

// session returns a session for a batch of images, which it opens at the first call.
func (e *Explainer) session(batch int, layer string) (*graph.ImageGradients, error) {
	key := sessionKey{batch, layer}
	if s := e.sessions[key]; s != nil {
		return s, nil
	}
	var layers []string
	if layer != "" {
		layers = []string{layer}
	}
	s, err := graph.NewImageGradients(e.model.Params, e.model.Net(), e.model.Config(batch, e.workers), layers...)
	if err != nil {
		return nil, fmt.Errorf("explain: model %q: %w", e.model.Preset, err)
	}
	e.sessions[key] = s
	return s, nil
}

// run evaluates a session for images, which have values from 0 to 1, and for weights of the
// logits, nil for none. It returns the logits of each image.
func (e *Explainer) run(g *graph.ImageGradients, images, weights [][]float64) ([][]float64, error) {
	m := e.model
	input := g.Input().Data().([]float32)
	w := g.Weights().Data().([]float32)
	clear(w)
	classes := len(m.Classes)
	for n, x := range images {
		for i, v := range x {
			input[n*len(x)+i] = float32((v - m.Mean) / m.Std)
		}
		if weights != nil {
			for k, v := range weights[n] {
				w[n*classes+k] = float32(v)
			}
		}
	}
	if err := g.Run(); err != nil {
		return nil, fmt.Errorf("explain: model %q: %w", m.Preset, err)
	}
	flat := g.Logits().Data().([]float32)
	logits := make([][]float64, len(images))
	for n := range logits {
		logits[n] = make([]float64, classes)
		for k := range classes {
			v := float64(flat[n*classes+k])
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("explain: model %q: %w: %v for the class %s", m.Preset, model.ErrNotFinite, v, m.Classes[k])
			}
			logits[n][k] = v
		}
	}
	return logits, nil
}

// gradient returns the gradient of the last run with respect to image n, whose values are from
// 0 to 1.
func (e *Explainer) gradient(g *graph.ImageGradients, n int) []float64 {
	size := e.model.Height * e.model.Width * e.model.Channels
	d := make([]float64, size)
	for i, v := range g.Gradient().Data().([]float32)[n*size : (n+1)*size] {
		d[i] = float64(v) / e.model.Std
	}
	return d
}

// scaled checks an image and returns its pixels from 0 to 1.
func (e *Explainer) scaled(pixels []byte) ([]float64, error) {
	if e.err != nil {
		return nil, e.err
	}
	m := e.model
	if want := m.Height * m.Width * m.Channels; len(pixels) != want {
		return nil, fmt.Errorf("explain: the image has %d pixels, the model %q wants %dx%d = %d", len(pixels), m.Preset, m.Height, m.Width, want)
	}
	x := make([]float64, len(pixels))
	for i, p := range pixels {
		x[i] = float64(p) / 255
	}
	return x, nil
}

// bytesOf returns values from 0 to 1 as pixels.
func bytesOf(x []float64) []byte {
	pixels := make([]byte, len(x))
	for i, v := range x {
		pixels[i] = byte(math.Round(255 * min(max(v, 0), 1)))
	}
	return pixels
}

// checkClass refuses a class that the model does not have.
func (e *Explainer) checkClass(class int) error {
	if class != Predicted && (class < 0 || class >= len(e.model.Classes)) {
		return fmt.Errorf("explain: there is no class with the index %d; the classes are %s, with the indices 0 to %d, and %d for the predicted one",
			class, strings.Join(e.model.Classes, ", "), len(e.model.Classes)-1, Predicted)
	}
	return nil
}

// chosen returns the class, or the one with the largest logit for [Predicted].
func chosen(class int, logits []float64) int {
	if class == Predicted {
		return argmax(logits)
	}
	return class
}

func argmax(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// oneHot returns the weights that choose the logit of a class.
func (e *Explainer) oneHot(class int) []float64 {
	w := make([]float64, len(e.model.Classes))
	w[class] = 1
	return w
}

func softmax(logits []float64) []float64 {
	largest, sum := slices.Max(logits), 0.0
	p := make([]float64, len(logits))
	for i, v := range logits {
		p[i] = math.Exp(v - largest)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// layer returns the layer of that name, or an error that lists the names.
func (e *Explainer) layer(name string) (graph.Layer, error) {
	i := slices.IndexFunc(e.layers, func(l graph.Layer) bool { return l.Name == name })
	if i < 0 {
		return graph.Layer{}, fmt.Errorf("explain: there is no layer %q; there are %s", name, strings.Join(e.Layers(), ", "))
	}
	return e.layers[i], nil
}

// Answer describes the probabilities of an image: "7 (98.2 %), then 1 (1.5 %)".
func (e *Explainer) Answer(p []float64) string {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	first, second := order[0], order[1]
	return fmt.Sprintf("%s (%s), then %s (%s)", e.model.Classes[first], percent(p[first]), e.model.Classes[second], percent(p[second]))
}

func percent(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) }
