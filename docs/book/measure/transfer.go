package measure

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
)

// fineTune trains on the digits 0 to 4 and fine-tunes on 5 to 9, with all images and with few.
func fineTune(ctx context.Context, e *Env) (*Result, error) {
	dir, err := os.MkdirTemp("", "book")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	low, high := []int{0, 1, 2, 3, 4}, []int{5, 6, 7, 8, 9}
	first, err := e.Training.Select(low)
	if err != nil {
		return nil, err
	}
	second, err := e.Training.Select(high)
	if err != nil {
		return nil, err
	}
	test, err := e.Test.Select(high)
	if err != nil {
		return nil, err
	}
	const runs = 5
	kinds := []string{"tuned.all", "scratch.all", "tuned.few", "scratch.few"}
	scores := make([]float64, len(kinds)*runs) // of each kind in turn
	err = parallel(runs, func(run int) error {
		seed := uint64(run + 1)
		c, _ := train.Recipe("fast")
		c.Seed, c.Workers = seed, 1
		m, err := fit(ctx, "fast", first, c)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, fmt.Sprintf("first%d.safetensors", seed))
		if err := m.Save(path); err != nil {
			return err
		}
		for i, images := range []int{0, 10} {
			set := second
			if images > 0 {
				if set, err = second.PerClass(images, seed); err != nil {
					return err
				}
			}
			tuned, transfer, err := model.Start{Path: path, Classes: set.Classes(), Seed: seed}.Load()
			if err != nil {
				return err
			}
			if err := tuned.Freeze(); err != nil {
				return err
			}
			c := train.FineTuningRecipe(transfer)
			c.Seed, c.Workers = seed, 1
			if images > 0 {
				c.Epochs = 60
			}
			if _, err := train.Fit(ctx, tuned, set, nil, c); err != nil {
				return err
			}
			if scores[2*i*runs+run], err = percent(ctx, tuned, test); err != nil {
				return err
			}
			if scores[(2*i+1)*runs+run], err = fitted(ctx, "fast", set, test, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := &Result{}
	for i, name := range kinds {
		r.add(name, 0.3, scores[i*runs:(i+1)*runs]...)
	}
	return r, nil
}

// labelCounts are the numbers of labeled images of each class in the experiment fewLabels.
var labelCounts = []int{1, 3, 10, 30, 100}

// fewLabels compares a network that was trained on drawn digits first with one that was not.
func fewLabels(ctx context.Context, e *Env) (*Result, error) {
	drawn, _, err := mnist.Load(ctx, mnist.Options{Name: mnist.Builtin, Seed: 1, Limit: 20000})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "book")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "drawn.safetensors")
	r := &Result{}
	scores := map[string][]float64{}
	for seed := range uint64(3) {
		seed++
		c, _ := train.Recipe("fast")
		c.Seed, c.Workers, c.Epochs = seed, 1, 4
		m, err := fit(ctx, "fast", drawn, c)
		if err != nil {
			return nil, err
		}
		if err := m.Save(path); err != nil {
			return nil, err
		}
		v, err := percent(ctx, m, e.Validation)
		if err != nil {
			return nil, err
		}
		scores["drawn"] = append(scores["drawn"], v)
		for _, n := range labelCounts {
			few, err := e.Training.PerClass(n, seed)
			if err != nil {
				return nil, err
			}
			if v, err = tune(ctx, path, few, e.Validation, seed); err != nil {
				return nil, err
			}
			name := fmt.Sprintf("tuned.%d", n)
			scores[name] = append(scores[name], v)
			c := plain(few.Len(), 300, seed)
			if v, err = fitted(ctx, "fast", few, e.Validation, c); err != nil {
				return nil, err
			}
			name = fmt.Sprintf("scratch.%d", n)
			scores[name] = append(scores[name], v)
		}
		e.Log("seed %d: %v", seed, scores)
	}
	for name, runs := range scores {
		r.add(name, 1, runs...)
	}
	return r, nil
}

// tune fine-tunes the model in a file on a few images and returns its accuracy, in percent.
func tune(ctx context.Context, path string, few, set *data.Set, seed uint64) (float64, error) {
	m, transfer, err := model.Start{Path: path, Classes: few.Classes(), Seed: seed}.Load()
	if err != nil {
		return 0, err
	}
	if err := m.Freeze(); err != nil {
		return 0, err
	}
	c := train.FineTuningRecipe(transfer)
	c.Seed, c.Workers, c.Epochs = seed, 1, 20
	if _, err := train.Fit(ctx, m, few, nil, c); err != nil {
		return 0, err
	}
	return percent(ctx, m, set)
}
