package train

import (
	"inkstone/model"
	"inkstone/train/data"
)

// inputs holds the order of the images, the images as they are distorted, and mixup.
type inputs struct {
	batches batches
	pixels  *pixels
	mixer   *mixer // nil for none
}

func newInputs(training *data.Set, m *model.Model, cfg *Config) (in inputs, err error) {
	distorted, err := newDistortions(cfg, m.Height, m.Width)
	if err != nil {
		return in, err
	}
	in.batches = batches{set: training, size: min(cfg.Batch, training.Len()), seed: cfg.Seed}
	in.pixels = newPixels(training, m.Normalizer(), distorted, cfg.Distort, cfg.Seed)
	if cfg.Mixup > 0 {
		in.mixer = &mixer{alpha: cfg.Mixup, run: cfg.Seed}
	}
	return in, nil
}

// change returns what makes the images differ from epoch to epoch, [FeaturesNone] for
// nothing.
func (in *inputs) change() FeatureState {
	switch {
	case !in.pixels.distortions.none():
		return FeaturesAugmented
	case in.pixels.distort != nil:
		return FeaturesDistorted
	case in.mixer != nil:
		return FeaturesMixed
	}
	return FeaturesNone
}
