package explain

import (
	"cmp"
	"context"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/internal/failed"
	"inkstone/internal/inline"
)

// Index holds the features of many images, to find those that look most alike to the network.
// The features of an image are the values that the last layer with parameters, the classifying
// one, reads.
type Index struct {
	e        *Explainer
	layer    string // whose output the features are, "" for the images themselves
	features [][]float32
	pixels   func(i int) []byte

	err error // of the call that returned it
}

// IndexOptions are the settings of [Explainer.Index].
type IndexOptions struct {
	Layer    string                // whose output to compare; "" for the input of the classifying layer
	Progress func(done, total int) // is called after each batch of images; nil for none
}

// indexBatch is the number of images in a batch.
const indexBatch = 64

// Index computes the features of n images, such as the training images. pixels(i) returns image i;
// it is also called to show images later.
func (e *Explainer) Index(ctx context.Context, n int, pixels func(i int) []byte, o IndexOptions) (result *Index, err error) {
	defer e.carry(&err, func() { result = &Index{e: e, err: err} })
	if n < 1 || pixels == nil {
		return nil, fmt.Errorf("explain: an index of %d images, want at least 1 and a function that returns their pixels", n)
	}
	layer := o.Layer
	if layer == "" {
		layer = e.featureLayer()
	} else if _, err := e.layer(layer); err != nil {
		return nil, err
	}
	index := &Index{e: e, layer: layer, pixels: pixels}
	evaluate, stop, err := index.evaluator(min(n, indexBatch))
	if err != nil {
		return nil, err
	}
	defer stop()
	for done := 0; done < n; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		count := min(indexBatch, n-done)
		found, err := evaluate(count, func(i int) []byte { return pixels(done + i) })
		if err != nil {
			return nil, err
		}
		index.features = append(index.features, found...)
		if done += count; o.Progress != nil {
			o.Progress(done, n)
		}
	}
	return index, nil
}

// featureLayer returns the layer whose output the classifying layer reads, or "".
func (e *Explainer) featureLayer() string {
	nameOf := map[*gorgonia.Node]string{}
	for _, l := range e.layers {
		nameOf[l.Node] = l.Name
	}
	for _, l := range slices.Backward(e.layers) {
		if (l.Kind == "dense" || l.Kind == "conv") && len(l.Params) > 0 {
			for n := firstInput(l.Node); n != nil; n = firstInput(n) {
				if nameOf[n] != "" {
					return nameOf[n]
				}
			}
			break
		}
	}
	return ""
}

// firstInput returns the first node that n is computed from, or nil.
func firstInput(n *gorgonia.Node) *gorgonia.Node {
	if it := n.Graph().From(n.ID()); it.Next() {
		return it.Node().(*gorgonia.Node)
	}
	return nil
}

// evaluator returns a function that computes the features of up to batch images, each of length
// 1, and a function that releases its session.
func (x *Index) evaluator(batch int) (func(n int, pixels func(i int) []byte) ([][]float32, error), func() error, error) {
	m := x.e.model
	size := m.Height * m.Width * m.Channels
	normalize := m.Normalizer()
	fill := func(dst []float32, n int, pixels func(i int) []byte) error {
		for i := range n {
			p := pixels(i)
			if len(p) != size {
				return fmt.Errorf("explain: image %d has %d pixels, the model %q wants %dx%d = %d", i, len(p), m.Preset, m.Height, m.Width, size)
			}
			normalize(dst[i*size:(i+1)*size], p)
		}
		return nil
	}
	if x.layer == "" {
		input := make([]float32, batch*size)
		return func(n int, pixels func(i int) []byte) ([][]float32, error) {
			if err := fill(input, n, pixels); err != nil {
				return nil, err
			}
			return directions(input, n, size), nil
		}, func() error { return nil }, nil
	}
	a, err := graph.NewActivations(m.Params, m.Net(), m.Config(batch, x.e.workers), x.layer)
	if err != nil {
		return nil, nil, fmt.Errorf("explain: model %q: %w", m.Preset, err)
	}
	return func(n int, pixels func(i int) []byte) ([][]float32, error) {
		if err := fill(a.Input().Data().([]float32), n, pixels); err != nil {
			return nil, err
		}
		if err := a.Run(); err != nil {
			return nil, fmt.Errorf("explain: model %q: %w", m.Preset, err)
		}
		out := a.Outputs()[0]
		return directions(out.Data().([]float32), n, out.DataSize()/out.Shape()[0]), nil
	}, a.Close, nil
}

// directions returns n rows of flat, each divided by its length.
func directions(flat []float32, n, size int) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		row := slices.Clone(flat[i*size : (i+1)*size])
		sum := 0.0
		for _, v := range row {
			sum += float64(v) * float64(v)
		}
		if sum > 0 {
			for k := range row {
				row[k] = float32(float64(row[k]) / math.Sqrt(sum))
			}
		}
		rows[i] = row
	}
	return rows
}

// Len returns the number of images.
func (x *Index) Len() int { return len(x.features) }

// Neighbors are the images of an index that are most similar to an image.
type Neighbors struct {
	Layer string     // whose output is compared
	List  []Neighbor // the most similar first

	height, width int
	pixels        func(i int) []byte
	label         func(i int) string

	err error // of the call that returned it
}

// Neighbor is an image of an index.
type Neighbor struct {
	Index      int     // of the image
	Similarity float64 // cosine of the angle between the features, 1 for the same direction
}

// Nearest returns the k images with the largest cosine between their features and those of an
// image. label(i) returns what to call image i, such as its class; nil for its number.
func (x *Index) Nearest(pixels []byte, k int, label func(i int) string) (result *Neighbors, err error) {
	defer x.e.carry(&err, func() { result = &Neighbors{err: err} })
	if x.err != nil {
		return nil, x.err
	}
	if k < 1 {
		return nil, fmt.Errorf("explain: the %d most similar images, want at least 1", k)
	}
	if _, err := x.e.scaled(pixels); err != nil {
		return nil, err
	}
	evaluate, stop, err := x.evaluator(1)
	if err != nil {
		return nil, err
	}
	defer stop()
	query, err := evaluate(1, func(int) []byte { return pixels })
	if err != nil {
		return nil, err
	}
	list := make([]Neighbor, len(x.features))
	for i, f := range x.features {
		sum := 0.0
		for j, v := range f {
			sum += float64(v) * float64(query[0][j])
		}
		list[i] = Neighbor{i, sum}
	}
	slices.SortStableFunc(list, func(a, b Neighbor) int { return cmp.Compare(b.Similarity, a.Similarity) })
	layer := x.layer
	if layer == "" {
		layer = "the images"
	}
	return &Neighbors{Layer: layer, List: list[:min(k, len(list))], height: x.e.model.Height, width: x.e.model.Width, pixels: x.pixels, label: label}, nil
}

// name returns what to call an image.
func (n *Neighbors) name(i int) string {
	if n.label == nil {
		return fmt.Sprintf("image %d", i)
	}
	return n.label(i)
}

// String returns a line for each image: "image 512: 7, similarity 0.98".
func (n *Neighbors) String() string {
	if n.err != nil {
		return failed.Text(explanation, n.err)
	}
	var s strings.Builder
	for _, b := range n.List {
		name := ""
		if n.label != nil {
			name = n.label(b.Index) + ", "
		}
		fmt.Fprintf(&s, "image %d: %ssimilarity %.3f\n", b.Index, name, b.Similarity)
	}
	return s.String()
}

// HTML returns the images with their labels and similarities, for a notebook or a page.
func (n *Neighbors) HTML() string {
	if n.err != nil {
		return failed.HTML(explanation, n.err)
	}
	var s strings.Builder
	for _, b := range n.List {
		p := n.pixels(b.Index)
		picture := paint(n.height, n.width, func(i int) color.RGBA { return plain(p[i]) })
		s.WriteString(inline.Figure(inline.PNG(picture), 84, fmt.Sprintf("image %d", b.Index), n.name(b.Index), fmt.Sprintf("%.3f", b.Similarity)))
	}
	return s.String()
}
