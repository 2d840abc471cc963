package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/data"
)

// Config says how to train.
type Config struct {
	Epochs       int
	Batch        int     // images in a step
	Optimizer    string  // see [solver.Names]
	LearningRate float64 // 0 for the optimizer's default
	Seed         uint64  // of the order of the images
	Workers      int     // goroutines inside an operation, 0 for one per processor; changes no result
	Callbacks    []Callback
}

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
}

// Fit trains the model. After each epoch it scores the model on the validation set,
// which may be nil, and leaves the model with the parameters of the best epoch.
//
// When ctx ends, Fit stops after the step at hand and returns what there is, with
// Interrupted set and the parameters of the best finished epoch, or those at hand
// if there is none.
func Fit(ctx context.Context, m *model.Model, training, validation *data.Set, cfg Config) (*History, error) {
	f, err := newFitter(m, training, validation, cfg)
	if err != nil {
		return nil, err
	}
	defer f.close()
	for epoch := 1; epoch <= cfg.Epochs; epoch++ {
		err := f.epoch(ctx, epoch)
		switch {
		case errors.Is(err, ErrStop):
			return f.finish(), nil
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			f.history.Interrupted = true
			return f.finish(), nil
		case err != nil:
			return nil, err
		}
	}
	return f.finish(), nil
}

// fitter is the state of a run.
type fitter struct {
	cfg        Config
	model      *model.Model
	normalize  func(dst []float32, pixels []byte)
	validation *data.Set
	batches    batches
	session    *graph.Training
	classifier *model.Classifier // nil without a validation set
	solver     solver.Solver
	watch      callbacks
	history    History
	best       snapshot
	steps      int
	images     int
}

func newFitter(m *model.Model, training, validation *data.Set, cfg Config) (*fitter, error) {
	if training == nil || training.Len() == 0 {
		return nil, fmt.Errorf("training: the set has no images")
	}
	if err := fits(m, training); err != nil {
		return nil, err
	}
	switch {
	case cfg.Epochs < 1:
		return nil, fmt.Errorf("training: %d epochs, want at least 1", cfg.Epochs)
	case cfg.Batch < 1:
		return nil, fmt.Errorf("training: batch of %d images, want at least 1", cfg.Batch)
	case cfg.Batch > training.Len():
		return nil, fmt.Errorf("training: batch of %d images, but the set has only %d", cfg.Batch, training.Len())
	}
	if cfg.LearningRate == 0 {
		cfg.LearningRate = solver.DefaultRate(cfg.Optimizer)
	}
	f := &fitter{
		cfg: cfg, model: m, normalize: m.Normalizer(), validation: validation,
		batches: batches{set: training, size: cfg.Batch, seed: cfg.Seed},
		watch:   sorted(cfg.Callbacks),
	}
	var err error
	if f.solver, err = solver.New(cfg.Optimizer, cfg.LearningRate, cfg.Workers); err != nil {
		return nil, err
	}
	if f.session, err = graph.NewTraining(m.Params, m.Net(), m.Config(cfg.Batch, cfg.Workers)); err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Preset, err)
	}
	if validation != nil {
		if err := fits(m, validation); err != nil {
			return nil, err
		}
		if f.classifier, err = m.Classifier(min(evaluationBatch, validation.Len()), cfg.Workers); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *fitter) close() {
	f.session.Close()
	if f.classifier != nil {
		f.classifier.Close()
	}
}

// epoch trains on every image once, validates, and tells the callbacks.
func (f *fitter) epoch(ctx context.Context, epoch int) error {
	f.batches.shuffle(epoch)
	steps := f.batches.count()
	var seen, right int
	var loss float64
	var spent time.Duration
	learned := f.session.Learned()
	for i := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		batch := f.batches.batch(i)
		f.load(batch)
		mean, err := f.session.Step(len(batch), uint64(f.steps))
		if err != nil {
			return fmt.Errorf("epoch %d, step %d: %w", epoch, i+1, err)
		}
		if math.IsNaN(mean) || math.IsInf(mean, 0) {
			return fmt.Errorf("epoch %d, step %d: the loss is %v: the training diverged; try a learning rate below %g", epoch, i+1, mean, f.solver.LearningRate())
		}
		right += f.right(len(batch))
		if err := f.solver.Step(learned); err != nil {
			return fmt.Errorf("epoch %d, step %d: %w", epoch, i+1, err)
		}
		f.steps++
		seen += len(batch)
		loss += mean * float64(len(batch))
		spent += time.Since(start)
		err = f.watch.step(Step{
			Epoch: epoch, Epochs: f.cfg.Epochs, Step: i + 1, Steps: steps, Images: len(batch),
			Loss: loss / float64(seen), Accuracy: float64(right) / float64(seen),
		})
		if err != nil {
			return err
		}
	}
	f.images += seen
	f.history.TrainSeconds += spent.Seconds()
	e := Epoch{
		Epoch: epoch, Steps: f.steps, LearningRate: f.solver.LearningRate(),
		TrainLoss: loss / float64(seen), TrainAccuracy: float64(right) / float64(seen),
		Seconds: spent.Seconds(), ImagesPerSecond: float64(seen) / spent.Seconds(),
	}
	if f.classifier != nil {
		var err error
		if e.Validation, err = evaluate(ctx, f.classifier, f.validation); err != nil {
			return err
		}
	}
	f.keep(e)
	return f.watch.epoch(e)
}

// load writes a batch into the session's input.
func (f *fitter) load(batch []int) {
	input := f.session.Input().Data().([]float32)
	size := len(input) / f.cfg.Batch
	labels := f.session.Labels()
	for row, i := range batch {
		f.normalize(input[row*size:(row+1)*size], f.batches.set.Pixels(i))
		labels[row] = int32(f.batches.set.Label(i))
	}
}

// right counts the rows of the batch whose largest logit is at the label.
func (f *fitter) right(rows int) int {
	logits := f.session.Logits().Data().([]float32)
	cols := len(f.model.Classes)
	n := 0
	for i, label := range f.session.Labels()[:rows] {
		if argmax(logits[i*cols:(i+1)*cols]) == int(label) {
			n++
		}
	}
	return n
}

// keep notes an epoch and, if it is the best so far, the parameters.
func (f *fitter) keep(e Epoch) {
	f.history.Epochs = append(f.history.Epochs, e)
	if e.Validation != nil && len(f.history.Epochs) > 1 {
		best := f.history.Epochs[f.history.Best].Validation
		if e.Validation.Accuracy < best.Accuracy || e.Validation.Accuracy == best.Accuracy && e.Validation.Loss >= best.Loss {
			return
		}
	}
	f.history.Best = len(f.history.Epochs) - 1
	f.best.take(f.model.Params)
}

// finish leaves the model with the best parameters.
func (f *fitter) finish() *History {
	f.best.restore()
	h := f.history
	if h.TrainSeconds > 0 {
		h.ImagesPerSecond = float64(f.images) / h.TrainSeconds
	}
	return &h
}
