package train

import (
	"cmp"
	"fmt"
	"strings"

	"inkstone/internal/pattern"
	"inkstone/model"
	"inkstone/train/data"
)

// NewModel makes a model of a preset with random parameters for the images of a training
// set: with their size, their classes, and the mean and deviation of their pixels.
func NewModel(preset string, training *data.Set, seed uint64) (*model.Model, error) {
	if err := checkSet(training); err != nil {
		err = fmt.Errorf("new model: %w", err)
		return model.Failed(err), err
	}
	mean, std := training.MeanStd()
	if std == 0 {
		err := fmt.Errorf("data set %q: every pixel of the training images is %.0f: nothing to learn from", training.Name(), 255*mean)
		return model.Failed(err), err
	}
	return model.New(model.Spec{
		Preset: preset, Seed: seed,
		Height: training.Height(), Width: training.Width(), Classes: training.Classes(),
		Mean: mean, Std: std,
	})
}

// FreezeList freezes the parameters that a list of patterns with commas or spaces between them
// names, or for an empty list the convolutional part except new layers, see
// [model.Model.Freeze]. It returns the list from which a resumed run freezes the
// same: if some layers are new, which a run folder does not say, one with the names.
func FreezeList(m *model.Model, list string) (string, error) {
	patterns := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	if err := m.Freeze(patterns...); err != nil {
		return "", err
	}
	if all, err := m.Convolutional(); len(patterns) == 0 && err == nil && len(m.Params.Frozen()) < len(all) {
		list = cmp.Or(strings.Join(pattern.Quote(m.Params.Frozen()...), ","), "none")
	}
	if f := m.Freezing(); f.Trainable == 0 {
		return "", fmt.Errorf("%s freezes all of the %d parameters of %s: nothing is left to train", list, f.Frozen, m.Preset)
	}
	return list, nil
}
