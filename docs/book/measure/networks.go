package measure

import (
	"context"
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/schedule"
)

// widths are the numbers of filters in the first convolution of the networks book-1 to book-32.
var widths = []int{1, 2, 4, 8, 16, 32}

func init() {
	for _, w := range widths {
		model.Register(width(w), fmt.Sprintf("the network fast with %d and %d filters", w, 2*w), wide(w))
	}
	model.Register("book-linear", "one dense layer", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Dense("fc1", b.Flatten(x), b.Classes())
	})
	model.Register("book-dense", "one hidden layer of 128 units", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Dense("fc2", b.ReLU(b.Dense("fc1", b.Flatten(x), 128)), b.Classes())
	})
}

// width returns the name of the network with w and 2w filters. With 16 it is fast.
func width(w int) string { return fmt.Sprintf("book-%d", w) }

func wide(w int) graph.Net {
	return func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.ReLU(b.MaxPool(b.Conv("conv1", x, w, 5), 2))
		x = b.ReLU(b.MaxPool(b.Conv("conv2", x, 2*w, 5), 2))
		return b.Dense("fc1", b.Flatten(x), b.Classes())
	}
}

// plain returns settings without distortions, for about this many steps of 64 images.
func plain(images, steps int, seed uint64) train.Config {
	c := train.Defaults()
	c.Seed, c.Workers = seed, 1
	c.Optimizer.LearningRate = 0.01
	perEpoch := (images + c.Batch - 1) / c.Batch
	c.Epochs = max(1, (steps+perEpoch/2)/perEpoch)
	return c
}

// fit trains a new model and returns it.
func fit(ctx context.Context, preset string, training *data.Set, c train.Config) (*model.Model, error) {
	m, err := train.NewModel(preset, training, c.Seed)
	if err != nil {
		return nil, err
	}
	_, err = train.Fit(ctx, m, training, nil, c)
	return m, err
}

// percent returns the accuracy on a set, in percent.
func percent(ctx context.Context, m *model.Model, set *data.Set) (float64, error) {
	r, err := train.Evaluate(ctx, m, set, 1)
	if err != nil {
		return 0, err
	}
	return 100 * r.Accuracy, nil
}

// fitted trains a new model and returns its accuracy on a set, in percent.
func fitted(ctx context.Context, preset string, training, set *data.Set, c train.Config) (float64, error) {
	m, err := fit(ctx, preset, training, c)
	if err != nil {
		return 0, err
	}
	return percent(ctx, m, set)
}

func constant() schedule.Schedule {
	s, err := schedule.Parse("constant")
	if err != nil {
		panic(err) // a mistake in this package
	}
	return s
}
