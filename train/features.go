package train

import (
	"context"
	"fmt"

	"inkstone/graph"
	"inkstone/model"
	"inkstone/train/data"
)

// DefaultFeatureMemory is how many bytes of features a run keeps unless [Config] says
// otherwise: 2 GiB.
const DefaultFeatureMemory = 2 << 30

// features are what the frozen part of a network makes of each image of a set,
// computed once: the outputs of the layers at its boundary, see [graph.Boundary].
type features struct {
	lengths []int       // elements for one image, by layer
	values  [][]float32 // by layer, image after image
}

func (f *features) sizes() []int { return f.lengths }

func (f *features) write(dst [][]float32, i, _ int) error {
	for k, n := range f.lengths {
		copy(dst[k], f.values[k][i*n:(i+1)*n])
	}
	return nil
}

// computeFeatures evaluates these layers of a model for every image of a set.
func computeFeatures(ctx context.Context, m *model.Model, cfg graph.Config, layers []string, set *data.Set) (*features, error) {
	a, err := graph.NewActivations(m.Params, m.Net(), cfg, layers...)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	normalize := m.Normalizer()
	input := a.Input().Data().([]float32)
	size := set.Height() * set.Width()
	f := &features{}
	for start := 0; start < set.Len(); start += cfg.Batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(cfg.Batch, set.Len()-start)
		for i := range n {
			normalize(input[i*size:(i+1)*size], set.Pixels(start+i))
		}
		if err := a.Run(); err != nil {
			return nil, err
		}
		for k, out := range a.Outputs() {
			length := out.DataSize() / cfg.Batch
			if start == 0 {
				f.lengths = append(f.lengths, length)
				f.values = append(f.values, make([]float32, set.Len()*length))
			}
			copy(f.values[k][start*length:], out.Data().([]float32)[:n*length])
		}
	}
	return f, nil
}

// head evaluates the part of a network above the boundary on features.
type head struct {
	eval     *graph.Evaluation
	features *features
	batch    int
	classes  int
}

func newHead(m *model.Model, layers []string, f *features, batch, workers int) (*head, error) {
	cfg := m.Config(batch, workers)
	cfg.From = layers
	eval, err := graph.NewEvaluation(m.Params, m.Net(), cfg)
	if err != nil {
		return nil, err
	}
	return &head{eval, f, batch, len(m.Classes)}, nil
}

// logits are the rows of the set that the features are of.
func (h *head) logits(start, n int) ([]float32, error) {
	for k, in := range h.eval.Inputs() {
		length := h.features.lengths[k]
		copy(in.Data().([]float32), h.features.values[k][start*length:(start+n)*length])
	}
	if err := h.eval.Run(); err != nil {
		return nil, err
	}
	return h.eval.Logits().Data().([]float32)[:n*h.classes], nil
}

func (h *head) close() error { return h.eval.Close() }

// boundary decides whether the run keeps features from the epoch at hand on: it gives
// the layers that they are of, none if it does not, and says why in a line.
func (t *Trainer) boundary() (layers []string, why string, err error) {
	if len(t.model.Params.Frozen()) == 0 {
		return nil, "", nil
	}
	cfg := t.declared()
	if layers, err = graph.Boundary(t.model.Params, t.model.Net(), cfg); err != nil {
		return nil, "", err
	}
	computed := "features are computed at each step: "
	switch {
	case len(layers) == 0:
		return nil, computed + "what trains reads the image", nil
	case t.varied() != "":
		return nil, computed + t.varied() + " changes the images", nil
	case t.until(t.at.Epoch)-t.at.Epoch < 2:
		return nil, computed + "other layers join after one epoch", nil
	}
	images := t.training.Len()
	if t.validation != nil {
		images += t.validation.Len()
	}
	elements := 0
	for _, l := range t.model.Layers() {
		for _, name := range layers {
			if l.Name == name {
				elements += l.Output.TotalSize()
			}
		}
	}
	bytes := 4 * int64(images) * int64(elements)
	limit := t.cfg.FeatureMemory
	if limit == 0 {
		limit = DefaultFeatureMemory
	}
	size := fmt.Sprintf("%d images x %d values of %s, %s", images, elements, list(layers), mebibytes(bytes))
	if bytes > max(0, limit) {
		return nil, computed + size + fmt.Sprintf(", are more than the %s that may be kept", mebibytes(max(0, limit))), nil
	}
	return layers, "features are computed once and kept: " + size, nil
}

// varied names what changes the images from epoch to epoch, "" for nothing.
func (t *Trainer) varied() string {
	if !t.pixels.distortions.none() {
		return "augmentation"
	}
	if t.cfg.Distort != nil {
		return "the function Distort"
	}
	if t.mixer != nil {
		return "mixup"
	}
	return ""
}

func mebibytes(n int64) string { return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20)) }
