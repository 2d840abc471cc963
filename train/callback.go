package train

import (
	"cmp"
	"slices"
)

// Callback holds functions that a run calls; each may be nil. Callbacks with a lower Order
// are called first. An error ends the run; [ErrStop] ends it without an error.
type Callback struct {
	Order int
	// Start is called before the first step, with the trainer.
	Start func(*Trainer) error
	// Stage is called before the first step of each stage, that is, when other parameters
	// train than before. It is not called for the first stage if nothing is frozen in it.
	Stage func(Stage) error
	// Step is called after each update of the parameters.
	Step func(Step) error
	// Epoch is called after each epoch and its validation.
	Epoch func(Epoch) error
	// Interrupted is called when the context has ended the run, while the model still has
	// the current parameters, so that a checkpoint can be saved.
	Interrupted func() error
}

// Step describes a training step, which is one update of the parameters.
type Step struct {
	Epoch         int // from 1
	Epochs        int // in the run
	Step          int // within the epoch, from 1
	StepsPerEpoch int
	Images        int // in the batches of this step
	LearningRate  float64

	// The mean loss and the accuracy, a fraction of 1, over the images of the epoch so far,
	// each with the parameters of its step. With mixup they are of mixtures, see
	// [Config.Mixup].
	Loss, Accuracy float64
}

// Epoch describes a finished epoch. As JSON it is a line of a run's metrics file.
type Epoch struct {
	Epoch int `json:"epoch"` // from 1
	Steps int `json:"steps"` // in the run so far

	LearningRate  float64 `json:"learning_rate"`  // of the last step
	TrainLoss     float64 `json:"train_loss"`     // mean over the images, each with the parameters of its step
	TrainAccuracy float64 `json:"train_accuracy"` // fraction of 1, likewise

	// Best is set if no earlier epoch was better, see [History.Best].
	Best bool `json:"best"`
	// Validation is the score on the validation set after the epoch, nil without one.
	Validation *Score `json:"validation,omitempty"`
	// Average is the score of the moving average of the parameters, nil without one.
	Average *Score `json:"average,omitempty"`

	Seconds         float64 `json:"seconds"` // of the training steps alone
	ImagesPerSecond float64 `json:"images_per_second"`
}

// score returns the better of the epoch's two scores, nil without a validation set.
func (e *Epoch) score() *Score {
	if e.Average != nil && !e.Validation.better(e.Average) {
		return e.Average
	}
	return e.Validation
}

// callbacks is a list of callbacks sorted by Order.
type callbacks []Callback

func sorted(list []Callback) callbacks {
	c := slices.Clone(list)
	slices.SortStableFunc(c, func(a, b Callback) int { return cmp.Compare(a.Order, b.Order) })
	return c
}

// call calls one function of each callback, if it is not nil, until one returns an error.
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
