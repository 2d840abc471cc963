package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
)

const (
	watching   = 5 * time.Second // for which a call of Status counts as watching
	recent     = 3 * time.Second // over which the speed is measured
	examined   = 256             // images in which mistakes are looked for
	shown      = 24              // mistakes that are kept
	leastPause = 500 * time.Millisecond
	share      = 50 // an observation is followed by a pause of this many times its duration
)

// Recorder records a run. Its callback is for the goroutine that trains; any goroutine may call
// its other methods. What takes time, the norms and the mistakes, is computed only while somebody
// watches, and takes at most 1/50 of the time each. Nothing that a Recorder does changes the run,
// except [Recorder.SetLearningRate].
type Recorder struct {
	model   *model.Model
	images  *data.Set // for mistakes
	workers int

	trainer *train.Trainer // set by Start
	norms   pace
	errors  pace

	mutex   sync.Mutex
	status  Status
	watched time.Time
	rate    float64 // to set before the next step; 0 for none
	mean    mean    // of the point that is not complete
	speed   speed
}

// NewRecorder returns a recorder for a run that trains a model on a set. It looks for mistakes in
// the first images of another set, such as the validation set, or of the training set if that is
// nil. workers is the number of goroutines of an operation, 0 for one per processor.
func NewRecorder(m *model.Model, training, held *data.Set, workers int) (*Recorder, error) {
	images := held
	if images == nil {
		images = training
	}
	images, err := images.Limit(min(examined, images.Len()))
	if err != nil {
		return nil, err
	}
	r := &Recorder{model: m, images: images, workers: workers, mean: mean{width: 1}}
	r.status = Status{State: Running, Network: m.Preset, Dataset: training.Name(), Held: held != nil}
	return r, nil
}

// Callback returns the callback for the trainer of the run.
func (r *Recorder) Callback(order int) train.Callback {
	return train.Callback{Order: order, Start: r.start, Step: r.step, Epoch: r.epoch}
}

// Status returns the status of the run and notes that somebody watches it.
func (r *Recorder) Status() *Status {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.watched = time.Now()
	s := r.status
	c := &r.status.Curve
	s.Curve = Curve{slices.Clone(c.Steps), slices.Clone(c.Loss), slices.Clone(c.Accuracy), slices.Clone(c.Rate)}
	s.History = slices.Clone(s.History)
	return &s
}

// State returns the state of the run and the number of finished epochs, for a list of runs. It does
// not count as watching.
func (r *Recorder) State() (state string, epochs int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.status.State, len(r.status.History)
}

// SetLearningRate changes the learning rate, before the schedule, from the next step on.
func (r *Recorder) SetLearningRate(rate float64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.rate = rate
}

// Watched reports whether somebody has looked at the status in the last seconds.
func (r *Recorder) Watched() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return time.Since(r.watched) < watching
}

// SetTest records the result on the test images.
func (r *Recorder) SetTest(s Score) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.status.Test = &s
}

// End records how the run ended, with its history and its error. If somebody watches, it looks for
// the mistakes of the final model.
func (r *Recorder) End(h *train.History, err error) {
	if err == nil && r.Watched() {
		err = r.findMistakes()
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	s := &r.status
	switch {
	case err != nil:
		s.State, s.Error = Failed, err.Error()
	case h.Interrupted:
		s.State, s.Ended = Stopped, h.Ending()
	default:
		s.State, s.Ended = Finished, h.Ending()
	}
}

func (r *Recorder) start(t *train.Trainer) error {
	r.trainer = t
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.status.History = slices.Clone(t.History().Epochs)
	r.status.Layers = t.LayerNorms()
	r.status.LearningRate = t.LearningRate()
	r.status.Epoch, r.status.Step = t.Position()
	return nil
}

func (r *Recorder) step(s train.Step) error {
	now := time.Now()
	if watched, err := r.record(s, now); !watched || err != nil {
		return err
	}
	return r.observe(now)
}

// record adds a step and reports whether somebody watches.
func (r *Recorder) record(s train.Step, now time.Time) (watched bool, err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	st := &r.status
	st.Epoch, st.Epochs, st.Step, st.StepsPerEpoch = s.Epoch, s.Epochs, s.Step, s.StepsPerEpoch
	st.Loss, st.Accuracy = s.Loss, s.Accuracy
	st.Speed = r.speed.add(now, s.Images)
	if r.mean.add(s) {
		loss, accuracy := r.mean.take()
		st.Curve.add((s.Epoch-1)*s.StepsPerEpoch+s.Step, loss, accuracy, s.LearningRate)
		if len(st.Curve.Steps) == maxPoints {
			st.Curve.halve()
			r.mean.width *= 2
		}
	}
	if r.rate != 0 {
		err = r.trainer.SetLearningRate(r.rate)
		r.rate, st.LearningRate = 0, r.trainer.LearningRate()
	}
	return now.Sub(r.watched) < watching, err
}

func (r *Recorder) epoch(e train.Epoch) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.status.History = append(r.status.History, e)
	r.speed = speed{}
	return nil
}

// observe computes the norms and the mistakes if it is time.
func (r *Recorder) observe(now time.Time) error {
	if r.norms.due(now) {
		layers := r.trainer.LayerNorms()
		r.norms.done(now)
		r.mutex.Lock()
		r.status.Layers = layers
		r.mutex.Unlock()
	}
	if now = time.Now(); r.errors.due(now) {
		if err := r.findMistakes(); err != nil {
			return err
		}
		r.errors.done(now)
	}
	return nil
}

// findMistakes looks for the images that the model classifies incorrectly now.
func (r *Recorder) findMistakes() error {
	found, err := train.FindMistakes(context.Background(), r.model, r.images, r.workers)
	if err != nil {
		return err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.status.Examined, r.status.Wrong = r.images.Len(), found.Len()
	r.status.Mistakes = r.describe(found.Worst(shown).List)
	return nil
}

func (r *Recorder) describe(list []train.Mistake) []Mistake {
	described := make([]Mistake, len(list))
	for i, m := range list {
		described[i] = Mistake{r.images.Pixels(m.Index), r.model.Classes[m.Label], r.model.Classes[m.Predicted], m.Probability}
	}
	return described
}
