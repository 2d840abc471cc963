package live

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/schedule"
)

func builtin(t *testing.T, seed uint64, n int) *data.Set {
	t.Helper()
	pixels, labels := digits.Generate(seed, n)
	s, err := data.New("builtin", "test", digits.Size, digits.Size, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func config() train.Config {
	c := train.Defaults()
	c.Epochs, c.Batch, c.Workers, c.Schedule, c.CheckOps = 2, 16, 1, schedule.Schedule{}, false
	c.Optimizer.LearningRate = 0.001
	return c
}

// fit trains a network with callbacks and returns the content of its file.
func fit(t *testing.T, training, validation *data.Set, c train.Config, prepare func(m *model.Model) []train.Callback) (*train.History, []byte) {
	t.Helper()
	m, err := train.NewModel("fast", training, 1)
	if err != nil {
		t.Fatal(err)
	}
	c.Callbacks = prepare(m)
	h, err := train.Fit(t.Context(), m, training, validation, c)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return h, b.Bytes()
}

// A run that is watched gives the same model. The recorder shows the losses of its steps, its
// epochs, the norms, and the mistakes that the model makes at that moment.
func TestRecorder(t *testing.T) {
	training, validation := builtin(t, 1, 96), builtin(t, 2, 40)
	_, plain := fit(t, training, validation, config(), func(*model.Model) []train.Callback { return nil })
	var r *Recorder
	var losses []float64
	var mistakes *train.Mistakes
	var final *model.Model
	h, watched := fit(t, training, validation, config(), func(m *model.Model) []train.Callback {
		final = m
		var err error
		if r, err = NewRecorder(m, training, validation, 1); err != nil {
			t.Fatal(err)
		}
		r.Status()
		sum := 0.0
		return []train.Callback{r.Callback(2), {Order: 1, Step: func(s train.Step) error {
			if s.Step == 1 {
				sum = 0
			}
			losses = append(losses, s.Loss*float64(s.Step)-sum) // all batches have 16 images
			sum = s.Loss * float64(s.Step)
			if mistakes == nil {
				var err error
				mistakes, err = train.FindMistakes(t.Context(), m, validation, 1)
				return err
			}
			return nil
		}}}
	})
	if !bytes.Equal(plain, watched) {
		t.Error("watching changes the model")
	}
	early := r.Status()
	r.End(h, nil)
	s := r.Status()
	if s.State != Finished || s.Epoch != 2 || s.Epochs != 2 || s.Step != 6 || len(s.History) != 2 || s.Network != "fast" || !s.Held || s.LearningRate != 0.001 {
		s.Mistakes = nil
		t.Errorf("the status is %+v", s)
	}
	if len(s.Curve.Steps) != len(losses) {
		t.Fatalf("the curve has %d points, want %d", len(s.Curve.Steps), len(losses))
	}
	for i, loss := range losses {
		if math.Abs(float64(s.Curve.Loss[i])-loss) > 1e-4 || s.Curve.Steps[i] != i+1 {
			t.Errorf("point %d is at step %d with the loss %v, want %v", i, s.Curve.Steps[i], s.Curve.Loss[i], loss)
		}
	}
	if len(s.Layers) != 3 || !(s.Layers[0].Weights > 0 && s.Layers[0].Gradient > 0) {
		t.Errorf("the layers are %+v", s.Layers)
	}
	atEnd, err := train.FindMistakes(t.Context(), final, validation, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s.Wrong != atEnd.Len() {
		t.Errorf("%d mistakes at the end, want %d", s.Wrong, atEnd.Len())
	}
	if early.Examined != 40 || early.Wrong != mistakes.Len() || len(early.Mistakes) != min(shown, early.Wrong) {
		t.Fatalf("%d mistakes in %d images, want those after the first step, %d", early.Wrong, early.Examined, mistakes.Len())
	}
	for i, m := range mistakes.Worst(shown).List {
		got := early.Mistakes[i]
		if !bytes.Equal(got.Pixels, validation.Pixels(m.Index)) || got.Label != model.Digits()[m.Label] || got.Predicted != model.Digits()[m.Predicted] || got.Probability != m.Probability {
			t.Errorf("mistake %d is a %s taken for a %s, want %+v", i, got.Label, got.Predicted, m)
		}
	}
}

// Without a watcher nothing is computed.
func TestUnwatched(t *testing.T) {
	training := builtin(t, 1, 48)
	var r *Recorder
	fit(t, training, nil, config(), func(m *model.Model) []train.Callback {
		r, _ = NewRecorder(m, training, nil, 1)
		return []train.Callback{r.Callback(1)}
	})
	r.End(nil, errors.New("broken"))
	if s := r.Status(); s.Examined != 0 || s.Mistakes != nil || s.Layers[0].Gradient != 0 || s.State != Failed || s.Error != "broken" || s.Held {
		t.Errorf("the status is %+v", s)
	}
}

func TestSetLearningRate(t *testing.T) {
	training := builtin(t, 1, 64)
	var r *Recorder
	h, _ := fit(t, training, nil, config(), func(m *model.Model) []train.Callback {
		r, _ = NewRecorder(m, training, nil, 1)
		return []train.Callback{r.Callback(2), {Order: 1, Step: func(s train.Step) error {
			if s.Epoch == 2 && s.Step == 1 {
				r.SetLearningRate(0.004)
			}
			return nil
		}}}
	})
	if h.Epochs[0].LearningRate != 0.001 || h.Epochs[1].LearningRate != 0.004 || r.Status().LearningRate != 0.004 {
		t.Errorf("the epochs have the rates %v and %v, want 0.001 and 0.004", h.Epochs[0].LearningRate, h.Epochs[1].LearningRate)
	}
}

// A long run keeps at most maxPoints points, each the mean over as many steps.
func TestLongCurve(t *testing.T) {
	r := &Recorder{mean: mean{width: 1}}
	const steps = 5000
	sum := 0.0
	for i := 1; i <= steps; i++ {
		sum += float64(i)
		if _, err := r.record(train.Step{Epoch: 1, Step: i, StepsPerEpoch: steps, Images: 8, Loss: sum / float64(i), Accuracy: 0.5}, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	c := r.Status().Curve
	if n := len(c.Steps); n >= maxPoints || n < maxPoints/2 {
		t.Fatalf("%d points, want %d to %d", n, maxPoints/2, maxPoints)
	}
	for i := range c.Steps {
		if got, want := float64(c.Loss[i]), float64(c.Steps[i])-float64(r.mean.width-1)/2; math.Abs(got-want) > 0.01*want+0.01 {
			t.Errorf("point %d at step %d is %v, want the mean of %d steps, %v", i, c.Steps[i], got, r.mean.width, want)
		}
		if c.Accuracy[i] != 0.5 {
			t.Errorf("point %d has the accuracy %v, want 0.5", i, c.Accuracy[i])
		}
	}
}

func TestSpeed(t *testing.T) {
	var s speed
	now := time.Unix(1, 0)
	if got := s.add(now, 10); got != 0 {
		t.Errorf("after a step the speed is %v, want 0", got)
	}
	for range 20 {
		now = now.Add(time.Second / 2)
		if got := s.add(now, 50); got != 100 {
			t.Errorf("the speed is %v, want 100", got)
		}
	}
	for range 10 {
		now = now.Add(time.Second / 2)
		s.add(now, 10)
	}
	if s.rate != 20 {
		t.Errorf("five seconds later the speed is %v, want 20", s.rate)
	}
}
