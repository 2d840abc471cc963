package measure

import (
	"context"
	"os"
	"path/filepath"

	"inkstone/docs/book/samples"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
	"inkstone/train/data/sets"
)

// writers trains on the images of one kind of writers and tests on both. In MNIST's training set the images
// with even numbers are by students and those with odd numbers by employees of the census bureau, nearly
// without exception: Yadav and Bottou, arXiv:1905.10498.
func writers(ctx context.Context, e *Env) (*Result, error) {
	all, _, err := mnist.Load(ctx, mnist.Options{Name: mnist.Default, Dir: e.Dir})
	if err != nil {
		return nil, err
	}
	kinds := []string{"students", "employees"}
	var training, held [2]*data.Set
	for parity := range kinds {
		var first, last []int
		for i := parity; i < all.Len(); i += 2 {
			if i < 50000 {
				first = append(first, i)
			} else {
				last = append(last, i)
			}
		}
		if training[parity], err = all.Subset(first); err != nil {
			return nil, err
		}
		if held[parity], err = all.Subset(last); err != nil {
			return nil, err
		}
	}
	const runs = 5
	errors := make([]float64, 4*runs) // of the combinations of training and test, in turn
	err = parallel(2*runs, func(i int) error {
		c, _ := train.Recipe("fast")
		c.Seed, c.Workers, c.Epochs = uint64(i/2+1), 1, 4
		m, err := fit(ctx, "fast", training[i%2], c)
		if err != nil {
			return err
		}
		for k := range kinds {
			v, err := percent(ctx, m, held[k])
			if err != nil {
				return err
			}
			errors[(i%2*2+k)*runs+i/2] = 100 - v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := &Result{}
	for i, from := range kinds {
		for k, to := range kinds {
			r.add(from+"."+to, 0.3, errors[(i*2+k)*runs:(i*2+k+1)*runs]...)
		}
	}
	return r, nil
}

// alphabet trains on pictures of Greek letters in a folder, as the command train does.
func alphabet(ctx context.Context, _ *Env) (*Result, error) {
	dir, err := os.MkdirTemp("", "book")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	folder := filepath.Join(dir, "letters")
	if err := samples.WriteAlphabet(folder, 1, 60); err != nil {
		return nil, err
	}
	var accuracies []float64
	images := 0.0
	for seed := range uint64(3) {
		c, selection := train.Recipe("fast")
		c.Seed, c.Workers, c.Epochs = seed+1, 1, 20
		selection.Images = folder
		s, err := sets.Load(ctx, selection, c.Seed, sets.Options{})
		if err != nil {
			return nil, err
		}
		images = float64(s.Test.Len())
		m, err := train.NewModel("fast", s.Training, c.Seed)
		if err != nil {
			return nil, err
		}
		if _, err := train.Fit(ctx, m, s.Training, s.Validation, c); err != nil {
			return nil, err
		}
		v, err := percent(ctx, m, s.Test)
		if err != nil {
			return nil, err
		}
		accuracies = append(accuracies, v)
	}
	r := &Result{}
	r.add("accuracy", 3, accuracies...)
	r.add("images", 0, images)
	return r, nil
}
