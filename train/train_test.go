package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/schedule"
)

// stripes returns n images of 12x12 pixels that are easy to learn. Class 0 has horizontal
// stripes and class 1 vertical stripes, both with noise.
func stripes(t testing.TB, n int, seed uint64) *data.Set { return stripesOf(t, 12, n, seed) }

// stripesOf returns a set like that of stripes whose images have the given side.
func stripesOf(t testing.TB, side, n int, seed uint64) *data.Set {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	pixels, labels := make([]byte, n*side*side), make([]byte, n)
	for i := range n {
		labels[i] = byte(i % 2)
		phase := r.IntN(4)
		for y := range side {
			for x := range side {
				v := r.IntN(120)
				if along := []int{y, x}[i%2]; (along+phase)%4 < 2 {
					v += 100
				}
				pixels[(i*side+y)*side+x] = byte(v)
			}
		}
	}
	s, err := data.New("stripes", "test", side, side, []string{"across", "down"}, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fresh returns an untrained model for the images of stripes.
func fresh(t testing.TB, preset string) *model.Model { return freshOf(t, 12, preset) }

// freshOf returns an untrained model for the images of stripesOf.
func freshOf(t testing.TB, side int, preset string) *model.Model {
	t.Helper()
	m, err := model.New(model.Spec{Preset: preset, Seed: 3, Height: side, Width: side, Classes: []string{"across", "down"}, Mean: 0.4, Std: 0.25})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// quick has settings for small sets: three epochs of Adam at a constant learning rate.
var quick = func() Config {
	c := Defaults()
	c.Epochs, c.Batch, c.Optimizer.LearningRate, c.Schedule, c.Workers = 3, 16, 0.01, schedule.Schedule{}, 1
	return c
}()

// optimizer returns the default settings of an optimizer with another learning rate.
func optimizer(t testing.TB, name string, rate float64) solver.Options {
	t.Helper()
	o, err := solver.Defaults(name)
	if err != nil {
		t.Fatal(err)
	}
	o.LearningRate = rate
	return o
}

// bytesOf returns the content of the model's file.
func bytesOf(t testing.TB, m *model.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFitLearns(t *testing.T) {
	for _, name := range []string{"adam", "sgd"} {
		t.Run(name, func(t *testing.T) {
			m, test := fresh(t, "tiny"), stripes(t, 100, 2)
			before, err := Evaluate(t.Context(), m, test, 1)
			if err != nil {
				t.Fatal(err)
			}
			cfg := quick
			cfg.Optimizer = optimizer(t, name, 0.01)
			h, err := Fit(t.Context(), m, stripes(t, 200, 1), stripes(t, 50, 3), cfg)
			if err != nil {
				t.Fatal(err)
			}
			after, err := Evaluate(t.Context(), m, test, 1)
			if err != nil {
				t.Fatal(err)
			}
			if after.Accuracy < 0.98 || after.Loss >= before.Loss {
				t.Errorf("the test score is %v, want an accuracy of 0.98 and a loss below that of the untrained model, %v", after, before.Loss)
			}
			if len(h.Epochs) != 3 || h.Interrupted || h.Epochs[2].Steps != 3*13 {
				t.Errorf("history is %+v, want 3 epochs of 13 steps", h)
			}
			if h.Epochs[0].TrainLoss <= h.Epochs[2].TrainLoss {
				t.Errorf("the training loss rises from %v to %v", h.Epochs[0].TrainLoss, h.Epochs[2].TrainLoss)
			}
		})
	}
}

// The same seed gives the same model for any number of workers, and another seed gives another
// model. The last batch of each epoch is smaller.
func TestFitIsDeterministic(t *testing.T) {
	fit := func(preset string, seed uint64, workers int) ([]byte, []float64) {
		m := fresh(t, preset)
		cfg := quick
		cfg.Epochs, cfg.Seed, cfg.Workers = 2, seed, workers
		h, err := Fit(t.Context(), m, stripes(t, 70, 1), nil, cfg)
		if err != nil {
			t.Fatal(err)
		}
		var losses []float64
		for _, e := range h.Epochs {
			losses = append(losses, e.TrainLoss)
		}
		return bytesOf(t, m), losses
	}
	for _, preset := range []string{"cnn", "resnet"} {
		one, losses := fit(preset, 1, 1)
		for _, workers := range []int{1, 2, 5} {
			again, l := fit(preset, 1, workers)
			if !bytes.Equal(one, again) || !slices.Equal(losses, l) {
				t.Errorf("%s: %d workers give the losses %v, one worker %v", preset, workers, l, losses)
			}
		}
		if other, _ := fit(preset, 2, 1); bytes.Equal(one, other) {
			t.Errorf("%s: seeds 1 and 2 give the same model", preset)
		}
	}
}

func TestOrderOfImages(t *testing.T) {
	b := batches{set: stripes(t, 10, 1), size: 4, seed: 9}
	var orders [][]int
	for epoch := 1; epoch <= 2; epoch++ {
		b.shuffle(epoch)
		var seen []int
		for i := range b.count() {
			seen = append(seen, b.batch(i)...)
		}
		orders = append(orders, slices.Clone(seen))
		if len(b.batch(2)) != 2 {
			t.Errorf("the last batch has %d images, want 2", len(b.batch(2)))
		}
		slices.Sort(seen)
		if !slices.Equal(seen, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Errorf("epoch %d sees %v, want each image once", epoch, seen)
		}
	}
	if slices.Equal(orders[0], orders[1]) {
		t.Errorf("epochs 1 and 2 have the same order %v", orders[0])
	}
	b.shuffle(1)
	if !slices.Equal(b.order, orders[0]) {
		t.Errorf("epoch 1 has the order %v the second time, want %v", b.order, orders[0])
	}
}

// The model has the parameters of the epoch with the best validation score, not of the last one.
func TestBestEpochIsKept(t *testing.T) {
	validation := stripes(t, 60, 3)
	m := fresh(t, "tiny")
	cfg := quick
	cfg.Epochs = 4
	cfg.Callbacks = []Callback{{Epoch: func(e Epoch) error {
		if e.Epoch < 3 {
			return nil
		}
		// Change the parameters, so that the next epochs have worse scores.
		w := m.Params.Get("fc1.weight").Value().Data().([]float32)
		for i := range w {
			w[i] = -100 * w[i]
		}
		return nil
	}}}
	cfg.Optimizer.LearningRate = 0.003
	h, err := Fit(t.Context(), m, stripes(t, 200, 1), validation, cfg)
	if err != nil {
		t.Fatal(err)
	}
	best := h.Epochs[h.Best].Validation
	for _, e := range h.Epochs {
		if e.Validation.Accuracy > best.Accuracy {
			t.Errorf("epoch %d has the accuracy %v, but the best epoch has %v", e.Epoch, e.Validation.Accuracy, best.Accuracy)
		}
	}
	got, err := Evaluate(t.Context(), m, validation, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got.Score != *best {
		t.Errorf("the score of the model is %v, that of the best epoch %v", got, best)
	}
	if h.Best == len(h.Epochs)-1 {
		t.Error("the last epoch is the best, want a worse one for this test")
	}
}

func TestCallbacks(t *testing.T) {
	var calls []string
	note := func(name string) func(Step) error {
		return func(s Step) error {
			if s.Step == 1 {
				calls = append(calls, fmt.Sprint(name, s.Epoch))
			}
			return nil
		}
	}
	cfg := quick
	cfg.Callbacks = []Callback{
		{Order: 2, Step: note("late"), Epoch: func(e Epoch) error {
			if e.Epoch == 2 {
				return ErrStop
			}
			return nil
		}},
		{Order: 1, Step: note("early")},
	}
	h, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 40, 1), nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"early1", "late1", "early2", "late2"}; !slices.Equal(calls, want) {
		t.Errorf("calls %v, want %v", calls, want)
	}
	if len(h.Epochs) != 2 || h.Interrupted {
		t.Errorf("%d epochs, interrupted %t; want 2 and false", len(h.Epochs), h.Interrupted)
	}
	broken := errors.New("broken")
	cfg.Callbacks = []Callback{{Step: func(Step) error { return broken }}}
	if _, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 40, 1), nil, cfg); !errors.Is(err, broken) {
		t.Errorf("error is %v, want that of the callback", err)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cfg := quick
	cfg.Callbacks = []Callback{{Step: func(s Step) error {
		if s.Epoch == 2 && s.Step == 2 {
			cancel()
		}
		return nil
	}}}
	h, err := Fit(ctx, fresh(t, "tiny"), stripes(t, 64, 1), nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !h.Interrupted || len(h.Epochs) != 1 {
		t.Errorf("interrupted %t after %d epochs, want true after 1", h.Interrupted, len(h.Epochs))
	}
}

func TestFitRefuses(t *testing.T) {
	set := stripes(t, 20, 1)
	other, err := data.New("other", "test", 8, 12, []string{"a", "b"}, make([]byte, 96), []byte{0})
	if err != nil {
		t.Fatal(err)
	}
	three, err := data.New("three", "test", 12, 12, []string{"a", "b", "c"}, make([]byte, 144), []byte{0})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name                 string
		training, validation *data.Set
		change               func(*Config)
		want                 string
	}{
		{"no set", nil, nil, nil, "no images"},
		{"no epochs", set, nil, func(c *Config) { c.Epochs = -1 }, "epochs is -1, want at least 1"},
		{"negative batch", set, nil, func(c *Config) { c.Batch = -1 }, "batch is -1, want at least 1"},
		{"zero batch", set, nil, func(c *Config) { c.Batch = 0 }, "batch is 0, want at least 1"},
		{"zero rate", set, nil, func(c *Config) { c.Optimizer.LearningRate = 0 }, "lr is 0, want above 0"},
		{"optimizer", set, nil, func(c *Config) { c.Optimizer.Name = "sdg" }, `optimizer is "sdg", want one of adadelta`},
		{"rate", set, nil, func(c *Config) { c.Optimizer.LearningRate = math.NaN() }, "lr is NaN"},
		{"size", other, nil, nil, `"other" has images of 8x12 pixels, model "tiny" wants 12x12`},
		{"validation size", set, other, nil, `"other" has images of 8x12`},
		{"classes", three, nil, nil, `model "tiny": data set "three" has the classes a, b, c, want classes among across, down`},
		{"divergence", set, nil, func(c *Config) { c.Optimizer, c.Epochs = optimizer(t, "sgd", 1e30), 20 }, "the training diverged, first in the parameter"},
	} {
		cfg := quick
		if tc.change != nil {
			tc.change(&cfg)
		}
		if _, err := Fit(t.Context(), fresh(t, "tiny"), tc.training, tc.validation, cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error is %v, want %q in it", tc.name, err, tc.want)
		}
	}
	diverging := quick
	diverging.Optimizer, diverging.Epochs = solver.Options{Name: "sgd", LearningRate: 1e30}, 20
	if _, err := Fit(t.Context(), fresh(t, "tiny"), set, nil, diverging); !errors.Is(err, ErrDiverged) {
		t.Errorf("error is %v, want ErrDiverged", err)
	}
	if _, err := Evaluate(t.Context(), fresh(t, "tiny"), other, 1); err == nil || !strings.Contains(err.Error(), "8x12") {
		t.Errorf("evaluation of images of another size: error is %v, want one with 8x12", err)
	}
}

// The values follow from softmax(0, ln 3) = (1/4, 3/4).
func TestCrossEntropy(t *testing.T) {
	row := []float32{0, float32(math.Log(3))}
	if got, want := crossEntropy(row, 0), math.Log(4); math.Abs(got-want) > 1e-6 {
		t.Errorf("cross-entropy at class 0 is %v, want ln 4 = %v", got, want)
	}
	if got, want := crossEntropy(row, 1), math.Log(4.0/3); math.Abs(got-want) > 1e-6 {
		t.Errorf("cross-entropy at class 1 is %v, want ln 4/3 = %v", got, want)
	}
	if got := crossEntropy([]float32{1000, 0}, 1); got != 1000 {
		t.Errorf("cross-entropy of logits 1000 and 0 at class 1 is %v, want 1000", got)
	}
}

func TestPatience(t *testing.T) {
	cfg := quick
	cfg.Epochs, cfg.Patience = 50, 2
	h, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 100, 1), stripes(t, 30, 2), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(h.Epochs); n == cfg.Epochs || n-1-h.Best != 2 || h.Ended != EndedPatience || !strings.Contains(h.Ending(), "patience") {
		t.Errorf("%d epochs, the best of them %d: want an end two epochs after the best", n, h.Best+1)
	}
	if _, err := New(fresh(t, "tiny"), stripes(t, 100, 1), nil, cfg); err == nil || !strings.Contains(err.Error(), "patience is 2, but there is no validation set") {
		t.Errorf("without a validation set the error is %v", err)
	}
}

// Augmentation and label smoothing change the trained model. The same settings give the same
// model.
func TestRegularization(t *testing.T) {
	fit := func(change func(*Config)) []byte {
		cfg := quick
		cfg.Epochs = 1
		change(&cfg)
		m := fresh(t, "tiny")
		if _, err := Fit(t.Context(), m, stripes(t, 40, 1), nil, cfg); err != nil {
			t.Fatal(err)
		}
		return bytesOf(t, m)
	}
	plain := fit(func(*Config) {})
	shifted := func(c *Config) { c.Augment = augment.Options{Shift: 2} }
	if bytes.Equal(plain, fit(shifted)) || !bytes.Equal(fit(shifted), fit(shifted)) {
		t.Error("augmentation does not change the model, or gives two different models")
	}
	if bytes.Equal(plain, fit(func(c *Config) { c.Smoothing = 0.1 })) {
		t.Error("label smoothing does not change the model")
	}
}

func TestUntil(t *testing.T) {
	cfg := quick
	cfg.Epochs, cfg.UntilPercent = 50, 90
	h, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 100, 1), stripes(t, 30, 2), cfg)
	if err != nil {
		t.Fatal(err)
	}
	last := len(h.Epochs) - 1
	if last == 49 || h.Epochs[last].Validation.Accuracy < 0.9 || last > 0 && h.Epochs[last-1].Validation.Accuracy >= 0.9 || h.Ended != EndedUntil || !strings.Contains(h.Ending(), "until") {
		t.Errorf("%d epochs, want an end after the first that validates at 0.9", last+1)
	}
}

// The model has the moving average of the parameters if that has the better validation score.
func TestAverage(t *testing.T) {
	validation := stripes(t, 60, 2)
	cfg := quick
	cfg.Average, cfg.Optimizer.LearningRate = 0.9, 0.02
	m := fresh(t, "tiny")
	h, err := Fit(t.Context(), m, stripes(t, 100, 1), validation, cfg)
	if err != nil {
		t.Fatal(err)
	}
	best := h.Epochs[h.Best]
	if best.Average == nil || *best.Average == *best.Validation {
		t.Fatalf("the score of the average is %v and that of the parameters %v, want two different ones", best.Average, best.Validation)
	}
	got, err := Evaluate(t.Context(), m, validation, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got.Score != *best.score() {
		t.Errorf("the score of the model is %v, want the better one of %v and %v", got.Score, best.Average, best.Validation)
	}
}
