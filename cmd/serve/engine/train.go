package engine

import (
	"context"
	"fmt"
	"strings"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/live"
)

// Runs are the training runs of a computer, each in a folder.
type Runs interface {
	// Datasets returns the data sets that runs can be started on.
	Datasets() []Dataset
	// List returns the runs, the newest first.
	List(ctx context.Context) ([]Run, error)
	// Start starts a run and returns its name.
	Start(ctx context.Context, s Settings) (run string, err error)
	// Status returns the status of a run. It counts as watching.
	Status(run string) (*live.Status, error)
	// Stop asks the process that trains a run to save its state and to end.
	Stop(run string) error
	// SetLearningRate asks it to change the learning rate.
	SetLearningRate(run string, rate float64) error
	// Model returns the best model of a run so far.
	Model(run string) (*model.Model, error)
}

// Dataset is a data set to train on.
type Dataset struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Images int    `json:"images"` // for training and validation; what the page suggests
	Most   int    `json:"most"`   // as many as there are
}

// Run is an entry of the list of runs.
type Run struct {
	Name     string   `json:"run"` // for other calls
	Network  string   `json:"network"`
	Dataset  string   `json:"dataset"`
	State    string   `json:"state"`              // one of those of package live
	Epochs   int      `json:"epochs"`             // finished ones
	Accuracy *float64 `json:"accuracy,omitempty"` // on the test images or, without them, the validation images
	Started  int64    `json:"started,omitempty"`  // seconds since 1970
}

// Settings are the settings of a new run.
type Settings struct {
	Network      string  `json:"network"`
	Dataset      string  `json:"dataset"`
	Images       int     `json:"images"`        // to train on and validate with; 0 for all
	Epochs       int     `json:"epochs"`        // 0 for those of the network's recipe
	LearningRate float64 `json:"learning_rate"` // likewise
	Seed         uint64  `json:"seed"`
}

// builtin is the name of the built-in digits.
const builtin = digits.Name

// In a browser a few thousand images are enough, and all that one waits for.
const (
	builtinImages = 4000
	testImages    = 1000
)

// choices is what a run can be started with.
type choices struct {
	Networks []networkChoice `json:"networks"`
	Datasets []Dataset       `json:"datasets"`
	Folders  bool            `json:"folders"` // whether runs have folders, which stay
}

type networkChoice struct {
	Name         string  `json:"name"`
	Doc          string  `json:"doc"`
	Epochs       int     `json:"epochs"`
	LearningRate float64 `json:"learning_rate"`
}

// trainChoices answers the call of the route train-choices.
func (e *Engine) trainChoices(context.Context, Request) (any, error) {
	c := &choices{Folders: e.options.Runs != nil}
	if c.Folders {
		c.Datasets = append([]Dataset{}, e.options.Runs.Datasets()...)
	} else {
		c.Datasets = []Dataset{{builtin, "digits drawn by a seeded generator", builtinImages, digits.Training}}
	}
	for _, p := range model.Presets() {
		if !c.Folders && p.Name != "fast" && p.Name != "tiny" {
			continue // the others take minutes in a browser
		}
		cfg := e.recipe(p.Name)
		c.Networks = append(c.Networks, networkChoice{p.Name, p.Doc, cfg.Epochs, cfg.Optimizer.LearningRate})
	}
	return c, nil
}

// recipe returns the settings for a network. Where runs have no folder, one waits for them, so
// there are fewer epochs.
func (e *Engine) recipe(network string) train.Config {
	cfg, _ := train.Recipe(network)
	if e.options.Runs == nil {
		cfg.Epochs = min(cfg.Epochs, 4)
	}
	return cfg
}

// runAnswer names a run.
type runAnswer struct {
	Run string `json:"run"`
}

// trainStart answers the call of the route train-start.
func (e *Engine) trainStart(ctx context.Context, s *Settings) (*runAnswer, error) {
	if _, err := model.Lookup(s.Network); err != nil {
		return nil, problemf("settings", "%v", err)
	}
	if e.options.Runs != nil {
		run, err := e.options.Runs.Start(ctx, *s)
		if err != nil {
			return nil, problemf("settings", "%v", err)
		}
		return &runAnswer{run}, nil
	}
	c, err := e.course(s)
	if err != nil {
		return nil, problemf("settings", "%v", err)
	}
	j, err := e.start(*c)
	if err != nil {
		return nil, err
	}
	return &runAnswer{j.id}, nil
}

// course returns the training of a network on built-in digits.
func (e *Engine) course(s *Settings) (*course, error) {
	if s.Dataset != builtin {
		return nil, fmt.Errorf("there is no data set %q, want %s", s.Dataset, builtin)
	}
	if s.Images < 0 || s.Images > digits.Training {
		return nil, fmt.Errorf("images is %d, want 0 to %d", s.Images, digits.Training)
	}
	cfg := e.recipe(s.Network)
	cfg.Seed, cfg.CheckOps = s.Seed, false
	if s.Epochs != 0 {
		cfg.Epochs = s.Epochs
	}
	if s.LearningRate != 0 {
		cfg.Optimizer.LearningRate = s.LearningRate
	}
	n := s.Images
	if n == 0 {
		n = builtinImages
	}
	all, test, err := digits.Sets("the built-in generator", s.Seed, n, testImages)
	if err != nil {
		return nil, err
	}
	selection := data.DefaultSelection()
	held, err := selection.HeldOut(n)
	if err != nil {
		return nil, err
	}
	training, validation, err := all.Split(held, s.Seed)
	if err != nil {
		return nil, err
	}
	m, err := train.NewModel(s.Network, training, s.Seed)
	if err != nil {
		return nil, err
	}
	return &course{
		name: s.Network, model: m, training: training, validation: validation, config: cfg,
		finish: func(ctx context.Context, j *job) error {
			r, err := train.Evaluate(ctx, m, test, e.options.Workers)
			if err != nil {
				return err
			}
			m.Accuracy = r.Accuracy
			j.recorder.SetTest(live.Score{Images: r.Images, Correct: r.Images - r.Errors})
			return nil
		},
	}, nil
}

// runQuestion asks about a run.
type runQuestion struct {
	Run string `json:"run"`
}

// status is the status of a run.
type status struct {
	*live.Status
	Run    string  `json:"run"`
	Model  string  `json:"model,omitempty"`  // id of the model that is trained; absent for runs with a folder
	Lesson *lesson `json:"lesson,omitempty"` // of a run that teach has started
}

// trainStatus answers the call of the route train-status.
func (e *Engine) trainStatus(_ context.Context, q *runQuestion) (*status, error) {
	if j, ok := e.jobs.find(q.Run); ok {
		s := &status{Status: j.recorder.Status(), Run: j.id}
		j.mutex.Lock()
		defer j.mutex.Unlock()
		s.Model, s.Lesson = j.model, j.lesson
		return s, nil
	}
	runs, err := e.folders(q.Run)
	if err != nil {
		return nil, err
	}
	s, err := runs.Status(q.Run)
	if err != nil {
		return nil, err
	}
	return &status{Status: s, Run: q.Run}, nil
}

// folders returns the runs of the computer, if a run can be one of them.
func (e *Engine) folders(run string) (Runs, error) {
	if e.options.Runs == nil || run == "" || strings.HasPrefix(run, pagePrefix) {
		return nil, problemf("unknown_run", "there is no run %q", run)
	}
	return e.options.Runs, nil
}

// trainStop answers the call of the route train-stop. The run saves its state and ends.
func (e *Engine) trainStop(_ context.Context, q *runQuestion) (struct{}, error) {
	if j, ok := e.jobs.find(q.Run); ok {
		j.stop()
		return struct{}{}, nil
	}
	runs, err := e.folders(q.Run)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, runs.Stop(q.Run)
}

// rateQuestion asks to change the learning rate of a run.
type rateQuestion struct {
	Run          string  `json:"run"`
	LearningRate float64 `json:"learning_rate"` // before the schedule
}

// trainRate answers the call of the route train-rate.
func (e *Engine) trainRate(_ context.Context, q *rateQuestion) (struct{}, error) {
	if !(q.LearningRate > 0 && q.LearningRate <= maxRate) {
		return struct{}{}, problemf("settings", "the learning rate is %g, want above 0 and at most %g", q.LearningRate, maxRate)
	}
	if j, ok := e.jobs.find(q.Run); ok {
		j.recorder.SetLearningRate(q.LearningRate)
		return struct{}{}, nil
	}
	runs, err := e.folders(q.Run)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, runs.SetLearningRate(q.Run, q.LearningRate)
}

// maxRate bounds the learning rates that a call can set.
const maxRate = 10.0

// trainModel answers the call of the route train-model: it opens the best model of a run so far.
func (e *Engine) trainModel(_ context.Context, q *runQuestion) (any, error) {
	if j, ok := e.jobs.find(q.Run); ok {
		one, err := e.find(j.model)
		if err != nil {
			return nil, err
		}
		return one.describe(), nil
	}
	runs, err := e.folders(q.Run)
	if err != nil {
		return nil, err
	}
	m, err := runs.Model(q.Run)
	if err != nil {
		return nil, problemf("no_model", "%v", err)
	}
	one, err := e.open(q.Run, m)
	if err != nil {
		return nil, err
	}
	return one.describe(), nil
}

// listRuns answers the call of the route runs.
func (e *Engine) listRuns(ctx context.Context, _ Request) (any, error) {
	list := []Run{}
	e.jobs.mutex.Lock()
	for i := len(e.jobs.list) - 1; i >= 0; i-- {
		j := e.jobs.list[i]
		state, epochs := j.recorder.State()
		list = append(list, Run{Name: j.id, Network: j.network, Dataset: j.dataset, State: state, Epochs: epochs})
	}
	e.jobs.mutex.Unlock()
	if e.options.Runs == nil {
		return list, nil
	}
	more, err := e.options.Runs.List(ctx)
	return append(list, more...), err
}

// save answers the call of the route save with the file of a model.
func (e *Engine) save(_ context.Context, q *modelQuestion) (*file, error) {
	one, err := e.find(q.Model)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := one.model.Load().Write(&b); err != nil {
		return nil, err
	}
	return &file{"application/octet-stream", []byte(b.String())}, nil
}
