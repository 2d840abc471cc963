package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/plot/plotter"
	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/data"
)

// History tells of a run.
type History struct {
	Epochs []Epoch
	// Best is the index in Epochs of the parameters that the model was left with:
	// those of the highest validation accuracy (of the lower loss among equals), or
	// without a validation set the last.
	Best int
	// Interrupted is set when the context ended the run.
	Interrupted bool

	TrainSeconds    float64 // of the training steps alone
	ImagesPerSecond float64 // over these

	rates plotter.XYs // learning rates by epoch, from 0, if they are known more closely than in Epochs
}

// Fit trains the model: [New] and [Trainer.Run] in one.
func Fit(ctx context.Context, m *model.Model, training, validation *data.Set, cfg Config) (*History, error) {
	t, err := New(m, training, validation, cfg)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.Run(ctx)
}

// Trainer trains a model. It is for one goroutine.
type Trainer struct {
	cfg        Config
	model      *model.Model
	training   *data.Set
	validation *data.Set
	batches    batches
	pixels     *pixels
	perEpoch   int // steps, which are updates

	// What belongs to a stage, see begin.
	feeder    *feeder
	session   *graph.Training
	learned   []gorgonia.ValueGrad
	gradients *accumulator // nil if each batch is an update
	score     rows         // of the validation set
	scored    int          // images in a batch of these
	closers   []func() error
	solver    solver.Solver
	trains    []string // parameters
	stale     bool     // whether another stage is to begin

	frozen []string           // parameters that were frozen at the start
	groups [][]string         // of these, in the order in which they may join
	decays solver.Multipliers // of LayerDecay
	mixer  *mixer             // nil for none

	base    float64 // learning rate before the schedule
	title   string  // of the solver at that rate
	fixed   float64 // learning rate whatever the schedule says, 0 for none
	watch   callbacks
	at      position
	average *average // nil for none
	best    snapshot
	prints  [2]string // of the sets, see fingerprint
	note    string    // see ResumeNote
}

// position is where a run is: all that changes from step to step besides the
// parameters and the solver's memory. A checkpoint holds it as JSON.
type position struct {
	Epoch   int      `json:"epoch"` // the one under way, from 1
	Step    int      `json:"step"`  // steps done in it
	Steps   int      `json:"steps"` // steps done in the run
	Seen    int      `json:"seen"`  // images seen in the epoch
	Right   int      `json:"right"` // of these, classified right
	Loss    float64  `json:"loss"`  // summed over these
	Seconds float64  `json:"seconds"`
	History []Epoch  `json:"history"`
	Best    int      `json:"best"` // index in History
	Images  int      `json:"images"`
	Total   float64  `json:"total_seconds"`
	Frozen  []string `json:"frozen,omitempty"` // parameters
	Sums    string   `json:"sums,omitempty"`   // order of the sums of gradients: sumsTree, or "" without accumulation
}

// New prepares a run. validation may be nil.
func New(m *model.Model, training, validation *data.Set, cfg Config) (*Trainer, error) {
	cfg, err := cfg.complete(m, training, validation)
	if err != nil {
		return nil, err
	}
	t := &Trainer{
		cfg: cfg, model: m, training: training, validation: validation,
		watch: sorted(cfg.Callbacks), at: position{Epoch: 1}, frozen: m.Params.Frozen(),
		batches: batches{set: training, size: cfg.Batch, seed: cfg.Seed},
	}
	if cfg.Accumulate > 1 {
		t.at.Sums = sumsTree
	}
	t.perEpoch = (t.batches.count() + cfg.Accumulate - 1) / cfg.Accumulate
	if cfg.Accumulate > t.batches.count() {
		return nil, fmt.Errorf("training: %d batches for each update, but an epoch has only %d", cfg.Accumulate, t.batches.count())
	}
	distorted, err := newDistortions(&cfg, m.Height, m.Width)
	if err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	if cfg.Average > 0 {
		t.average = &average{decay: cfg.Average}
	}
	if cfg.Mixup > 0 {
		t.mixer = &mixer{alpha: cfg.Mixup, run: cfg.Seed}
	}
	t.pixels = newPixels(training, m.Normalizer(), distorted, cfg.Distort, cfg.Seed)
	first := cfg.Solver
	if first == nil {
		if first, err = solver.NewWith(cfg.Optimizer); err != nil {
			return nil, err
		}
	}
	t.base, t.title = first.LearningRate(), first.String()
	if t.decays, err = t.layerDecays(); err != nil {
		return nil, err
	}
	if t.decays != nil {
		t.title += fmt.Sprintf(", decaying by %g a layer", cfg.LayerDecay)
	}
	t.groups = t.frozenGroups()
	// The sessions of the first stage, for their errors, and so that a run in which
	// nothing is frozen has them once and for all.
	if err := t.compile(context.Background(), nil); err != nil {
		return nil, errors.Join(err, t.release())
	}
	if err := t.checkPatterns(); err != nil {
		return nil, errors.Join(err, t.release())
	}
	t.trains, t.stale = t.trainable(), len(t.frozen) > 0
	return t, nil
}

// Close releases the sessions.
func (t *Trainer) Close() error { return t.release() }

// Run trains for the epochs that are left. After each it scores the model on the
// validation set, and in the end it leaves the model with the parameters of the best
// epoch.
//
// When ctx ends, Run stops after the step at hand and returns what there is, with
// Interrupted set and the parameters of the best finished epoch, or those at hand if
// there is none.
func (t *Trainer) Run(ctx context.Context) (*History, error) {
	err := t.watch.start(t)
	for err == nil && t.at.Epoch <= t.cfg.Epochs && !t.enough() {
		err = t.epoch(ctx)
	}
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	if err != nil && !interrupted && !errors.Is(err, ErrStop) {
		return nil, err
	}
	if interrupted {
		if err := t.watch.interrupted(); err != nil {
			return nil, err
		}
	}
	t.best.restore()
	h := t.History()
	h.Interrupted = interrupted
	return h, nil
}

// History tells of the epochs that are finished.
func (t *Trainer) History() *History {
	h := &History{Epochs: slices.Clone(t.at.History), Best: t.at.Best, TrainSeconds: t.at.Total}
	if h.TrainSeconds > 0 {
		h.ImagesPerSecond = float64(t.at.Images) / h.TrainSeconds
	}
	steps := len(h.Epochs) * t.perEpoch
	for i := 0; i < steps; i += 1 + steps/1000 {
		rate := t.rate(i, h.Epochs[:i/t.perEpoch])
		h.rates = append(h.rates, plotter.XY{X: float64(i) / float64(t.perEpoch), Y: rate})
	}
	return h
}

// enough reports whether the validation has reached its aim, or the patience its end.
func (t *Trainer) enough() bool {
	n := len(t.at.History)
	return n > 0 && t.cfg.Until > 0 && t.at.History[t.at.Best].score().Accuracy >= t.cfg.Until ||
		t.cfg.Patience > 0 && n-1-t.at.Best >= t.cfg.Patience
}

// epoch does the steps that are left of the epoch, validates, and tells the
// callbacks.
func (t *Trainer) epoch(ctx context.Context) error {
	if t.at.Step == 0 {
		if err := t.join(); err != nil {
			return err
		}
	}
	if t.stale {
		if err := t.begin(ctx); err != nil {
			return err
		}
	}
	t.feeder.start(t.at.Epoch, t.at.Step*t.cfg.Accumulate)
	defer t.feeder.stop()
	for t.at.Step < t.perEpoch {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.step(); err != nil {
			return err
		}
	}
	if err := t.sound(); err != nil {
		return err
	}
	at := &t.at
	e := Epoch{
		Epoch: at.Epoch, Steps: at.Steps, LearningRate: t.rate(at.Steps-1, at.History),
		TrainLoss: at.Loss / float64(at.Seen), TrainAccuracy: float64(at.Right) / float64(at.Seen),
		Seconds: at.Seconds, ImagesPerSecond: float64(at.Seen) / at.Seconds,
	}
	if err := t.validate(ctx, &e); err != nil {
		return err
	}
	t.keep(&e)
	at.Images += at.Seen
	at.Total += at.Seconds
	at.Epoch, at.Step, at.Seen, at.Right, at.Loss, at.Seconds = at.Epoch+1, 0, 0, 0, 0, 0
	return t.watch.epoch(e)
}

// step makes the next update, from one batch or more, and tells the callbacks.
func (t *Trainer) step() error {
	start := time.Now()
	at := &t.at
	fail := func(err error) error { return fmt.Errorf("epoch %d, step %d: %w", at.Epoch, at.Step+1, err) }
	learned, seen := t.learned, at.Seen
	for i := range t.cfg.Accumulate {
		if at.Step*t.cfg.Accumulate+i == t.feeder.batches.count() {
			break // the last update of an epoch has the batches that are left
		}
		rows, err := t.batch(uint64(at.Steps*t.cfg.Accumulate + i))
		if err == nil && t.gradients != nil {
			err = t.gradients.add(rows)
		}
		if err != nil {
			return fail(err)
		}
	}
	if t.gradients != nil {
		learned = t.gradients.mean()
	}
	t.solver.SetLearningRate(t.rate(at.Steps, at.History))
	if err := t.solver.Step(learned); err != nil {
		return fail(err)
	}
	at.Step++
	at.Steps++
	if t.average != nil {
		t.average.follow(t.model.Params, at.Steps)
	}
	at.Seconds += time.Since(start).Seconds()
	return t.watch.step(Step{
		Epoch: at.Epoch, Epochs: t.cfg.Epochs, Step: at.Step, Steps: t.perEpoch, Images: at.Seen - seen,
		Loss: at.Loss / float64(at.Seen), Accuracy: float64(at.Right) / float64(at.Seen),
	})
}

// batch evaluates loss and gradients on the next batch, counts them, and returns its
// size. number tells it from all other batches of the run.
func (t *Trainer) batch(number uint64) (rows int, err error) {
	batch, err := t.feeder.next()
	if err != nil {
		return 0, err
	}
	rows = batch.rows
	for i, in := range t.session.Inputs() {
		copy(in.Data().([]float32), batch.inputs[i])
	}
	copy(t.session.Labels(), batch.labels)
	others, shares := t.session.Mixture()
	copy(others, batch.others)
	copy(shares, batch.shares)
	t.feeder.done(batch)
	loss, err := t.session.Step(rows, number)
	if err != nil {
		return 0, err
	}
	if !finite(loss) {
		return 0, t.diverged("the loss is %v", loss, t.session.NonFinite())
	}
	at := &t.at
	at.Right += t.right(rows)
	at.Seen += rows
	at.Loss += loss * float64(rows)
	return rows, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// diverged says what is not a finite number, and where it came from if that is known.
func (t *Trainer) diverged(what string, v any, from string) error {
	return fmt.Errorf(what+": the training diverged%s; try a learning rate below %g", v, from, t.base)
}

// sound reports a parameter that is no longer finite. The loss shows that one step
// later, too late for what is written down in between.
func (t *Trainer) sound() error {
	for _, p := range t.model.Params.All() {
		for _, v := range p.Value().Data().([]float32) {
			if v-v != 0 {
				return fmt.Errorf("after %d steps: %w", t.at.Steps, t.diverged("the parameter %s is not finite", p.Name(), ""))
			}
		}
	}
	return nil
}

// rate is the learning rate of a step, counted from 0 over the run, after the epochs
// before it.
func (t *Trainer) rate(step int, before []Epoch) float64 {
	if t.fixed > 0 {
		return t.fixed
	}
	var losses []float64
	if t.cfg.Schedule.Plateau() {
		for _, e := range before {
			losses = append(losses, e.Validation.Loss)
		}
	}
	return t.base * t.cfg.Schedule.Factor(step, t.cfg.Epochs*t.perEpoch, losses)
}

// right counts the rows of the batch whose largest logit is at the label.
func (t *Trainer) right(rows int) int {
	logits := t.session.Logits().Data().([]float32)
	cols := len(t.model.Classes)
	n := 0
	for i, label := range t.session.Labels()[:rows] {
		if argmax(logits[i*cols:(i+1)*cols]) == int(label) {
			n++
		}
	}
	return n
}

// validate scores the parameters and their average on the validation set.
func (t *Trainer) validate(ctx context.Context, e *Epoch) (err error) {
	if t.validation == nil {
		return nil
	}
	if e.Validation, err = evaluate(ctx, t.validation, t.scored, t.score, nil); err != nil {
		return err
	}
	if l := e.Validation.Loss; !finite(l) {
		return fmt.Errorf("epoch %d: %w", e.Epoch, t.diverged("the validation loss is %v", l, t.session.NonFinite()))
	}
	if t.average == nil {
		return nil
	}
	t.average.exchange()
	defer t.average.exchange()
	e.Average, err = evaluate(ctx, t.validation, t.scored, t.score, nil)
	return err
}

// keep notes an epoch and, if it is the best so far, the parameters, or their average
// if that is better or there is no validation to tell.
func (t *Trainer) keep(e *Epoch) {
	e.Best = true
	if e.Validation != nil && len(t.at.History) > 0 {
		e.Best = e.score().better(t.at.History[t.at.Best].score())
	}
	if e.Best {
		t.at.Best = len(t.at.History)
		if t.average != nil && (e.Validation == nil || e.score() == e.Average) {
			t.best.copy(&t.average.at)
		} else {
			t.best.take(t.model.Params)
		}
	}
	t.at.History = append(t.at.History, *e)
}

// SaveBest saves the model with the best parameters so far.
func (t *Trainer) SaveBest(path string) error {
	var now snapshot
	now.take(t.model.Params)
	t.best.restore()
	defer now.restore()
	return t.model.Save(path)
}

// SaveAverage saves the model with the moving average of its parameters at this moment.
// It refuses a run that has none, see [Config].
func (t *Trainer) SaveAverage(path string) error {
	if t.average == nil || t.average.at.params == nil {
		return fmt.Errorf("training: there is no moving average to save")
	}
	t.average.exchange()
	defer t.average.exchange()
	return t.model.Save(path)
}

// Optimizer describes the optimizer with its settings.
func (t *Trainer) Optimizer() string { return t.title }
