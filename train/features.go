package train

import (
	"context"
	"fmt"
	"slices"
	"time"

	"inkstone/graph"
	"inkstone/model"
	"inkstone/train/data"
)

// Features describes whether a stage keeps the outputs of the frozen part of the network,
// its features, which are then computed once for each image and not in each step. The
// numbers are zero where State makes them needless.
type Features struct {
	State   FeatureState
	Layers  []string // whose outputs are the features, see [graph.Boundary]
	Images  int      // in the training and the validation set
	Values  int      // for an image
	Bytes   int64    // for all images
	Limit   int64    // bytes that may be kept
	Seconds float64  // that computing the features took
}

// FeatureState is the reason why a stage keeps features or does not.
type FeatureState int

// The states, in the order in which they are tried.
const (
	FeaturesNone      FeatureState = iota // nothing is frozen
	FeaturesAugmented                     // augmentation changes the images
	FeaturesDistorted                     // Config.Distort changes the images
	FeaturesMixed                         // mixup changes the images
	FeaturesOneEpoch                      // one epoch of the stage is left
	FeaturesNoLayer                       // the trainable part reads the image
	FeaturesTooLarge                      // the features need more memory than the limit
	FeaturesKept                          // the features are kept
)

// String returns the state in words.
func (s FeatureState) String() string {
	return [...]string{
		"nothing is frozen", "augmentation changes the images", "the function Distort changes the images", "mixup changes the images",
		"only one epoch would use them from here on", "the trainable part reads the image", "they need more memory than the limit", "kept",
	}[s]
}

// String returns a line on what is kept or why nothing is, "" if nothing is frozen.
func (f Features) String() string {
	size := fmt.Sprintf("%d images x %d values of %s", f.Images, f.Values, list(f.Layers))
	switch f.State {
	case FeaturesNone:
		return ""
	case FeaturesKept:
		return fmt.Sprintf("features are computed once and kept: %s, %s, in %.1f s", size, mebibytes(f.Bytes), f.Seconds)
	case FeaturesTooLarge:
		return fmt.Sprintf("features are computed at each step: %s need %s, the limit is %s", size, mebibytes(f.Bytes), mebibytes(f.Limit))
	}
	return fmt.Sprintf("features are computed at each step: %s", f.State)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20)) }

// planFeatures decides whether the stage that starts with the current epoch keeps features.
// It declares the network only if nothing else speaks against it.
func (t *Trainer) planFeatures() (f Features, err error) {
	if len(t.model.Params.Frozen()) == 0 {
		return f, nil
	}
	if f.State = t.inputs.change(); f.State != FeaturesNone {
		return f, nil
	}
	if t.stageEpochs(t.record.Epoch) < 2 {
		f.State = FeaturesOneEpoch
		return f, nil
	}
	if f.Layers, err = graph.Boundary(t.model.Params, t.model.Net(), t.sessionConfig()); err != nil {
		return f, err
	}
	if len(f.Layers) == 0 {
		f.State = FeaturesNoLayer
		return f, nil
	}
	f.Images = t.training.Len()
	if t.validation != nil {
		f.Images += t.validation.Len()
	}
	for _, l := range t.model.Layers() {
		if slices.Contains(f.Layers, l.Name) {
			f.Values += l.Output.TotalSize() // of a batch of one image
		}
	}
	f.Bytes = 4 * int64(f.Images) * int64(f.Values)
	f.Limit = int64(t.cfg.FeatureMemoryMiB) << 20
	if f.State = FeaturesKept; f.Bytes > f.Limit {
		f.State = FeaturesTooLarge
	}
	return f, nil
}

// openFeatures computes the features of both sets. It returns the source of the training
// session and, if there is a validation set, the scorer of that, which starts from features.
func (s *stage) openFeatures(ctx context.Context, t *Trainer) (source, scorer, error) {
	start := time.Now()
	layers := s.Features.Layers
	training, err := computeFeatures(ctx, t.model, t.sessionConfig(), layers, t.training)
	if err != nil {
		return nil, nil, err
	}
	defer func() { s.Features.Seconds = time.Since(start).Seconds() }()
	if t.validation == nil {
		return training, nil, nil
	}
	cfg := t.model.Config(s.scoreBatch, t.cfg.Workers)
	validation, err := computeFeatures(ctx, t.model, cfg, layers, t.validation)
	if err != nil {
		return nil, nil, err
	}
	cfg.From = layers
	head, err := graph.NewEvaluation(t.model.Params, t.model.Net(), cfg)
	if err != nil {
		return nil, nil, err
	}
	s.closers = append(s.closers, head.Close)
	return training, validation.scorer(head), nil
}

// features are the outputs of some layers for every image of a set.
type features struct {
	lengths []int       // elements for one image, by layer
	values  [][]float32 // by layer, image after image
}

// sizes implements [source].
func (f *features) sizes() []int { return f.lengths }

// write implements [source].
func (f *features) write(dst [][]float32, i, _ int) error {
	for k, n := range f.lengths {
		copy(dst[k], f.values[k][i*n:(i+1)*n])
	}
	return nil
}

// scorer returns the scorer of the set that uses a head, a network that starts from the
// features.
func (f *features) scorer(head *graph.Evaluation) scorer {
	return func(start, n int) ([]float32, error) {
		for k, in := range head.Inputs() {
			length := f.lengths[k]
			copy(float32s(in), f.values[k][start*length:(start+n)*length])
		}
		if err := head.Run(); err != nil {
			return nil, err
		}
		logits := head.Logits()
		return float32s(logits)[:n*logits.Shape()[1]], nil
	}
}

// computeFeatures computes the outputs of some layers of a model for every image of a set.
func computeFeatures(ctx context.Context, m *model.Model, cfg graph.Config, layers []string, set *data.Set) (*features, error) {
	a, err := graph.NewActivations(m.Params, m.Net(), cfg, layers...)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	normalize := m.Normalizer()
	input := float32s(a.Input())
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
			copy(f.values[k][start*length:], float32s(out)[:n*length])
		}
	}
	return f, nil
}
