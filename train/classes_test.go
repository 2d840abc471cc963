package train

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data"
)

// renamed returns stripes with other names of the classes, and with labels that are indices
// into these names.
func renamed(t *testing.T, n int, seed uint64, classes []string, labelOf func(label int) byte) *data.Set {
	t.Helper()
	s := stripes(t, n, seed)
	var pixels, labels []byte
	for i := range s.Len() {
		pixels, labels = append(pixels, s.Pixels(i)...), append(labels, labelOf(s.Label(i)))
	}
	set, err := data.New("renamed", "test", 12, 12, classes, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func swapped(label int) byte { return byte(1 - label) }

// Scores do not depend on the order in which a set has the classes: they are matched by name.
func TestScoresByName(t *testing.T) {
	m := fresh(t, "tiny")
	cfg := quick
	if _, err := Fit(t.Context(), m, stripes(t, 200, 1), nil, cfg); err != nil {
		t.Fatal(err)
	}
	same, other := stripes(t, 100, 2), renamed(t, 100, 2, []string{"down", "across"}, swapped)
	want, err := Evaluate(t.Context(), m, same, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Evaluate(t.Context(), m, other, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got.Score != want.Score || want.Accuracy < 0.95 || got.Confusion.String() != want.Confusion.String() {
		t.Errorf("with the classes in another order the score is %v, want %v", got, want)
	}
	mistakes, err := FindMistakes(t.Context(), m, renamed(t, 100, 2, []string{"across", "down"}, swapped), 1)
	if err != nil {
		t.Fatal(err)
	}
	again, err := FindMistakes(t.Context(), m, renamed(t, 100, 2, []string{"down", "across"}, func(label int) byte { return byte(label) }), 1)
	if err != nil {
		t.Fatal(err)
	}
	if mistakes.Len() != 100-want.Errors || mistakes.String() != again.String() {
		t.Errorf("%d and %d mistakes, want the same %d", mistakes.Len(), again.Len(), 100-want.Errors)
	}

	// A set with some of the classes.
	some, err := other.Select([]int{1})
	if err != nil {
		t.Fatal(err)
	}
	part, err := Evaluate(t.Context(), m, some, 1)
	if err != nil {
		t.Fatal(err)
	}
	if hits := want.Confusion.At(0, 0); part.Images != 50 || part.Images-part.Errors != hits {
		t.Errorf("on the class across alone: %v, want %d right", part, hits)
	}

	// A set with other classes.
	for _, classes := range [][]string{{"0", "1"}, {"across", "down", "slant"}} {
		set := renamed(t, 10, 2, classes, swapped)
		_, err := Evaluate(t.Context(), m, set, 1)
		if err == nil || !strings.Contains(err.Error(), strings.Join(classes, ", ")) || !strings.Contains(err.Error(), "across, down") {
			t.Errorf("classes %v: error %v, want one with both lists", classes, err)
		}
	}
}

// Training and validation sets are matched by name too.
func TestTrainingByName(t *testing.T) {
	var models [2]*model.Model
	var histories [2]*History
	for i, sets := range [][2]*data.Set{
		{stripes(t, 100, 1), stripes(t, 40, 3)},
		{renamed(t, 100, 1, []string{"down", "across"}, swapped), renamed(t, 40, 3, []string{"down", "across"}, swapped)},
	} {
		models[i] = fresh(t, "tiny")
		cfg := quick
		cfg.ClassWeights.List = []float64{1, 2}
		var err error
		if histories[i], err = Fit(t.Context(), models[i], sets[0], sets[1], cfg); err != nil {
			t.Fatal(err)
		}
		models[i].Dataset = ""
	}
	if !bytes.Equal(bytesOf(t, models[0]), bytesOf(t, models[1])) {
		t.Error("the order of the classes in the sets changes the model")
	}
	if a, b := histories[0].BestScore(), histories[1].BestScore(); *a != *b {
		t.Errorf("validation scores %v and %v, want the same", a, b)
	}
}

// Models with the same classes in another order are averaged by name.
func TestEnsembleByName(t *testing.T) {
	set := stripes(t, 60, 5)
	var models []*model.Model
	for _, classes := range [][]string{{"across", "down"}, {"down", "across"}} {
		m, err := model.New(model.Spec{Preset: "tiny", Seed: 3, Height: 12, Width: 12, Classes: classes, Mean: 0.4, Std: 0.25})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Fit(t.Context(), m, stripes(t, 200, 1), nil, quick); err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	for _, views := range [][]View{nil, TestTimeAugmentation()} {
		var scores []float64
		for _, order := range [][]*model.Model{{models[0], models[1]}, {models[1], models[0]}} {
			e, err := NewEnsemble(order, views, 16, 1)
			if err != nil {
				t.Fatal(err)
			}
			r, err := e.Evaluate(t.Context(), set)
			if err != nil {
				t.Fatal(err)
			}
			scores = append(scores, r.Accuracy)
			if !slices.Equal(e.Classes(), order[0].Classes) {
				t.Errorf("the classes are %v, want %v", e.Classes(), order[0].Classes)
			}
			e.Close()
		}
		if scores[0] != scores[1] || scores[0] < 0.95 {
			t.Errorf("with %d views the accuracies are %v, want the same, above 0.95", len(views), scores)
		}
	}
}
