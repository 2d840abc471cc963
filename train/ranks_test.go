package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
	"inkstone/internal/localranks"
	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/schedule"
)

var _ = model.Register("dropping", "a network of tests with dropout and batch normalization", func(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.ReLU(b.BatchNorm("norm1", b.Conv("conv1", x, 5, 3)))
	x = b.Dropout(b.Flatten(b.MaxPool(x, 2)), 0.3)
	return b.Dense("fc", x, b.Classes())
})

// onRanks calls f as each of n ranks at the same time. For one rank there is no communicator.
func onRanks(n int, f func(rank int, comm Communicator)) {
	if n == 1 {
		f(0, nil)
		return
	}
	var wait sync.WaitGroup
	for rank, comm := range localranks.New(n) {
		wait.Go(func() { f(rank, comm) })
	}
	wait.Wait()
}

// rankRun is a training whose result must not depend on the number of ranks.
type rankRun struct {
	name, preset string
	frozen       bool
	set          *data.Set
	cfg          Config
}

func rankRuns(t *testing.T) []rankRun {
	set := stripes(t, 70, 1) // 9 batches of 8, the last of 6
	plain := quick
	plain.Epochs, plain.Batch, plain.Accumulate = 2, 8, 8
	random := plain
	random.Accumulate, random.Average, random.Mixup, random.Smoothing = 9, 0.9, 0.2, 0.1
	random.Augment = augment.Options{Shift: 1, Rotation: 10}
	random.Optimizer = optimizer(t, "adamw", 0.01)
	random.Optimizer.ClipNorm, random.Optimizer.WeightDecay = 0.5, 0.05
	var err error
	if random.Schedule, err = schedule.Parse("plateau:patience=1"); err != nil {
		t.Fatal(err)
	}
	random.ClassWeights = ClassWeights{List: []float64{0.7, 1.3}}
	tuned := plain
	tuned.Epochs, tuned.Unfreeze, tuned.LayerDecay = 4, Unfreezing{At: 3, Every: 1}, 0.5
	return []rankRun{
		{"plain", "lenet5", false, set, plain},
		{"random", "dropping", false, set, random},
		{"batchnorm", "resnet", false, set, plain},
		{"unfreezing", "resnet", true, set, tuned},
	}
}

// fit trains on n ranks and returns the model files of all ranks and the history of rank 0.
func (r rankRun) fit(t *testing.T, n int) ([][]byte, *History) {
	t.Helper()
	files, validation := make([][]byte, n), stripes(t, 150, 2)
	var h *History
	onRanks(n, func(rank int, comm Communicator) {
		m := fresh(t, r.preset)
		if r.frozen {
			if err := m.Freeze(); err != nil {
				t.Error(err)
			}
		}
		cfg := r.cfg
		cfg.Ranks = comm
		got, err := Fit(t.Context(), m, r.set, validation, cfg)
		if err != nil {
			t.Errorf("rank %d of %d: %v", rank, n, err)
			return
		}
		files[rank] = bytesOf(t, m)
		if rank == 0 {
			h = got
		}
	})
	return files, h
}

// Trainings have the same bytes, losses and scores on 1, 2, 3, 4 and 8 ranks.
func TestRanksSameBytes(t *testing.T) {
	for _, r := range rankRuns(t) {
		t.Run(r.name, func(t *testing.T) {
			want, history := r.fit(t, 1)
			for _, n := range []int{2, 3, 4, 8} {
				files, h := r.fit(t, n)
				for rank, file := range files {
					if !bytes.Equal(file, want[0]) {
						t.Errorf("rank %d of %d has another model than one process", rank, n)
					}
				}
				if h == nil {
					continue
				}
				for i, e := range h.Epochs {
					w := history.Epochs[i]
					if e.TrainLoss != w.TrainLoss || e.TrainAccuracy != w.TrainAccuracy || *e.Validation != *w.Validation || e.LearningRate != w.LearningRate {
						t.Errorf("%d ranks: epoch %+v, want %+v", n, e, w)
					}
				}
			}
		})
	}
}

// The gradient of an update of up to 20 micro-batches on up to 20 ranks is bit-identical to that
// of one accumulator.
func TestReduction(t *testing.T) {
	for n := 1; n <= 20; n++ {
		rows := make([]int, n)
		var list [][]float32
		for i := range n {
			rows[i] = 3 + i%2
			v := make([]float32, 5)
			for j := range v {
				v[j] = 1 / float32(1+i*5+j)
			}
			list = append(list, v)
		}
		total := 0
		for _, k := range rows {
			total += k
		}
		want := treeSum(rows, list)
		for i := range want {
			want[i] *= 1 / float32(total)
		}
		for p := 1; p <= 20; p++ {
			var owners []int
			onRanks(p, func(rank int, comm Communicator) {
				zero := func() *tensor.Dense { return tensor.New(tensor.WithShape(5), tensor.Of(tensor.Float32)) }
				param := &gradient{"w", zero(), zero()}
				r := newRanks(comm)
				a := newAccumulator([]gorgonia.ValueGrad{param})
				for range 2 { // the second update uses the buffers of the first
					first, end := r.share(n)
					weights := make([]float64, n)
					for i, k := range rows {
						weights[i] = float64(k)
						if rank == 0 && len(owners) < n {
							owners = append(owners, r.owner(i, n))
						}
					}
					for i := first; i < end; i++ {
						copy(float32s(param.grad), list[i])
						if err := a.add(weights[i]); err != nil {
							t.Error(err)
						}
						if r.endsSubtree(i+1, n) {
							a.endSubtree()
						}
					}
					means, err := r.mean(a, weights)
					if err != nil {
						t.Error(err)
						return
					}
					got, _ := means[0].Grad()
					if !slices.Equal(float32s(got), want) {
						t.Errorf("%d batches, rank %d of %d: the gradient is %v, want %v", n, rank, p, got, want)
					}
				}
			})
			if !slices.IsSorted(owners) || owners[0] < 0 || owners[n-1] >= p {
				t.Errorf("%d batches on %d ranks have the owners %v", n, p, owners)
			}
		}
	}
}

// A run that is interrupted on one rank stops on all after the same step. Its checkpoint is
// resumed by another number of ranks, of which rank 0 alone loads it, to the bytes of a run
// that was not interrupted.
func TestRanksResume(t *testing.T) {
	r := rankRuns(t)[3]
	want, _ := r.fit(t, 1)
	path := filepath.Join(t.TempDir(), "checkpoint")
	train := func(n, stopRank, stopStep int) (file []byte) {
		positions := make([]string, n)
		onRanks(n, func(rank int, comm Communicator) {
			m := fresh(t, r.preset)
			if err := m.Freeze(); err != nil {
				t.Error(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg := r.cfg
			cfg.Ranks = comm
			steps := 0
			cfg.Callbacks = []Callback{{Step: func(Step) error {
				if steps++; rank == stopRank && steps == stopStep {
					cancel()
				}
				return nil
			}}}
			tr, err := New(m, r.set, stripes(t, 150, 2), cfg)
			if err != nil {
				t.Error(err)
				return
			}
			defer tr.Close()
			if rank == 0 {
				cfg := Callback{Interrupted: func() error { return tr.SaveCheckpoint(path) }}
				tr.callbacks = append(tr.callbacks, cfg)
				if tr.LoadCheckpoint(path) != nil && stopRank < 0 {
					t.Error("the checkpoint cannot be loaded")
				}
			}
			h, err := tr.Run(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			epoch, step := tr.Position()
			positions[rank] = fmt.Sprint(epoch, step, h.Ended)
			if rank == 0 {
				file = bytesOf(t, m)
			}
		})
		if len(slices.Compact(positions)) != 1 {
			t.Errorf("the ranks are at %v", positions)
		}
		return file
	}
	train(4, 2, 3) // within the second epoch
	train(2, 0, 3) // in the fourth step after that, after another layer has begun to train
	train(8, 7, 1) // one step later
	got := train(3, -1, 0)
	if !bytes.Equal(got, want[0]) {
		t.Error("the resumed run ends with other bytes")
	}
}

// A callback of rank 0 that changes the learning rate changes it on all ranks.
func TestRanksRate(t *testing.T) {
	var alone []byte
	for _, n := range []int{1, 3} {
		onRanks(n, func(rank int, comm Communicator) {
			cfg := quick
			cfg.Batch, cfg.Accumulate, cfg.Ranks = 4, 3, comm
			m := fresh(t, "tiny")
			var tr *Trainer
			if rank == 0 {
				cfg.Callbacks = []Callback{{Step: func(s Step) error {
					if s.Epoch == 2 && s.Step == 2 {
						return tr.SetLearningRate(0.1)
					}
					return nil
				}}}
			}
			var err error
			if tr, err = New(m, stripes(t, 40, 1), nil, cfg); err != nil {
				t.Error(err)
				return
			}
			defer tr.Close()
			if _, err := tr.Run(t.Context()); err != nil {
				t.Error(err)
				return
			}
			file := bytesOf(t, m)
			if n == 1 {
				alone = file
			} else if !bytes.Equal(file, alone) {
				t.Errorf("rank %d of %d has another model than one process", rank, n)
			}
		})
	}
}

// ErrStop from a callback of one rank ends the run on all ranks, without an error.
func TestRanksStop(t *testing.T) {
	for _, when := range []string{"step", "epoch", "last epoch"} {
		onRanks(3, func(rank int, comm Communicator) {
			cfg := quick
			cfg.Batch, cfg.Accumulate, cfg.Ranks = 4, 3, comm
			if rank == 1 {
				cfg.Callbacks = []Callback{{
					Step: func(Step) error {
						if when == "step" {
							return ErrStop
						}
						return nil
					},
					Epoch: func(e Epoch) error {
						if when == "epoch" || e.Epoch == cfg.Epochs {
							return ErrStop
						}
						return nil
					},
				}}
			}
			h, err := Fit(t.Context(), fresh(t, "tiny"), stripes(t, 40, 1), nil, cfg)
			want := map[string]int{"step": 0, "epoch": 1, "last epoch": 3}[when]
			if err != nil || h.Ended != EndedStop || len(h.Epochs) != want {
				t.Errorf("%s, rank %d: %+v, %v", when, rank, h, err)
			}
		})
	}
}

// Every rank returns an error that names the rank that failed, soon.
func TestRanksFail(t *testing.T) {
	broken := errors.New("the disk is full")
	for name, tc := range map[string]struct {
		change func(cfg *Config)
		preset string
		images int
		want   string
		kind   error
	}{
		"settings": {func(c *Config) { c.Epochs = 4 }, "tiny", 40, "rank 1: the ranks differ: its epochs is 4, that of rank 0 is 3", nil},
		"model":    {func(*Config) {}, "lenet5", 40, `rank 1: the ranks differ: its model is "lenet5", that of rank 0 is "tiny"`, nil},
		"images":   {func(*Config) {}, "tiny", 50, `rank 1: the ranks differ: its training set is "stripes, 50 images`, nil},
		"callback": {func(c *Config) {
			c.Callbacks = []Callback{{Step: func(s Step) error {
				if s.Step == 2 {
					return broken
				}
				return nil
			}}}
		}, "tiny", 40, "rank 1: the disk is full", broken},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			onRanks(3, func(rank int, comm Communicator) {
				cfg := quick
				cfg.Batch, cfg.Accumulate, cfg.Ranks = 4, 3, comm
				preset, images := "tiny", 40
				if rank == 1 {
					tc.change(&cfg)
					preset, images = tc.preset, tc.images
				}
				_, err := Fit(t.Context(), fresh(t, preset), stripes(t, images, 1), nil, cfg)
				if err == nil {
					t.Errorf("rank %d: no error", rank)
					return
				}
				text := fmt.Sprintf("rank 1: %v", err)
				if rank != 1 {
					text = err.Error()
				}
				if !strings.Contains(text, tc.want) {
					t.Errorf("rank %d: %v, want %q", rank, err, tc.want)
				}
			})
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// Parameters that differ after an epoch end the run on all ranks.
func TestRanksDrift(t *testing.T) {
	onRanks(2, func(rank int, comm Communicator) {
		cfg := quick
		cfg.Batch, cfg.Accumulate, cfg.Ranks = 4, 2, comm
		m := fresh(t, "tiny")
		cfg.Callbacks = []Callback{{Step: func(s Step) error {
			if rank == 1 && s.Epoch == 2 && s.Step == 1 {
				float32s(m.Params.All()[0].Value())[0] += 1e-6
			}
			return nil
		}}}
		_, err := Fit(t.Context(), m, stripes(t, 40, 1), nil, cfg)
		if want := "epoch 2: the ranks differ: rank 1 has other parameters than rank 0"; !errors.Is(err, ErrRanksDiffer) || !strings.Contains(err.Error(), want) {
			t.Errorf("rank %d: %v, want %q", rank, err, want)
		}
	})
}

func TestTooManyRanks(t *testing.T) {
	onRanks(3, func(rank int, comm Communicator) {
		cfg := quick
		cfg.Batch, cfg.Accumulate, cfg.Ranks = 4, 2, comm
		_, err := New(fresh(t, "tiny"), stripes(t, 40, 1), nil, cfg)
		if err == nil || !strings.Contains(err.Error(), "accumulate is 2, want at least 3: 3 ranks share the batches of an update") {
			t.Errorf("rank %d: %v", rank, err)
		}
	})
}

var _ Communicator = (*localranks.Rank)(nil)
