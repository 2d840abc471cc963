package measure

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/digits"
)

// A stored result reads back as it was, and Compare names what has changed by more than its spread.
func TestSaveLoadCompare(t *testing.T) {
	dir := t.TempDir()
	r := &Result{}
	r.add("a", 0.5, 1, 2, 3)
	r.add("b", 0.1, 7)
	r.list("l", []float64{0, -1.23456789})
	if err := Save(dir, "seeds", r); err != nil {
		t.Fatal(err)
	}
	all, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	got := all["seeds"]
	if got == nil || got.Numbers["a"].Mean() != 2 || got.Numbers["a"].Spread != 3 || got.Numbers["b"].Spread != 0.1 || !slices.Equal(got.Lists["l"], []float64{0, -1.23457}) {
		t.Errorf("read %+v", got)
	}
	other := &Result{}
	other.add("a", 0.5, 4)
	other.add("b", 0.1, 7.2)
	if lines := Compare(got, other); len(lines) != 1 || lines[0][:2] != "b " {
		t.Errorf("changed: %q, want b only", lines)
	}
	if err := os.WriteFile(filepath.Join(dir, "mnist.json"), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(os.DirFS(dir)); err == nil {
		t.Error("a damaged file was read")
	}
}

// Quantized weights are multiples of the scale of their output, and the largest is kept.
func TestQuantized(t *testing.T) {
	got := quantized([]float32{0.7, -0.31, 0.04, 7, -1.2, 0}, 2, 4)
	for i, want := range []float32{0.7, -0.3, 0, 7, -1, 0} {
		if math.Abs(float64(got[i]-want)) > 1e-6 {
			t.Errorf("element %d is %g, want %g", i, got[i], want)
		}
	}
}

// The attack changes each pixel with a gradient by its strength, and raises the loss of a linear classifier.
func TestAttack(t *testing.T) {
	const images = 4
	pixels, labels := digits.Generate(1, images)
	set, err := data.New("digits", "a program", digits.Size, digits.Size, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(model.Spec{Preset: "book-linear", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := attack(m, set, 0.2, false)
	if err != nil {
		t.Fatal(err)
	}
	classifier, err := m.Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer classifier.Close()
	for i := range images {
		before, err := classifier.Probabilities(set.Pixels(i))
		if err != nil {
			t.Fatal(err)
		}
		after, err := classifier.Probabilities(changed.Pixels(i))
		if err != nil {
			t.Fatal(err)
		}
		if k := set.Label(i); !(after[k] < before[k]) {
			t.Errorf("image %d: the probability of its class went from %g to %g", i, before[k], after[k])
		}
		for j, p := range set.Pixels(i) {
			if d := math.Abs(float64(p) - float64(changed.Pixels(i)[j])); d > 51 {
				t.Fatalf("image %d: pixel %d changed by %g", i, j, d)
			}
		}
	}
}

// A random direction has the norm of the weights of each output.
func TestDirection(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "book-1", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := m.Params.Get("fc1.weight")
	values := p.Portable()
	d := direction(p, values, rand.New(rand.NewPCG(1, 0)))
	size := len(values) / p.PortableShape()[0]
	for start := 0; start < len(d); start += size {
		var own, drawn float64
		for i := start; i < start+size; i++ {
			own += float64(values[i]) * float64(values[i])
			drawn += float64(d[i]) * float64(d[i])
		}
		if math.Abs(own-drawn) > 1e-4*own {
			t.Errorf("output %d: squared norms %g and %g", start/size, own, drawn)
		}
	}
	for _, v := range direction(m.Params.Get("fc1.bias"), make([]float32, 10), rand.New(rand.NewPCG(1, 0))) {
		if v != 0 {
			t.Error("a bias moves")
		}
	}
}
