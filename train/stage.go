package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/solver"
)

// Stage describes a part of a run in which the same parameters train.
type Stage struct {
	Epoch     int      // the first epoch of the stage, from 1
	Joined    []string // parameters that train in this stage and did not in the one before, or at the start of a run that is resumed
	Left      []string // parameters that trained then and no longer do
	Frozen    int      // number of frozen elements
	Trainable int      // number of trainable elements
	Features  Features // whether the outputs of the frozen part are kept
}

// String returns a line on the parameters, if they changed, and one on the features, if
// anything is frozen; "" for neither.
func (s Stage) String() string {
	var parts []string
	if len(s.Joined) > 0 {
		parts = append(parts, strings.Join(s.Joined, ", ")+" train now")
	}
	if len(s.Left) > 0 {
		parts = append(parts, strings.Join(s.Left, ", ")+" no longer train")
	}
	text := ""
	if parts != nil {
		text = fmt.Sprintf("epoch %d: %s; %d parameters are frozen, %d train", s.Epoch, strings.Join(parts, "; "), s.Frozen, s.Trainable)
	}
	if features := s.Features.String(); features != "" && text != "" {
		text += "\n" + features
	} else {
		text += features
	}
	return text
}

// stage is a [Stage] with everything that it runs on. It is made in two steps: newStage
// declares the network and finds every error of the settings; open computes on the images.
type stage struct {
	Stage
	stale   bool     // whether another stage must start before the next step
	trained []string // names of the parameters that train

	session     *graph.Training
	weights     []float64            // of the classes, nil for none
	gradients   []gorgonia.ValueGrad // of the session, for the solver
	accumulator *accumulator         // nil if each batch is an update
	teacher     *teacher             // nil for none
	solver      solver.Solver

	feeder     *feeder // nil until the stage is open, and so is score
	score      scorer  // logits of the validation set, nil without one
	scoreBatch int     // images in a call of score
	closers    []func() error
}

// sessionConfig returns the configuration of the training session.
func (t *Trainer) sessionConfig() graph.Config {
	cfg := t.model.Config(t.inputs.batches.size, t.cfg.Workers)
	cfg.Direct, cfg.KeepStatistics = t.cfg.Direct, t.ranks.size > 1
	cfg.Loss = graph.Loss{Smoothing: t.cfg.Smoothing, Mixed: t.inputs.mixer != nil, ClassWeights: t.cfg.ClassWeights.of(t.training)}
	if t.teacher != nil {
		cfg.Loss.Distillation = graph.Distillation{Weight: t.cfg.TeacherWeight, Temperature: t.cfg.Temperature}
	}
	return cfg
}

// newStage returns the stage of the current epoch: a session for the parameters that are
// trainable now, which starts from the features if they are kept, and their solver.
// previous is the stage before it, or nil.
func (t *Trainer) newStage(previous *stage) (*stage, error) {
	features, err := t.planFeatures()
	if err != nil {
		return nil, err
	}
	cfg := t.sessionConfig()
	if features.State == FeaturesKept {
		cfg.From = features.Layers
	}
	session, err := graph.NewTraining(t.model.Params, t.model.Net(), cfg)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", t.model.Preset, err)
	}
	s := &stage{Stage: Stage{Epoch: t.record.Epoch, Features: features}, session: session, weights: cfg.Loss.ClassWeights, closers: []func() error{session.Close}}
	s.gradients = s.session.Learned()
	for _, g := range s.gradients {
		s.trained = append(s.trained, g.(interface{ Name() string }).Name())
	}
	s.teacher = t.teacher
	if t.cfg.Accumulate > 1 {
		s.accumulator = newAccumulator(s.gradients)
	}
	var memory solver.Solver
	if previous != nil {
		memory = previous.solver
		s.Joined, s.Left = without(s.trained, previous.trained), without(previous.trained, s.trained)
	}
	if s.solver, err = t.newSolver(s.trained, memory); err != nil {
		return nil, errors.Join(err, s.close())
	}
	table := t.model.Freezing()
	s.Frozen, s.Trainable = table.Frozen, table.Trainable
	return s, nil
}

// openStage makes the current stage ready for training. If other parameters train now
// than in the stage before, it replaces that stage.
func (t *Trainer) openStage(ctx context.Context) error {
	announce := t.stage.Features.State != FeaturesNone // the first stage with nothing frozen is not announced
	if t.stage.stale {
		if err := t.stage.close(); err != nil {
			return err
		}
		next, err := t.newStage(t.stage)
		if err != nil {
			return err
		}
		t.stage, announce = next, true
	}
	if t.stage.feeder != nil {
		return nil
	}
	if err := t.stage.open(ctx, t); err != nil {
		return err
	}
	if announce {
		return t.callbacks.stage(t.stage.Stage)
	}
	return nil
}

// open computes the features, if they are kept, and makes the feeder and the scorer of the
// validation set.
func (s *stage) open(ctx context.Context, t *Trainer) (err error) {
	images := source(t.inputs.pixels)
	var head scorer
	s.scoreBatch = evaluationBatch
	if t.validation != nil {
		s.scoreBatch = min(evaluationBatch, t.validation.Len())
	}
	if s.Features.State == FeaturesKept {
		if images, head, err = s.openFeatures(ctx, t); err != nil {
			return err
		}
	}
	switch {
	case t.validation == nil:
	case head != nil:
		s.score = head
	default:
		c, err := t.model.Classifier(s.scoreBatch, t.cfg.Workers)
		if err != nil {
			return err
		}
		s.score, s.closers = newScorer(c, t.validation), append(s.closers, c.Close)
	}
	s.feeder = newFeeder(t.inputs.batches, images, t.inputs.mixer, t.sharesBatch)
	return nil
}

// close releases the sessions. The solver keeps its memory.
func (s *stage) close() error {
	if s.feeder != nil {
		s.feeder.stop()
	}
	var err error
	for _, c := range s.closers {
		err = errors.Join(err, c())
	}
	s.closers = nil
	return err
}

// batchResult is what a step of the session gives on one batch.
type batchResult struct {
	rows    int
	weight  float64 // of the batch in the gradient of an update: its rows, or the sum of their class weights
	correct int     // rows whose largest logit is at the label
	loss    float64 // mean over the rows

	statistics []float32 // of the batch normalizations, see [graph.Training.Statistics]; nil for one rank
}

// runBatch computes the loss and the gradients on the next batch. number is that of the
// batch in the run, for dropout.
func (s *stage) runBatch(number uint64) (r batchResult, err error) {
	batch, err := s.feeder.next()
	if err != nil {
		return r, err
	}
	r.rows, r.weight = batch.rows, float64(batch.rows)
	for i, in := range s.session.Inputs() {
		copy(in.Data().([]float32), batch.inputs[i])
	}
	copy(s.session.Labels(), batch.labels)
	others, shares := s.session.Mixture()
	copy(others, batch.others)
	copy(shares, batch.shares)
	s.feeder.done(batch)
	if err := s.teacher.answer(s.session); err != nil {
		return r, err
	}
	if r.loss, err = s.session.Step(r.rows, number); err != nil {
		return r, err
	}
	r.statistics = s.session.Statistics(nil)
	logits := float32s(s.session.Logits())
	classes := len(logits) / len(s.session.Labels())
	if s.weights != nil {
		r.weight = 0
	}
	for i, label := range s.session.Labels()[:r.rows] {
		switch {
		case s.weights == nil:
		case shares == nil:
			r.weight += s.weights[label]
		default:
			r.weight += float64(shares[i])*s.weights[label] + (1-float64(shares[i]))*s.weights[others[i]]
		}
		if argmax(logits[i*classes:(i+1)*classes]) == int(label) {
			r.correct++
		}
	}
	return r, nil
}

// without returns the names in a that are not in b.
func without(a, b []string) (list []string) {
	for _, name := range a {
		if !slices.Contains(b, name) {
			list = append(list, name)
		}
	}
	return list
}

func list(names []string) string { return strings.Join(names, ", ") }
