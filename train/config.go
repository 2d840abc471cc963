package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/schedule"
)

// Config says how to train.
type Config struct {
	Epochs    int               // 0 stands for 2
	Batch     int               // images in a step; 0 stands for 64, or for all if there are fewer
	Optimizer solver.Options    // adam unless named; its Workers are those below
	Solver    solver.Solver     // an optimizer of one's own in place of Optimizer, for one run
	Schedule  schedule.Schedule // of the learning rate; constant unless set
	Seed      uint64            // of the order of the images
	Augment   augment.Options   // of the training images; none unless set
	Finish    Finish            // other distortions in the last epochs; none unless set
	// Distort changes the height x width pixels of a training image in place, after
	// Augment, drawing from r alone, which follows from the seed, the image and the epoch.
	Distort   func(pixels []byte, r *rand.Rand)
	Smoothing float64 // of the labels, see [graph.Builder.CrossEntropy]
	// Mixup above 0 trains on mixtures of two images and of their labels, with shares
	// from Beta(Mixup, Mixup): Zhang et al., arXiv:1710.09412; usual are 0.1 to 0.4. The
	// training loss and accuracy are then of mixtures: a mixture counts as recognised if
	// the class of its greater part has the largest logit.
	Mixup float64
	// Accumulate is how many batches go into an update of the parameters, 0 for one.
	// The update is that of one batch of all their images, but for rounding, for dropout,
	// and for batch normalisation, whose statistics are those of each batch.
	Accumulate int
	// Average is the decay of a moving average of the parameters, 0 for none. Each
	// epoch scores it too, and the best epoch may be one of the average.
	Average  float64
	Until    float64 // stop after an epoch whose validation accuracy, a fraction of 1, is this; 0 for never
	Patience int     // stop after so many epochs without a better validation, 0 for never
	Direct   bool    // train without Winograd, see [graph.Config]
	// Unfreeze lets what is frozen in the model (see [model.Model.Freeze]) join later.
	Unfreeze Unfreezing
	// LayerDecay is the factor between the learning rates of a layer and the next one
	// below, from the head down (see [model.Model.Groups]); 0 for equal rates. A multiplier
	// of the optimizer goes before it.
	LayerDecay float64
	// FeatureMemory bounds the bytes of features that are kept when everything up to a
	// layer is frozen, so that it is evaluated once for each image and not once in each
	// epoch; 0 for [DefaultFeatureMemory], below 0 for none. It changes no result.
	FeatureMemory int64
	Workers       int // goroutines inside an operation, 0 for one per processor; changes no result
	Callbacks     []Callback
}

// complete fills in the defaults and refuses what does not fit together.
func (cfg Config) complete(m *model.Model, training, validation *data.Set) (Config, error) {
	fail := func(format string, args ...any) (Config, error) {
		return cfg, fmt.Errorf("training: "+format, args...)
	}
	if training == nil || training.Len() == 0 {
		return fail("the set has no images")
	}
	if err := fits(m, training); err != nil {
		return cfg, err
	}
	if validation != nil {
		if err := fits(m, validation); err != nil {
			return cfg, err
		}
	}
	if cfg.Epochs == 0 {
		cfg.Epochs = 2
	}
	if cfg.Batch == 0 {
		cfg.Batch = min(64, training.Len())
	}
	if cfg.Optimizer.Name == "" {
		cfg.Optimizer.Name = "adam"
	}
	cfg.Optimizer.Workers = cfg.Workers
	switch {
	case cfg.Epochs < 1:
		return fail("%d epochs, want at least 1", cfg.Epochs)
	case cfg.Batch < 1:
		return fail("batch of %d images, want at least 1", cfg.Batch)
	case cfg.Accumulate < 0:
		return fail("%d batches for each update, want at least 1, or 0 for that", cfg.Accumulate)
	case cfg.Batch > training.Len():
		return fail("batch of %d images, but the set has only %d", cfg.Batch, training.Len())
	case !(cfg.Mixup >= 0) || math.IsInf(cfg.Mixup, 0):
		return fail("mixup draws shares from Beta(%v, %[1]v), want a finite number of at least 0", cfg.Mixup)
	case cfg.Schedule.Plateau() && validation == nil:
		return fail("the schedule %s follows the validation loss, but there is no validation set", cfg.Schedule)
	case cfg.Patience > 0 && validation == nil:
		return fail("a patience of %d epochs follows the validation, but there is no validation set", cfg.Patience)
	case cfg.Until > 0 && validation == nil:
		return fail("to train until the validation accuracy is %v needs a validation set", cfg.Until)
	case !(cfg.Finish.Share >= 0 && cfg.Finish.Share <= 1):
		return fail("other distortions in the last %v of the epochs, want a share of 0 to 1", cfg.Finish.Share)
	case !(cfg.Average >= 0 && cfg.Average < 1):
		return fail("the decay of the average is %v, want at least 0 and below 1", cfg.Average)
	}
	cfg.Accumulate = max(1, cfg.Accumulate)
	if err := cfg.Unfreeze.check(cfg.Epochs, len(m.Params.Frozen())); err != nil {
		return fail("%w", err)
	}
	return cfg, nil
}
