package train

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data"
)

// The probabilities of an ensemble are compared with the mean that is computed image by image.
// The last batch is not full.
func TestEnsembleIsTheMean(t *testing.T) {
	set := stripes(t, 11, 1)
	models := []*model.Model{fresh(t, "tiny"), fresh(t, "lenet5")}
	models[1].Mean = 0.1 // the models have different normalizations
	views := TestTimeAugmentation()
	const n = 11 // 99 views, in batches of 63
	e, err := NewEnsemble(models, views, n, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	want := make([][]float64, n)
	for i := range want {
		want[i] = make([]float64, 2)
		for _, m := range models {
			c, err := m.Classifier(1, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range views {
				p, err := c.Probabilities(view(t, v, 12, 12, set.Pixels(i)))
				if err != nil {
					t.Fatal(err)
				}
				for k := range p {
					want[i][k] += p[k] / float64(len(models)*len(views))
				}
			}
			c.Close()
		}
	}
	logits, err := e.Logits(n, set.Pixels)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for k, p := range want[i] {
			if got := math.Exp(float64(logits[2*i+k])); math.Abs(got-p) > 1e-6 {
				t.Errorf("image %d: the probability of class %d is %v, want %v", i, k, got, p)
			}
		}
	}
	p, err := e.Probabilities(set.Pixels(7))
	if err != nil || len(p) != 2 || math.Abs(p[0]-want[7][0]) > 1e-6 || math.Abs(p[0]+p[1]-1) > 1e-12 {
		t.Errorf("image 7 has the probabilities %v (error %v), want %v", p, err, want[7])
	}
	if s := e.String(); s != "mean over 2 models and 9 views of each image" {
		t.Errorf("String returns %q", s)
	}
}

// An ensemble of one model without views gives the results of the model.
func TestEnsembleOfOne(t *testing.T) {
	m, set := fresh(t, "tiny"), stripes(t, 150, 2)
	if _, err := Fit(t.Context(), m, stripes(t, 64, 1), nil, quick); err != nil {
		t.Fatal(err)
	}
	want, err := Evaluate(t.Context(), m, set, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range []int{1, 40, 200} {
		e, err := NewEnsemble([]*model.Model{m}, nil, batch, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Evaluate(t.Context(), set)
		e.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got.Errors != want.Errors || got.Images != 150 || math.Abs(got.Loss-want.Loss) > 1e-6 ||
			math.Abs(got.Calibration.ECE()-want.Calibration.ECE()) > 1e-6 || got.Confusion.String() != want.Confusion.String() {
			t.Errorf("batches of %d: %v, loss %v; the model has %v, loss %v", batch, got, got.Loss, want, want.Loss)
		}
	}
}

// By Jensen's inequality the loss of the mean probabilities is at most the mean of the losses.
func TestEnsembleLoss(t *testing.T) {
	set := stripes(t, 200, 5)
	var models []*model.Model
	sum := 0.0
	for _, seed := range []uint64{1, 2, 3} {
		m, cfg := fresh(t, "tiny"), quick
		cfg.Epochs, cfg.Seed = 1, seed
		training, err := stripes(t, 200, 10).Subset(span(int(seed)*20, 40))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Fit(t.Context(), m, training, nil, cfg); err != nil {
			t.Fatal(err)
		}
		r, err := Evaluate(t.Context(), m, set, 1)
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
		sum += r.Loss
	}
	e, err := NewEnsemble(models, nil, 64, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := e.Evaluate(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	if !(r.Loss > 0 && r.Loss < sum/3) {
		t.Errorf("the loss of the ensemble is %v, want less than the mean of the models, %v", r.Loss, sum/3)
	}
}

// span returns the numbers from, from+1, ..., from+n-1.
func span(from, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = from + i
	}
	return list
}

func TestEnsembleRefusals(t *testing.T) {
	m := fresh(t, "tiny")
	other := func(change func(*model.Spec)) *model.Model {
		s := model.Spec{Preset: "cnn", Height: 12, Width: 12, Classes: []string{"across", "down"}}
		change(&s)
		m, err := model.New(s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, tc := range []struct {
		models []*model.Model
		views  []View
		batch  int
		want   string
	}{
		{nil, nil, 1, "no models"},
		{[]*model.Model{m}, nil, 0, "batch of 0 images"},
		{[]*model.Model{m}, []View{{Angle: 200}}, 1, "rotation by 200"},
		{[]*model.Model{m, m, other(func(s *model.Spec) { s.Width = 14 })}, nil, 1,
			"models 1 (tiny) and 3 (cnn): the first reads images of 12x12, the second of 12x14"},
		{[]*model.Model{m, other(func(s *model.Spec) { s.Classes = []string{"across", "down", "slant"} })}, nil, 1,
			"the first has the classes across, down, the second across, down, slant"},
		{[]*model.Model{m, other(func(s *model.Spec) { s.Classes = []string{"across", "up"} })}, nil, 1,
			"the first has the classes across, down, the second across, up"},
	} {
		if _, err := NewEnsemble(tc.models, tc.views, tc.batch, 1); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want %q in it", err, tc.want)
		}
	}
	e, err := NewEnsemble([]*model.Model{m}, nil, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Logits(3, nil); err == nil || !strings.Contains(err.Error(), "3 images in a batch, want 1 to 2") {
		t.Errorf("error is %v, want one about the batch", err)
	}
	if _, err := e.Probabilities(make([]byte, 100)); err == nil || !strings.Contains(err.Error(), "100 pixels, want 12x12 = 144") {
		t.Errorf("error is %v, want one about the pixels", err)
	}
	small, err := data.New("small", "test", 2, 2, []string{"across", "down"}, make([]byte, 4), []byte{0})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		set  *data.Set
		want string
	}{{nil, "the set has no images"}, {small, `"small" has images of 2x2`}} {
		if _, err := e.Evaluate(t.Context(), tc.set); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want %q in it", err, tc.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Evaluate(ctx, stripes(t, 4, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}
