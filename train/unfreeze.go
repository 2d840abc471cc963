package train

import (
	"fmt"
	"slices"

	"inkstone/internal/pattern"
)

// Unfreezing is a plan by which frozen layers start to train in the course of a run: Howard
// and Ruder, "Universal language model fine-tuning for text classification", ACL 2018. The
// zero Unfreezing leaves frozen layers frozen.
type Unfreezing struct {
	// At is the epoch, from 1, in which the first frozen layers start to train; 0 for never.
	At int
	// Every is the number of epochs between a layer and the next one down, each with its
	// batch normalization (see [model.Model.Groups]); 0 unfreezes all layers at once.
	Every int
}

// String returns the plan in words, "never" for the zero Unfreezing.
func (u Unfreezing) String() string {
	switch {
	case u.At == 0:
		return "never"
	case u.Every == 0:
		return fmt.Sprintf("all at epoch %d", u.At)
	}
	return fmt.Sprintf("from epoch %d, a layer each %d", u.At, u.Every)
}

// Freeze freezes parameters from the next epoch on, see [model.Model.Freeze]. It may be
// called before [Trainer.Run] and from a callback after an epoch. The optimizer forgets
// its memory of these parameters.
func (t *Trainer) Freeze(patterns ...string) error {
	t.stage.stale = true
	return t.model.Freeze(patterns...)
}

// Unfreeze lets frozen parameters train from the next epoch on, see
// [model.Model.Unfreeze]. The optimizer starts with them as at the start of a run.
func (t *Trainer) Unfreeze(patterns ...string) error {
	t.stage.stale = true
	return t.model.Unfreeze(patterns...)
}

// unfreezeForEpoch unfreezes the parameters that start to train in an epoch.
func (t *Trainer) unfreezeForEpoch(epoch int) error {
	u := t.cfg.Unfreeze
	if u.At == 0 || epoch < u.At {
		return nil
	}
	if u.Every == 0 {
		if epoch == u.At {
			return t.Unfreeze()
		}
		return nil
	}
	if k := (epoch - u.At) / u.Every; (epoch-u.At)%u.Every == 0 && k < len(t.groups) {
		return t.Unfreeze(pattern.Quote(t.groups[k]...)...)
	}
	return nil
}

// stageEpochs returns the number of epochs of the stage that starts with an epoch.
func (t *Trainer) stageEpochs(epoch int) int {
	u := t.cfg.Unfreeze
	next := t.cfg.Epochs + 1
	switch {
	case u.At == 0:
	case epoch < u.At:
		next = u.At
	case u.Every > 0 && (epoch-u.At)/u.Every+1 < len(t.groups):
		next = u.At + ((epoch-u.At)/u.Every+1)*u.Every
	}
	return min(next, t.cfg.Epochs+1) - epoch
}

// frozenGroups returns the groups of the model that have frozen parameters, from the head
// down, each with its frozen parameters only.
func (t *Trainer) frozenGroups() [][]string {
	var list [][]string
	for _, g := range t.model.Groups() {
		g = slices.DeleteFunc(g, func(name string) bool { return !t.model.Params.Get(name).Frozen() })
		if len(g) > 0 {
			list = append(list, g)
		}
	}
	return list
}
