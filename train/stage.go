package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"inkstone/graph"
	"inkstone/graph/solver"
)

// Unfreezing lets frozen layers join in the course of a run, as in Howard and Ruder,
// "Universal language model fine-tuning for text classification", ACL 2018.
type Unfreezing struct {
	// At is the epoch, from 1, with which the first frozen layers begin to train; 0
	// for never.
	At int
	// Every is the number of epochs after which the next layer down joins, with its batch
	// normalisation (see [model.Model.Groups]); 0 to let all join at once.
	Every int
}

// String says what joins when, "" for nothing.
func (u Unfreezing) String() string {
	switch {
	case u.At == 0:
		return ""
	case u.Every == 0:
		return fmt.Sprintf("all at epoch %d", u.At)
	}
	return fmt.Sprintf("from epoch %d, a layer each %d", u.At, u.Every)
}

func (u Unfreezing) check(epochs, frozen int) error {
	switch {
	case u.At < 0 || u.Every < 0:
		return fmt.Errorf("unfreezing at epoch %d, a layer each %d epochs: want numbers of at least 0", u.At, u.Every)
	case u.At == 0 && u.Every > 0:
		return fmt.Errorf("unfreezing a layer each %d epochs needs an epoch to begin with", u.Every)
	case u.At > epochs:
		return fmt.Errorf("unfreezing at epoch %d, but the run ends with epoch %d", u.At, epochs)
	case u.At > 0 && frozen == 0:
		return fmt.Errorf("unfreezing at epoch %d, but nothing is frozen", u.At)
	}
	return nil
}

// Stage tells of a part of a run in which the same parameters train.
type Stage struct {
	Epoch     int      // the first, from 1
	Joined    []string // parameters that train from here on and did not before; nil for the first stage
	Left      []string // parameters that do not train any more
	Frozen    int      // frozen elements
	Trainable int      // elements that train
	// Features says whether what the frozen part computes is kept, "" if nothing is frozen.
	Features string
	Seconds  float64 // that computing the features took
}

// Freeze freezes parameters from the next epoch on, see [model.Model.Freeze]. It may be
// called before [Trainer.Run] and from a callback after an epoch. The optimizer forgets
// what it knew of them.
func (t *Trainer) Freeze(patterns ...string) error {
	t.stale = true
	return t.model.Freeze(patterns...)
}

// Unfreeze lets frozen parameters train from the next epoch on, see
// [model.Model.Unfreeze]. The optimizer begins with them as at the start of a run.
func (t *Trainer) Unfreeze(patterns ...string) error {
	t.stale = true
	return t.model.Unfreeze(patterns...)
}

// join unfreezes what joins with the epoch at hand.
func (t *Trainer) join() error {
	u, epoch := t.cfg.Unfreeze, t.at.Epoch
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
		return t.Unfreeze(t.groups[k]...)
	}
	return nil
}

// until is the epoch after the last of the stage that begins with an epoch.
func (t *Trainer) until(epoch int) int {
	u := t.cfg.Unfreeze
	next := t.cfg.Epochs + 1
	switch {
	case u.At == 0:
	case epoch < u.At:
		next = u.At
	case u.Every > 0 && (epoch-u.At)/u.Every+1 < len(t.groups):
		next = u.At + ((epoch-u.At)/u.Every+1)*u.Every
	}
	return min(next, t.cfg.Epochs+1)
}

// frozenGroups lists the groups of the model that have frozen parameters, from the head
// down, each with these alone.
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

// declared is the configuration of the training session.
func (t *Trainer) declared() graph.Config {
	cfg := t.model.Config(t.cfg.Batch, t.cfg.Workers)
	cfg.Smoothing, cfg.Direct, cfg.Mixed = t.cfg.Smoothing, t.cfg.Direct, t.mixer != nil
	return cfg
}

// begin makes what the stage runs on that begins with the epoch at hand: sessions for
// the parameters that train now, and the features of those that do not.
func (t *Trainer) begin(ctx context.Context) error {
	layers, why, err := t.boundary()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := t.compile(ctx, layers); err != nil {
		return err
	}
	stage := Stage{Epoch: t.at.Epoch, Features: why}
	if layers != nil {
		stage.Seconds = time.Since(start).Seconds()
	}
	table := t.model.Freezing()
	stage.Frozen, stage.Trainable = table.Frozen, table.Trainable
	trains := t.trainable()
	stage.Joined, stage.Left = without(trains, t.trains), without(t.trains, trains)
	t.trains, t.stale = trains, false
	return t.watch.stage(stage)
}

// trainable lists the parameters that are to train now.
func (t *Trainer) trainable() (names []string) {
	for _, p := range t.model.Params.All() {
		if p.Trainable() {
			names = append(names, p.Name())
		}
	}
	return names
}

// without lists the names in a that are not in b.
func without(a, b []string) (list []string) {
	for _, name := range a {
		if !slices.Contains(b, name) {
			list = append(list, name)
		}
	}
	return list
}

// compile makes the sessions that start from these layers, or from the images if there
// are none.
func (t *Trainer) compile(ctx context.Context, layers []string) error {
	if err := t.release(); err != nil {
		return err
	}
	cfg := t.declared()
	var err error
	src := source(t.pixels)
	if layers != nil {
		if src, err = computeFeatures(ctx, t.model, cfg, layers, t.training); err != nil {
			return err
		}
	}
	cfg.From = layers
	if t.session, err = graph.NewTraining(t.model.Params, t.model.Net(), cfg); err != nil {
		return fmt.Errorf("model %q: %w", t.model.Preset, err)
	}
	t.learned = t.session.Learned()
	t.feeder = newFeeder(t.batches, src, t.mixer)
	if t.cfg.Accumulate > 1 {
		t.gradients = newAccumulator(t.learned)
	}
	if err := t.resolve(); err != nil {
		return err
	}
	if t.validation == nil {
		return nil
	}
	t.scored = min(evaluationBatch, t.validation.Len())
	if layers == nil {
		c, err := t.model.Classifier(t.scored, t.cfg.Workers)
		if err != nil {
			return err
		}
		t.score, t.closers = rowsOf(c, t.validation), append(t.closers, c.Close)
		return nil
	}
	f, err := computeFeatures(ctx, t.model, t.model.Config(t.scored, t.cfg.Workers), layers, t.validation)
	if err != nil {
		return err
	}
	h, err := newHead(t.model, layers, f, t.scored, t.cfg.Workers)
	if err != nil {
		return err
	}
	t.score, t.closers = h.logits, append(t.closers, h.close)
	return nil
}

// release closes what compile made.
func (t *Trainer) release() error {
	var err error
	if t.feeder != nil {
		t.feeder.stop()
	}
	if t.session != nil {
		err = t.session.Close()
		t.session = nil
	}
	for _, c := range t.closers {
		err = errors.Join(err, c())
	}
	t.closers = nil
	return err
}

// resolve makes the optimizer of the parameters that train now. It keeps what the one
// before knew of those that trained already.
func (t *Trainer) resolve() error {
	options := t.cfg.Optimizer
	names := make([]string, len(t.learned))
	for i, vg := range t.learned {
		names[i] = vg.(interface{ Name() string }).Name()
	}
	matches := func(pattern string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			ok, _ := path.Match(pattern, name)
			return ok
		})
	}
	options.Multipliers = nil
	for _, m := range append(t.decays, t.cfg.Optimizer.Multipliers...) {
		if matches(m.Pattern) {
			options.Multipliers = append(options.Multipliers, m)
		}
	}
	options.Decayed = slices.DeleteFunc(slices.Clone(options.Decayed), func(p string) bool { return !matches(p) })
	if len(options.Decayed) == 0 && len(t.cfg.Optimizer.Decayed) > 0 {
		options.WeightDecay, options.L2 = -1, 0 // of parameters that do not train
	}
	s := t.cfg.Solver
	if s == nil {
		var err error
		if s, err = solver.NewWith(options); err != nil {
			return err
		}
	}
	if t.solver != nil {
		memory := slices.DeleteFunc(t.solver.Memory(), func(m solver.Memory) bool { return !slices.Contains(names, m.Name) })
		if err := s.SetMemory(memory); err != nil {
			return err
		}
	}
	t.solver = s
	return nil
}

// checkPatterns refuses patterns of the optimizer's options that match no parameter of
// the model, whether it trains now or not.
func (t *Trainer) checkPatterns() error {
	var patterns []string
	for _, m := range t.cfg.Optimizer.Multipliers {
		patterns = append(patterns, m.Pattern)
	}
	for _, pattern := range append(patterns, t.cfg.Optimizer.Decayed...) {
		if _, err := t.model.Params.Match(pattern); err != nil {
			return fmt.Errorf("optimizer: %w", err)
		}
	}
	return nil
}

// layerDecays are the multipliers of [Config.LayerDecay].
func (t *Trainer) layerDecays() (solver.Multipliers, error) {
	decay := t.cfg.LayerDecay
	if decay == 0 || decay == 1 {
		return nil, nil
	}
	if !(decay > 0 && decay < 1) {
		return nil, fmt.Errorf("training: the decay of the learning rate by layer is %v, want above 0 and at most 1", decay)
	}
	if t.cfg.Solver != nil {
		return nil, fmt.Errorf("training: learning rates that decay by layer are the optimizer's, which a solver of one's own replaces")
	}
	var list solver.Multipliers
	for k, group := range t.model.Groups()[1:] {
		for _, name := range group {
			list = append(list, solver.Multiplier{Pattern: name, Factor: math.Pow(decay, float64(k+1))})
		}
	}
	return list, nil
}

func list(names []string) string { return strings.Join(names, ", ") }
