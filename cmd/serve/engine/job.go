package engine

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/live"
)

// job is a training in this process.
type job struct {
	id       string
	network  string
	dataset  string
	model    string // id of the model that it trains
	recorder *live.Recorder
	stop     context.CancelFunc
	ended    chan struct{} // closed at the end

	mutex  sync.Mutex // for what follows
	lesson *lesson    // of teach
}

// course is what a job trains.
type course struct {
	name                 string // of the model, for the page
	model                *model.Model
	training, validation *data.Set
	config               train.Config
	examined             *data.Set // images whose mistakes are shown; nil for the usual ones
	lesson               *lesson   // of teach
	// finish is called with the model at the end, unless the training was stopped or failed; it may be
	// nil.
	finish func(ctx context.Context, j *job) error
}

// jobs are the trainings of an engine, one after the other.
type jobs struct {
	mutex sync.Mutex
	list  []*job // the oldest first
	count int
}

// maxJobs bounds the trainings that an engine remembers.
const maxJobs = 16

// find returns the training with an id.
func (js *jobs) find(id string) (*job, bool) {
	js.mutex.Lock()
	defer js.mutex.Unlock()
	for _, j := range js.list {
		if j.id == id {
			return j, true
		}
	}
	return nil, false
}

// add makes a training, unless one is running.
func (js *jobs) add(r *live.Recorder, stop context.CancelFunc) (*job, error) {
	js.mutex.Lock()
	defer js.mutex.Unlock()
	if n := len(js.list); n > 0 {
		select {
		case <-js.list[n-1].ended:
		default:
			return nil, problemf("training", "a training is in progress: stop it first")
		}
	}
	if len(js.list) == maxJobs {
		js.list = js.list[1:]
	}
	js.count++
	j := &job{id: pagePrefix + strconv.Itoa(js.count), recorder: r, stop: stop, ended: make(chan struct{})}
	js.list = append(js.list, j)
	return j, nil
}

// remove forgets a training that has not begun.
func (js *jobs) remove(j *job) {
	js.mutex.Lock()
	defer js.mutex.Unlock()
	js.list = slices.DeleteFunc(js.list, func(other *job) bool { return other == j })
}

// pagePrefix begins the ids of the trainings of an engine. The name of a run folder cannot begin
// with it.
const pagePrefix = "page:"

// stop ends the training that is running and waits for its end.
func (js *jobs) stop() {
	js.mutex.Lock()
	var last *job
	if n := len(js.list); n > 0 {
		last = js.list[n-1]
	}
	js.mutex.Unlock()
	if last != nil {
		last.stop()
		<-last.ended
	}
}

// start trains in the background. Calls can read with the model from the beginning, when it is as
// it was, and then with that of the last epoch.
func (e *Engine) start(c course) (*job, error) {
	held := c.validation
	if c.examined != nil {
		held = c.examined
	}
	recorder, err := live.NewRecorder(c.model, c.training, held, e.options.Workers)
	if err != nil {
		return nil, err
	}
	first, err := copyOf(c.model)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	j, err := e.jobs.add(recorder, stop)
	if err != nil {
		stop()
		return nil, err
	}
	j.network, j.dataset, j.lesson = c.model.Preset, c.training.Name(), c.lesson
	fail := func(err error) (*job, error) {
		stop()
		close(j.ended)
		e.jobs.remove(j)
		return nil, err
	}
	one, err := e.open(c.name, first)
	if err != nil {
		return fail(err)
	}
	j.model = one.id
	c.config.Workers = e.options.Workers
	c.config.Callbacks = []train.Callback{
		recorder.Callback(1),
		{Order: 2, Epoch: func(train.Epoch) error {
			now, err := copyOf(c.model)
			if err != nil {
				return err
			}
			return one.replace(now)
		}},
	}
	if e.options.Pause != nil {
		c.config.Callbacks = append(c.config.Callbacks, train.Callback{Order: 3, Step: func(train.Step) error {
			e.options.Pause()
			return nil
		}})
	}
	trainer, err := train.New(c.model, c.training, c.validation, c.config)
	if err != nil {
		return fail(errors.Join(problemf("settings", "%v", err), e.remove(one.id)))
	}
	go func() {
		defer close(j.ended)
		defer stop()
		h, err := trainer.Run(ctx)
		err = errors.Join(err, trainer.Close())
		if err == nil {
			err = one.replace(c.model)
		}
		if err == nil && c.finish != nil && !h.Interrupted {
			if err = c.finish(ctx, j); ctx.Err() != nil {
				err = nil // stopped during the last evaluation
			}
		}
		recorder.End(h, err)
	}()
	return j, nil
}

// copyOf returns a copy of a model, with nothing frozen.
func copyOf(m *model.Model) (*model.Model, error) {
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		return nil, err
	}
	return model.Parse(b.Bytes())
}
