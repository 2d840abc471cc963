// Command walk is the program of chapter 5: it trains a network on the digits 0 to 4, saves it, and
// fine-tunes it on the digits 5 to 9.
//
//	go run ./docs/book/walk                    with MNIST, or with the built-in digits if there is none
//	go run ./docs/book/walk -dataset builtin   with the built-in digits
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/sets"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	selection := data.DefaultSelection()
	flag.StringVar(&selection.Dataset, "dataset", "", "data `set`: mnist, or builtin for the built-in digits")
	flag.StringVar(&selection.Dir, "data", "", "`folder` with the files of the data set")
	flag.IntVar(&selection.Limit, "limit", 0, "number of training `images`, 0 for all")
	out := flag.String("out", filepath.Join("runs", "walk"), "`folder` for the model files")
	flag.Parse()
	if err := walk(ctx, selection, *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "walk:", err)
		os.Exit(1)
	}
}

var _ = model.Register("book", "the network of chapter 5", Book)

// Book declares the network of chapter 5.
func Book(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.MaxPool(b.Conv("conv1", x, 16, 5), 2))
	x = b.ReLU(b.MaxPool(b.Conv("conv2", x, 32, 5), 2))
	return b.Dense("fc1", b.Flatten(x), b.Classes())
}

// walk goes the whole way, from the data to the fine-tuned model.
func walk(ctx context.Context, selection data.Selection, folder string, w io.Writer) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	first, second := filepath.Join(folder, "first.safetensors"), filepath.Join(folder, "second.safetensors")
	if err := learn(ctx, selection, first, w); err != nil {
		return err
	}
	if err := fineTune(ctx, selection, first, second, w); err != nil {
		return err
	}
	return ask(ctx, selection, second, w)
}

// load returns the training, validation and test images of some classes.
func load(ctx context.Context, selection data.Selection, classes string) (*sets.Sets, error) {
	selection.Classes = classes
	return sets.Load(ctx, selection, 1, sets.Options{})
}

// learn trains the network on the digits 0 to 4 and saves it.
func learn(ctx context.Context, selection data.Selection, path string, w io.Writer) error {
	images, err := load(ctx, selection, "0-4")
	if err != nil {
		return err
	}
	fmt.Fprintln(w, images)

	m, err := train.NewModel("book", images.Training, 1) // random parameters from the seed 1
	if err != nil {
		return err
	}
	cfg := train.Defaults() // two epochs of Adam on batches of 64
	cfg.Optimizer.LearningRate = 0.01
	history, err := train.Fit(ctx, m, images.Training, images.Validation, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, history)

	test, err := train.Evaluate(ctx, m, images.Test, cfg.Workers)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "digits 0 to 4:", &test.Score)
	m.Accuracy = test.Accuracy
	return m.Save(path)
}

// fineTune trains the model in the file from on the digits 5 to 9, with its convolutions frozen, and saves
// it in the file to.
func fineTune(ctx context.Context, selection data.Selection, from, to string, w io.Writer) error {
	images, err := load(ctx, selection, "5-9")
	if err != nil {
		return err
	}
	start := model.Start{Path: from, Classes: images.Training.Classes(), Seed: 1}
	m, transfer, err := start.Load()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, transfer) // what was loaded, and that the head is new

	if err := m.Freeze("conv*"); err != nil {
		return err
	}
	cfg := train.FineTuningRecipe(transfer)
	if _, err := train.Fit(ctx, m, images.Training, images.Validation, cfg); err != nil {
		return err
	}
	test, err := train.Evaluate(ctx, m, images.Test, cfg.Workers)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "digits 5 to 9:", &test.Score)
	m.Accuracy = test.Accuracy
	return m.Save(to)
}

// ask loads a model and prints what it says about the first test image.
func ask(ctx context.Context, selection data.Selection, path string, w io.Writer) error {
	m, err := model.Load(path)
	if err != nil {
		return err
	}
	classifier, err := m.Classifier(1, 1)
	if err != nil {
		return err
	}
	defer classifier.Close()
	images, err := load(ctx, selection, "5-9")
	if err != nil {
		return err
	}
	probabilities, err := classifier.Probabilities(images.Test.Pixels(0))
	if err != nil {
		return err
	}
	for class, p := range probabilities {
		fmt.Fprintf(w, "%s: %5.1f %%\n", m.Classes[class], 100*p)
	}
	return nil
}

// loop trains a network step by step, without package train: what Fit does at its core.
func loop(net graph.Net, images *data.Set, steps int) (losses []float64, err error) {
	const batch, rate = 64, 0.01
	cfg := graph.Config{Batch: batch, Height: images.Height(), Width: images.Width(), Channels: 1, Classes: len(images.Classes())}
	t, err := graph.NewTraining(graph.NewParams(1), net, cfg)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	adam, err := solver.NewAdam(rate, 0)
	if err != nil {
		return nil, err
	}
	mean, deviation := images.MeanStd()
	x := t.Input().Data().([]float32) // batch, height, width, channels
	for step := range steps {
		for i := range batch {
			n := (step*batch + i) % images.Len()
			for j, p := range images.Pixels(n) {
				x[i*len(images.Pixels(n))+j] = float32((float64(p)/255 - mean) / deviation)
			}
			t.Labels()[i] = int32(images.Label(n))
		}
		loss, err := t.Step(batch, uint64(step)) // forward and backward
		if err != nil {
			return nil, err
		}
		losses = append(losses, loss)
		if err := adam.Step(t.Learned()); err != nil { // against the gradients
			return nil, err
		}
	}
	return losses, nil
}
