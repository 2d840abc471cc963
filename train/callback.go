package train

import (
	"cmp"
	"slices"
)

// Callback watches a run. Its functions are called in the order of Order, lowest
// first, and may be nil. An error ends the run; [ErrStop] ends it in good order.
type Callback struct {
	Order int
	// Start is called before the first step, with the trainer.
	Start func(*Trainer) error
	// Stage is called before the first step of an epoch with which other parameters begin
	// to train, also before that of a run in which some are frozen.
	Stage func(Stage) error
	// Step is called after each update of the parameters.
	Step func(Step) error
	// Epoch is called after each epoch, its validation included.
	Epoch func(Epoch) error
	// Interrupted is called when the context has ended the run, before the model gets
	// its best parameters back: the time to write a checkpoint.
	Interrupted func() error
}

// Step tells of a training step: an update of the parameters.
type Step struct {
	Epoch         int // from 1
	Epochs        int // in the run
	Step          int // within the epoch, from 1
	StepsPerEpoch int
	Images        int // in the batch, or the batches, of this step

	Loss     float64 // mean over the epoch so far
	Accuracy float64 // fraction of 1 over the epoch so far, while the parameters changed; see also [Config.Mixup]
}

// Epoch tells of a finished epoch. Its JSON is a line of a run's metrics.
type Epoch struct {
	Epoch int `json:"epoch"` // from 1
	Steps int `json:"steps"` // since the run began

	LearningRate  float64 `json:"learning_rate"`  // of the last step
	TrainLoss     float64 `json:"train_loss"`     // mean over the epoch, while the parameters changed
	TrainAccuracy float64 `json:"train_accuracy"` // fraction of 1, likewise

	// Best says that no earlier epoch was better, see [History.Best].
	Best bool `json:"best"`
	// Validation is the score on the validation set after the epoch, nil without one.
	Validation *Score `json:"validation,omitempty"`
	// Average is the score of the moving average of the parameters, nil without one.
	Average *Score `json:"average,omitempty"`

	Seconds         float64 `json:"seconds"` // of the training steps alone
	ImagesPerSecond float64 `json:"images_per_second"`
}

// score is the better of the epoch's scores, nil without a validation set.
func (e *Epoch) score() *Score {
	if e.Average != nil && !e.Validation.better(e.Average) {
		return e.Average
	}
	return e.Validation
}

// callbacks is a sorted list of callbacks.
type callbacks []Callback

func sorted(list []Callback) callbacks {
	c := slices.Clone(list)
	slices.SortStableFunc(c, func(a, b Callback) int { return cmp.Compare(a.Order, b.Order) })
	return c
}

// call calls a function of each callback that has it, until one fails.
func call[A any](c callbacks, of func(Callback) func(A) error, arg A) error {
	for _, cb := range c {
		if f := of(cb); f != nil {
			if err := f(arg); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c callbacks) start(t *Trainer) error {
	return call(c, func(cb Callback) func(*Trainer) error { return cb.Start }, t)
}

func (c callbacks) stage(s Stage) error {
	return call(c, func(cb Callback) func(Stage) error { return cb.Stage }, s)
}

func (c callbacks) step(s Step) error {
	return call(c, func(cb Callback) func(Step) error { return cb.Step }, s)
}

func (c callbacks) epoch(e Epoch) error {
	return call(c, func(cb Callback) func(Epoch) error { return cb.Epoch }, e)
}

func (c callbacks) interrupted() error {
	for _, cb := range c {
		if cb.Interrupted != nil {
			if err := cb.Interrupted(); err != nil {
				return err
			}
		}
	}
	return nil
}
