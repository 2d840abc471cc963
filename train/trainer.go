package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/data"
)

// History describes the finished epochs of a run.
type History struct {
	Epochs []Epoch
	// Best is the index in Epochs of the epoch whose parameters the model was left with:
	// the one with the highest validation accuracy (among equals, with the lowest loss), or
	// without a validation set the last one.
	Best int
	// Interrupted is set when the context ended the run.
	Interrupted bool
	// Ended says why the run ended: [EndedEpochs], [EndedPatience], [EndedUntil],
	// [EndedStop] or [EndedInterrupted]; "" while it goes on.
	Ended string

	TrainSeconds    float64 // of the training steps alone
	ImagesPerSecond float64 // in these seconds

	// Rates are the learning rates of the steps, or of about 1000 of them if there are
	// more; nil in a history that was read from a file.
	Rates []RatePoint

	// stopped is where the context ended the run: the epoch and the steps done in it, of all.
	stopped struct{ epoch, step, steps int }

	err error // of the call that returned the history, see [Fit]
}

// Fit trains the model: [New] and [Trainer.Run] in one. With an error it returns a history
// without epochs that shows the error.
func Fit(ctx context.Context, m *model.Model, training, validation *data.Set, cfg Config) (h *History, err error) {
	defer func() {
		if err != nil {
			h = &History{err: err}
		}
	}()
	if err := checkContext(ctx); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	t, err := New(m, training, validation, cfg)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.Run(ctx)
}

// Trainer trains a model. It is for one goroutine.
//
// It has three parts: the stage holds what depends on which parameters train, the record
// holds where the run is and what it has found, and [Trainer.Run] is the loop over both.
type Trainer struct {
	cfg           Config
	model         *model.Model
	training      *data.Set
	validation    *data.Set // nil for none
	callbacks     callbacks // sorted
	inputs        inputs    // of the network, for the feeder
	stepsPerEpoch int       // updates of the parameters
	teacher       *teacher  // nil for none
	ranks         *ranks

	rate   learningRate       // before the schedule, and its optimizer
	decays solver.Multipliers // of LayerDecay
	frozen []string           // parameters that were frozen at the start
	groups [][]string         // of these, in the order of Unfreeze

	stage  *stage
	record record
	phase  atomic.Int32 // phaseIdle, phaseRunning or phaseClosed
	prints [3]string    // of the sets, see fingerprint
}

// New prepares a run. validation may be nil. The classes of the sets and of the model are
// matched by name, as by [Evaluate].
func New(m *model.Model, training, validation *data.Set, cfg Config) (*Trainer, error) {
	r := newRanks(cfg.Ranks)
	t, err := newTrainer(m, training, validation, cfg, r)
	r.abort(err)
	return t, err
}

func newTrainer(m *model.Model, training, validation *data.Set, cfg Config, r *ranks) (*Trainer, error) {
	training, validation, err := usable(m, training, validation, &cfg)
	if err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	cfg.Optimizer.Workers = cfg.Workers
	t := &Trainer{
		cfg: cfg, model: m, training: training, validation: validation,
		callbacks: sorted(cfg.Callbacks), frozen: m.Params.Frozen(), ranks: r,
		record: record{position: position{Epoch: 1}},
	}
	if cfg.Average > 0 {
		t.record.average = &average{decay: cfg.Average}
	}
	if cfg.Accumulate > 1 {
		t.record.Sums = sumsTree
	}
	if t.inputs, err = newInputs(training, m, &cfg); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	if t.teacher, err = newTeacher(&t.cfg, m, t.inputs.batches.size); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	count := t.inputs.batches.count()
	if cfg.Accumulate > count {
		return nil, fmt.Errorf("training: accumulate is %d batches for an update, but an epoch has only %d", cfg.Accumulate, count)
	}
	if cfg.Accumulate < t.ranks.size {
		return nil, fmt.Errorf("training: accumulate is %d, want at least %d: %d ranks share the batches of an update", cfg.Accumulate, t.ranks.size, t.ranks.size)
	}
	t.stepsPerEpoch = (count + cfg.Accumulate - 1) / cfg.Accumulate
	t.rate.base, t.rate.title = cfg.Optimizer.LearningRate, cfg.Optimizer.String()
	if cfg.Solver != nil {
		t.rate.base, t.rate.title = cfg.Solver.LearningRate(), cfg.Solver.String()
	}
	if t.decays = layerDecays(m, cfg.LayerDecay); t.decays != nil {
		t.rate.title += fmt.Sprintf(", decaying by %g a layer", cfg.LayerDecay)
	}
	if err := checkPatterns(m, &cfg.Optimizer); err != nil {
		return nil, err
	}
	if err := t.checkOps(); err != nil {
		return nil, err
	}
	t.groups = t.frozenGroups()
	if t.stage, err = t.newStage(nil); err != nil {
		return nil, err
	}
	if err := t.compareRanks(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// checkOps examines the operations of the network, if the settings say so. If frozen
// parameters train later, it needs their gradients now.
func (t *Trainer) checkOps() error {
	if !t.cfg.CheckOps {
		return nil
	}
	params := t.model.Params
	if t.cfg.Unfreeze.At > 0 {
		params = graph.NewParams(1)
	}
	if err := graph.CheckOps(params, t.model.Net(), t.model.Config(1, t.cfg.Workers)); err != nil {
		if errors.Is(err, graph.ErrWrongOperation) {
			err = fmt.Errorf("%w; check-ops=false skips this check", err)
		}
		return fmt.Errorf("model %q: %w", t.model.Preset, err)
	}
	return nil
}

// usable returns the sets with the classes of the model, or an error if the model, the
// sets and the settings do not fit together.
func usable(m *model.Model, training, validation *data.Set, cfg *Config) (_, _ *data.Set, err error) {
	if err := checkModel(m); err != nil {
		return nil, nil, err
	}
	if err := checkSet(training); err != nil {
		return nil, nil, err
	}
	if training, err = fit(m, training); err != nil {
		return nil, nil, err
	}
	if err := cfg.Check(); err != nil {
		return nil, nil, err
	}
	if u := cfg.Unfreeze.At; u > 0 && len(m.Params.Frozen()) == 0 {
		return nil, nil, fmt.Errorf("unfreeze-at is %d, but nothing is frozen", u)
	}
	if validation == nil {
		return training, nil, cfg.needsValidation()
	}
	validation, err = fit(m, validation)
	return training, validation, err
}

// The phases of a trainer.
const (
	phaseIdle int32 = iota
	phaseRunning
	phaseClosed
)

// phaseError returns the error of a call that the phase of the trainer does not allow, or nil if
// the trainer is idle.
func (t *Trainer) phaseError() error {
	switch t.phase.Load() {
	case phaseRunning:
		return fmt.Errorf("training: %w", ErrRunning)
	case phaseClosed:
		return fmt.Errorf("training: %w", ErrClosed)
	}
	return nil
}

// Close releases the sessions. Run then returns [ErrClosed]; another Close does nothing. During
// Run, Close returns [ErrRunning].
func (t *Trainer) Close() error {
	if !t.phase.CompareAndSwap(phaseIdle, phaseClosed) {
		if t.phase.Load() == phaseClosed {
			return nil
		}
		return t.phaseError()
	}
	return errors.Join(t.stage.close(), t.teacher.close())
}

// Run trains for the remaining epochs. After each it scores the model on the validation
// set. At the end it leaves the model with the parameters of the best epoch.
//
// When ctx ends, Run stops after the current step and returns the history so far, with
// Interrupted set. The model has the parameters of the best finished epoch, or the current
// ones if no epoch is finished. Run notes the training set's name in the model.
func (t *Trainer) Run(ctx context.Context) (*History, error) {
	if err := checkContext(ctx); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	if !t.phase.CompareAndSwap(phaseIdle, phaseRunning) {
		return nil, t.phaseError()
	}
	defer t.phase.Store(phaseIdle)
	h, err := t.run(ctx)
	t.ranks.abort(err)
	return h, err
}

func (t *Trainer) run(given context.Context) (*History, error) {
	ctx := t.ranks.context(given)
	t.model.Dataset = t.training.Name()
	err := t.followRank0()
	if err == nil {
		err = t.callbacks.start(t)
	}
	for err == nil && t.record.ended(&t.cfg) == "" {
		err = t.runEpoch(ctx, given)
	}
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	if err != nil && !interrupted && !errors.Is(err, ErrStop) {
		return nil, err
	}
	if interrupted {
		if err := t.callbacks.interrupted(); err != nil {
			return nil, err
		}
	}
	t.record.best.restore()
	h := t.History()
	h.Interrupted = interrupted
	switch {
	case interrupted:
		h.Ended = EndedInterrupted
		h.stopped.epoch, h.stopped.step = t.Position()
		h.stopped.steps = t.stepsPerEpoch
	case err != nil:
		h.Ended = EndedStop
	default:
		h.Ended = t.record.ended(&t.cfg)
	}
	return h, nil
}

// History returns the finished epochs.
func (t *Trainer) History() *History {
	r := &t.record
	h := &History{Epochs: slices.Clone(r.History), Best: r.Best, TrainSeconds: r.TotalSeconds}
	if h.TrainSeconds > 0 {
		h.ImagesPerSecond = float64(r.TotalImages) / h.TrainSeconds
	}
	steps := len(h.Epochs) * t.stepsPerEpoch
	for i := 0; i < steps; i += 1 + steps/1000 {
		rate := t.rateAt(i, h.Epochs[:i/t.stepsPerEpoch])
		h.Rates = append(h.Rates, RatePoint{Epoch: float64(i) / float64(t.stepsPerEpoch), Rate: rate})
	}
	return h
}

// Position returns the current epoch, from 1, and the number of steps done in it.
func (t *Trainer) Position() (epoch, step int) { return t.record.Epoch, t.record.Step }

// Optimizer describes the optimizer with its settings.
func (t *Trainer) Optimizer() string { return t.rate.title }

// runEpoch does the remaining steps of the current epoch, validates, records the epoch and
// calls the callbacks. ctx is that of [ranks.context], given that of the caller of Run.
func (t *Trainer) runEpoch(ctx, given context.Context) error {
	r := &t.record
	if r.Step == 0 {
		if err := t.unfreezeForEpoch(r.Epoch); err != nil {
			return err
		}
	}
	if err := t.openStage(ctx); err != nil {
		return err
	}
	feeder := t.stage.feeder
	feeder.start(r.Epoch, r.Step*t.cfg.Accumulate)
	defer feeder.stop()
	for r.Step < t.stepsPerEpoch {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.agree(given, t.step()); err != nil {
			return err
		}
	}
	if err := t.checkFinite(); err != nil {
		return err
	}
	if err := t.checkRanks(); err != nil {
		return err
	}
	e := Epoch{
		Epoch: r.Epoch, Steps: r.Steps, LearningRate: t.rateAt(r.Steps-1, r.History),
		TrainLoss: r.trainingLoss(), TrainAccuracy: r.trainingAccuracy(),
		Seconds: r.Seconds, ImagesPerSecond: float64(r.Seen) / r.Seconds,
	}
	if err := t.validate(ctx, &e); err != nil {
		return err
	}
	r.recordEpoch(&e, t.model.Params)
	return t.agree(given, t.callbacks.epoch(e))
}

// step makes one update of the parameters, from the gradients of one batch or more, and
// calls the callbacks.
func (t *Trainer) step() error {
	start := time.Now()
	r := &t.record
	before := r.Seen
	if err := t.update(); err != nil {
		return fmt.Errorf("epoch %d, step %d: %w", r.Epoch, r.Step+1, err)
	}
	r.addStep(t.model.Params)
	r.Seconds += time.Since(start).Seconds()
	return t.callbacks.step(Step{
		Epoch: r.Epoch, Epochs: t.cfg.Epochs, Step: r.Step, StepsPerEpoch: t.stepsPerEpoch, Images: r.Seen - before,
		LearningRate: t.rateAt(r.Steps-1, r.History),
		Loss:         r.trainingLoss(), Accuracy: r.trainingAccuracy(),
	})
}

// update updates the parameters with the gradients of the next batches.
func (t *Trainer) update() error {
	r, s := &t.record, t.stage
	n := min(t.cfg.Accumulate, t.inputs.batches.count()-r.Step*t.cfg.Accumulate) // the last update of an epoch has the batches that are left
	first, end := t.ranks.share(n)
	var own []batchResult
	for i := first; i < end; i++ {
		b, err := s.runBatch(uint64(r.Steps*t.cfg.Accumulate + i))
		if err == nil {
			err = t.checkLoss("loss", b.loss)
		}
		if err == nil && s.accumulator != nil {
			err = s.accumulator.add(b.weight)
		}
		if err != nil {
			return err
		}
		if s.accumulator != nil && t.ranks.endsSubtree(i+1, n) {
			s.accumulator.endSubtree()
		}
		own = append(own, b)
	}
	all, err := t.ranks.gather(own, n, s.session)
	if err != nil {
		return err
	}
	var weights []float64
	for _, b := range all {
		r.addBatch(b)
		weights = append(weights, b.weight)
	}
	gradients := s.gradients
	if s.accumulator != nil {
		if gradients, err = t.ranks.mean(s.accumulator, weights); err != nil {
			return err
		}
	}
	s.solver.SetLearningRate(t.rateAt(r.Steps, r.History))
	return s.solver.Step(gradients)
}

// sharesBatch reports whether this rank computes batch i of an epoch.
func (t *Trainer) sharesBatch(i int) bool {
	update := i / t.cfg.Accumulate
	n := min(t.cfg.Accumulate, t.inputs.batches.count()-update*t.cfg.Accumulate)
	return t.ranks.owner(i-update*t.cfg.Accumulate, n) == t.ranks.rank
}

// validate scores the parameters and their average on the validation set.
func (t *Trainer) validate(ctx context.Context, e *Epoch) (err error) {
	if t.validation == nil {
		return nil
	}
	score := func() (*Score, error) {
		shared := t.ranks.scorer(t.stage.score, t.validation.Len(), t.stage.scoreBatch, len(t.model.Classes))
		s, err := evaluate(ctx, t.validation, t.stage.scoreBatch, shared, nil)
		if errors.Is(err, model.ErrNotFinite) {
			err = fmt.Errorf("epoch %d: the validation gives %w: %w%s; try a learning rate below %g", e.Epoch, model.ErrNotFinite, ErrDiverged, firstNonFinite(t.stage.session), t.rate.base)
		}
		return s, err
	}
	if e.Validation, err = score(); err != nil {
		return err
	}
	if err := t.checkLoss("validation loss", e.Validation.Loss); err != nil {
		return fmt.Errorf("epoch %d: %w", e.Epoch, err)
	}
	if t.record.average == nil {
		return nil
	}
	t.record.average.swap()
	defer t.record.average.swap()
	e.Average, err = score()
	return err
}

// checkLoss reports a loss that is not finite, and where the session first met a number
// that is not, if that is known.
func (t *Trainer) checkLoss(name string, loss float64) error {
	if !math.IsNaN(loss) && !math.IsInf(loss, 0) {
		return nil
	}
	return fmt.Errorf("the %s is %v: %w%s; try a learning rate below %g", name, loss, ErrDiverged, firstNonFinite(t.stage.session), t.rate.base)
}

// firstNonFinite returns ", first in" and the first parameter or output of a layer that is not
// finite, or "" if there is none.
func firstNonFinite(s *graph.Training) string {
	switch found := s.NonFinite(); {
	case found == nil:
		return ""
	case found.Param != nil:
		return ", first in the parameter " + found.Param.Name()
	default:
		return fmt.Sprintf(", first in the output of %s %q", found.Layer.Kind, found.Layer.Name)
	}
}

// checkFinite reports a parameter that is not finite. The loss shows that only one step
// later, which is too late for what is saved in between.
func (t *Trainer) checkFinite() error {
	for _, p := range t.model.Params.All() {
		for _, v := range float32s(p.Value()) {
			if v-v != 0 {
				return fmt.Errorf("after %d steps: the parameter %s is not finite: %w; try a learning rate below %g", t.record.Steps, p.Name(), ErrDiverged, t.rate.base)
			}
		}
	}
	return nil
}

// Save saves the model with its current parameters.
func (t *Trainer) Save(path string) error { return t.model.Save(path) }

// SaveBest saves the model with the best parameters so far.
func (t *Trainer) SaveBest(path string) error {
	var current snapshot
	current.take(t.model.Params)
	t.record.best.restore()
	defer current.restore()
	return t.model.Save(path)
}

// Averages reports whether the run keeps a moving average of the parameters.
func (t *Trainer) Averages() bool { return t.record.average != nil }

// SaveAverage saves the model with the current moving average of its parameters. It is an
// error if the run has none, see [Config].
func (t *Trainer) SaveAverage(path string) error {
	average := t.record.average
	if average == nil || average.values.params == nil {
		return fmt.Errorf("training: there is no moving average to save")
	}
	average.swap()
	defer average.swap()
	return t.model.Save(path)
}
