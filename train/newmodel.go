package train

import (
	"errors"
	"fmt"

	"inkstone/model"
	"inkstone/train/data"
)

// NewModel makes a model of a preset with random parameters for the images of a training
// set: with their size, their classes, and the mean and deviation of their pixels.
func NewModel(preset string, training *data.Set, seed uint64) (*model.Model, error) {
	if training == nil || training.Len() == 0 {
		return nil, errors.New("new model: the training set has no images")
	}
	mean, std := training.MeanStd()
	if std == 0 {
		return nil, fmt.Errorf("data set %q: every pixel of the training images is %.0f: nothing to learn from", training.Name(), 255*mean)
	}
	return model.New(model.Spec{
		Preset: preset, Seed: seed,
		Height: training.Height(), Width: training.Width(), Classes: training.Classes(),
		Mean: mean, Std: std,
	})
}
