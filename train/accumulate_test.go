package train

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/model"
	"inkstone/model/safetensors"
	"inkstone/train/schedule"
)

// An update from four batches of 4 images equals an update from one batch of 16 except for
// rounding. So does the last update of the epoch, from 4+4+2 images. The run has gradient
// clipping, weight decay and a schedule, all of which apply once per update.
func TestAccumulation(t *testing.T) {
	set := stripes(t, 42, 1)
	fit := func(batch, accumulate, workers int) (*model.Model, *History, []int) {
		var images []int
		cfg := quick
		cfg.Epochs, cfg.Batch, cfg.Accumulate, cfg.Workers = 2, batch, accumulate, workers
		cfg.Optimizer = optimizer(t, "sgd", 0.05)
		cfg.Optimizer.ClipNorm, cfg.Optimizer.WeightDecay = 0.5, 0.01
		cfg.Smoothing = 0.1
		var err error
		if cfg.Schedule, err = schedule.Parse("onecycle"); err != nil {
			t.Fatal(err)
		}
		cfg.Callbacks = []Callback{{Step: func(s Step) error {
			if s.StepsPerEpoch != 3 {
				t.Errorf("%d steps in an epoch, want 3", s.StepsPerEpoch)
			}
			images = append(images, s.Images)
			return nil
		}}}
		m := fresh(t, "lenet5")
		h, err := Fit(t.Context(), m, set, nil, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return m, h, images
	}
	whole, want, sizes := fit(16, 1, 1)
	parts, got, same := fit(4, 4, 1)
	for i, n := range []int{16, 16, 10, 16, 16, 10} {
		if sizes[i] != n || same[i] != n {
			t.Fatalf("steps of %v and %v images, want 16, 16, 10 in both epochs", sizes, same)
		}
	}
	for i, e := range got.Epochs {
		w := want.Epochs[i]
		if math.Abs(e.TrainLoss-w.TrainLoss) > 1e-5 || e.TrainAccuracy != w.TrainAccuracy || e.Steps != w.Steps || e.LearningRate != w.LearningRate {
			t.Errorf("epoch %+v, want %+v", e, w)
		}
	}
	moved := false
	start := fresh(t, "lenet5")
	for _, p := range whole.Params.All() {
		a, b := p.Value().Data().([]float32), parts.Params.Get(p.Name()).Value().Data().([]float32)
		s := start.Params.Get(p.Name()).Value().Data().([]float32)
		for i := range a {
			moved = moved || math.Abs(float64(a[i]-s[i])) > 1e-3
			if math.Abs(float64(a[i]-b[i])) > 1e-5 {
				t.Fatalf("%s[%d] is %v, with one batch %v", p.Name(), i, b[i], a[i])
			}
		}
	}
	if !moved {
		t.Error("no parameter changed by more than 0.001, want a larger change for this test")
	}
	if more, _, _ := fit(4, 4, 3); !bytes.Equal(bytesOf(t, more), bytesOf(t, parts)) {
		t.Error("3 workers give another model than 1 worker")
	}
}

// gradient is a parameter whose gradient a test sets.
type gradient struct {
	name        string
	value, grad *tensor.Dense
}

func (g *gradient) Name() string                  { return g.name }
func (g *gradient) Value() gorgonia.Value         { return g.value }
func (g *gradient) Grad() (gorgonia.Value, error) { return g.grad, nil }
func (g *gradient) set(r *rand.Rand) (v []float32) {
	v = float32s(g.grad)
	for i := range v {
		v[i] = float32(r.NormFloat64() * math.Pow(10, float64(r.IntN(5))))
	}
	return slices.Clone(v)
}

// treeSum is a reference implementation. It returns the sum of rows times gradients. The sum of
// n terms is split at the largest power of two below n.
func treeSum(rows []int, gradients [][]float32) []float32 {
	n := len(rows)
	sum := make([]float32, len(gradients[0]))
	if n == 1 {
		for i, v := range gradients[0] {
			sum[i] = float32(float32(rows[0]) * v)
		}
		return sum
	}
	k := 1 << (bits.Len(uint(n-1)) - 1)
	left, right := treeSum(rows[:k], gradients[:k]), treeSum(rows[k:], gradients[k:])
	for i := range sum {
		sum[i] = left[i] + right[i]
	}
	return sum
}

// The gradient of an update is bit-identical to the recursive reference for 1 to 17
// micro-batches, the last of which is smaller. Two updates use the same buffers. n micro-batches
// need at most log2(n)+1 buffers.
func TestAccumulationTree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var params []gorgonia.ValueGrad
	for i, n := range []int{7, 12} {
		zero := func() *tensor.Dense { return tensor.New(tensor.WithShape(n), tensor.Of(tensor.Float32)) }
		params = append(params, &gradient{fmt.Sprint("p", i), zero(), zero()})
	}
	differs := false
	for n := 1; n <= 17; n++ {
		a := newAccumulator(params)
		for range 2 {
			rows, total := make([]int, n), 0
			gradients := make([][][]float32, len(params)) // by parameter and micro-batch
			for k := range n {
				rows[k] = 48
				if k == n-1 {
					rows[k] = 1 + r.IntN(48)
				}
				total += rows[k]
				for i, p := range params {
					gradients[i] = append(gradients[i], p.(*gradient).set(r))
				}
				if err := a.add(float64(rows[k])); err != nil {
					t.Fatal(err)
				}
			}
			for i, m := range a.mean() {
				g, err := m.Grad()
				if err != nil || m.(*accumulated).Name() != fmt.Sprint("p", i) {
					t.Fatalf("parameter %d is %v, its gradient %v, %v", i, m, g, err)
				}
				scale := 1 / float32(total)
				for j, sum := range treeSum(rows, gradients[i]) {
					if got, want := float32s(g)[j], sum*scale; math.Float32bits(got) != math.Float32bits(want) {
						t.Fatalf("%d micro-batches, parameter %d: element %d is %v, want %v", n, i, j, got, want)
					}
					line := float32(0) // sum from left to right, as in earlier versions
					for k := range n {
						line += float32(float32(rows[k]) * gradients[i][k][j])
					}
					if line != sum && n <= 2 {
						t.Fatalf("%d micro-batches: the sum is %v, from left to right %v", n, sum, line)
					}
					differs = differs || line != sum
				}
			}
		}
		if most := bits.Len(uint(n)); len(a.free) > most {
			t.Errorf("%d micro-batches need %d buffers, want at most %d", n, len(a.free), most)
		}
	}
	if !differs {
		t.Error("all sums from left to right are the same, want a difference for this test")
	}
}

// An update from four batches of 8 images equals an update from one batch of 32 except for
// rounding, since cnn has neither dropout nor batch normalization.
func TestAccumulateFourOfEight(t *testing.T) {
	set := stripes(t, 32, 1)
	fit := func(batch, accumulate int) *model.Model {
		cfg := quick
		cfg.Epochs, cfg.Batch, cfg.Accumulate = 3, batch, accumulate
		cfg.Optimizer = optimizer(t, "sgd", 0.1)
		m := fresh(t, "cnn")
		if _, err := Fit(t.Context(), m, set, nil, cfg); err != nil {
			t.Fatal(err)
		}
		return m
	}
	one, four := fit(32, 1), fit(8, 4)
	moved, initial := 0.0, float32s(fresh(t, "cnn").Params.Get("fc2.weight").Value())
	for i, v := range float32s(one.Params.Get("fc2.weight").Value()) {
		moved = max(moved, math.Abs(float64(v-initial[i])))
	}
	if moved < 0.01 {
		t.Errorf("the largest change in fc2.weight is %v, want at least 0.01 for this test", moved)
	}
	for _, p := range one.Params.All() {
		got := float32s(four.Params.Get(p.Name()).Value())
		for i, want := range float32s(p.Value()) {
			if math.Abs(float64(got[i]-want)) > 1e-5 {
				t.Fatalf("%s[%d] is %v, with one batch %v", p.Name(), i, got[i], want)
			}
		}
	}
}

// A checkpoint of an earlier version does not store the order of its sums. It can be resumed,
// and ResumeNote returns a note if the order changes the result.
func TestResumeOldSums(t *testing.T) {
	set := stripes(t, 64, 1)
	for _, tc := range []struct {
		accumulate int
		mark       string // order of the sums to store in the checkpoint, "" for none
		note, fail string
	}{
		{accumulate: 1},
		{accumulate: 2},
		{accumulate: 3, note: "sums of 3 gradients"},
		{accumulate: 3, mark: sumsTree},
		{accumulate: 3, mark: "star", fail: `"star"`},
	} {
		cfg := quick
		cfg.Epochs, cfg.Accumulate = 1, tc.accumulate
		start := func() *Trainer {
			tr, err := New(fresh(t, "tiny"), set, nil, cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { tr.Close() })
			return tr
		}
		path := filepath.Join(t.TempDir(), "last")
		if err := start().SaveCheckpoint(path); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := safetensors.Parse(content)
		if err != nil {
			t.Fatal(err)
		}
		with, without := `,"sums":"`+sumsTree+`"`, f.Metadata[ckptPosition]
		if strings.Contains(without, with) != (tc.accumulate > 1) {
			t.Errorf("with %d batches in an update the position is %s", tc.accumulate, without)
		}
		without = strings.Replace(without, with, "", 1)
		if f.Metadata[ckptPosition] = without; tc.mark != "" {
			f.Metadata[ckptPosition] = strings.Replace(without, "}", `,"sums":"`+tc.mark+`"}`, 1)
		}
		f.Metadata[ckptSum] = checksum(f)
		var b bytes.Buffer
		if err := errors.Join(f.Write(&b), os.WriteFile(path, b.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
		tr := start()
		switch err := tr.LoadCheckpoint(path); {
		case tc.fail == "" && err != nil, tc.fail != "" && (err == nil || !strings.Contains(err.Error(), tc.fail)):
			t.Errorf("%+v: error is %v", tc, err)
		case (tc.note == "") != (tr.ResumeNote() == "") || !strings.Contains(tr.ResumeNote(), tc.note):
			t.Errorf("%+v: the note is %q", tc, tr.ResumeNote())
		}
	}
}

func TestAccumulationRefusals(t *testing.T) {
	for accumulate, want := range map[int]string{
		-1: "accumulate is -1, want at least 1",
		0:  "accumulate is 0, want at least 1",
		4:  "accumulate is 4 batches for an update, but an epoch has only 3",
	} {
		cfg := quick
		cfg.Accumulate = accumulate
		if _, err := New(fresh(t, "tiny"), stripes(t, 40, 1), nil, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
}
