package engine

import (
	"context"
	"slices"
	"strings"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/live"
)

// teachQuestion asks to fine-tune a model on a few drawn digits.
type teachQuestion struct {
	Model  string   `json:"model"`  // id; the model itself stays as it is
	Images []pixels `json:"images"` // 1 to maxDrawn
	Labels []string `json:"labels"` // the class of each image
	Frozen *bool    `json:"frozen"` // whether the convolutional part stays as it is; null for yes
}

// taught ends the names of models that have been taught.
const taught = "-taught"

const (
	maxDrawn  = 200
	rehearsal = 300 // built-in digits among which the drawn ones are learned
	copies    = 100 // of all drawn digits together, at least one of each
	recalled  = 200 // built-in test digits that show what the model knows before and after

	// With these, the built-in model learns five mirrored sevens or twos, of which it reads one before,
	// and 20 or more of 25 others, for 1 % of what it knew. With 0.002 it learns three or four of
	// five, with 0.01 it forgets no less.
	lessonEpochs = 10
	lessonRate   = 0.005
)

// lesson is what teach has changed.
type lesson struct {
	Drawn      before  `json:"drawn"`      // on the drawn digits
	Known      *before `json:"known"`      // on built-in test digits; null for a model of other classes
	Parameters []row   `json:"parameters"` // which of them are frozen
	Frozen     int     `json:"frozen"`     // elements
	Trainable  int     `json:"trainable"`
}

// before compares a model before and after.
type before struct {
	Before live.Score  `json:"before"`
	After  *live.Score `json:"after"` // null during the training
}

// row is a parameter of a model.
type row struct {
	Name   string `json:"name"`
	Shape  []int  `json:"shape"`
	Frozen bool   `json:"frozen"`
}

// teachAnswer names the run that teach has started.
type teachAnswer struct {
	Run    string  `json:"run"`
	Lesson *lesson `json:"lesson"`
}

// teach answers the call of the route teach. It fine-tunes a copy of a model on drawn digits. The
// model would forget what it is not shown, so it also trains on built-in digits.
func (e *Engine) teach(ctx context.Context, q *teachQuestion) (*teachAnswer, error) {
	one, err := e.find(q.Model)
	if err != nil {
		return nil, err
	}
	m, err := copyOf(one.model.Load())
	if err != nil {
		return nil, err
	}
	drawn, err := q.set(m)
	if err != nil {
		return nil, err
	}
	training, known, err := e.lessonSets(m, drawn)
	if err != nil {
		return nil, err
	}
	examined, err := joined(drawn, known)
	if err != nil {
		return nil, err
	}
	l := &lesson{}
	measure := func(ctx context.Context) (d live.Score, k *live.Score, err error) {
		if d, err = e.score(ctx, m, drawn); err != nil || known == nil {
			return d, nil, err
		}
		s, err := e.score(ctx, m, known)
		return d, &s, err
	}
	d, k, err := measure(ctx)
	if err != nil {
		return nil, err
	}
	l.Drawn.Before = d
	if k != nil {
		l.Known = &before{Before: *k}
	}
	if q.Frozen == nil || *q.Frozen {
		if _, err := m.Convolutional(); err == nil {
			if err := m.Freeze(); err != nil {
				return nil, err
			}
		}
	}
	l.describe(m.Freezing())
	cfg := train.FineTuningRecipe(&model.Transfer{HeadKept: true})
	cfg.Seed, cfg.Batch, cfg.CheckOps = 1, 32, false
	cfg.Epochs, cfg.Optimizer.LearningRate = lessonEpochs, lessonRate
	j, err := e.start(course{
		name: strings.TrimSuffix(one.name, taught) + taught, model: m, training: training, config: cfg, examined: examined, lesson: l,
		finish: func(ctx context.Context, j *job) error {
			d, k, err := measure(ctx)
			if err != nil {
				return err
			}
			done := *l
			done.Drawn.After = &d
			if k != nil {
				done.Known = &before{l.Known.Before, k}
			}
			j.mutex.Lock()
			defer j.mutex.Unlock()
			j.lesson = &done
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return &teachAnswer{j.id, l}, nil
}

// describe lists the parameters that can be learned.
func (l *lesson) describe(f *model.Freezing) {
	l.Frozen, l.Trainable = f.Frozen, f.Trainable
	for _, p := range f.Params {
		if !p.Statistic {
			l.Parameters = append(l.Parameters, row{p.Name, p.Shape, p.Frozen})
		}
	}
}

// set returns the drawn digits with the classes of a model.
func (q *teachQuestion) set(m *model.Model) (*data.Set, error) {
	n := len(q.Images)
	if n < 1 || n > maxDrawn || len(q.Labels) != n {
		return nil, problemf("images", "there are %d images with %d labels, want 1 to %d, each with its label", n, len(q.Labels), maxDrawn)
	}
	var all, labels []byte
	for i, img := range q.Images {
		if len(img) != imageBytes {
			return nil, problemf("pixels", "image %d has %d pixels, want %d", i, len(img), imageBytes)
		}
		label := slices.Index(m.Classes, q.Labels[i])
		if label < 0 {
			return nil, problemf("unknown_class", "image %d has the label %q, want one of %q", i, q.Labels[i], m.Classes)
		}
		all, labels = append(all, img...), append(labels, byte(label))
	}
	return data.New("drawn", "the page", m.Height, m.Width, m.Classes, all, labels)
}

// lessonSets returns the images to train on, and the built-in digits on which the model is
// compared; nil if the model has other classes than the digits.
func (e *Engine) lessonSets(m *model.Model, drawn *data.Set) (training, known *data.Set, err error) {
	old, test, err := digits.Sets("the built-in generator", 1, rehearsal, recalled)
	if err != nil {
		return nil, nil, err
	}
	sets := slices.Repeat([]*data.Set{drawn}, max(1, copies/drawn.Len()))
	if known, err = test.WithClasses(m.Classes); err != nil {
		known = nil
	} else if old, err = old.WithClasses(m.Classes); err == nil {
		sets = append(sets, old)
	}
	training, err = joined(sets...)
	return training, known, err
}

// joined returns the images of several sets with the same classes, those of the first one. A nil set
// has none.
func joined(sets ...*data.Set) (*data.Set, error) {
	var all, labels []byte
	for _, s := range sets {
		if s == nil {
			continue
		}
		for i := range s.Len() {
			all, labels = append(all, s.Pixels(i)...), append(labels, byte(s.Label(i)))
		}
	}
	first := sets[0]
	return data.New(first.Name(), first.Source(), first.Height(), first.Width(), first.Classes(), all, labels)
}

// score counts the images that a model classifies correctly.
func (e *Engine) score(ctx context.Context, m *model.Model, set *data.Set) (live.Score, error) {
	r, err := train.Evaluate(ctx, m, set, e.options.Workers)
	if err != nil {
		return live.Score{}, err
	}
	return live.Score{Images: r.Images, Correct: r.Images - r.Errors}, nil
}
