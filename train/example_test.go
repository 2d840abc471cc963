package train_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"log"
	"os"
	"path/filepath"

	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/data/mnist"
	"inkstone/train/data/picture"
	"inkstone/train/schedule"
)

// someDigits returns a few built-in digits. With mnist.Options{} it would return MNIST.
func someDigits() (training, test *data.Set) {
	training, test, err := mnist.Load(context.Background(), mnist.Options{Name: mnist.Builtin, Limit: 600, TestLimit: 200})
	if err != nil {
		log.Fatal(err)
	}
	return training, test
}

// settings returns the defaults with another number of epochs and another batch size.
func settings(epochs, batch int) train.Config {
	cfg := train.Defaults()
	cfg.Epochs, cfg.Batch = epochs, batch
	return cfg
}

// A model is trained, evaluated and saved.
func Example() {
	ctx := context.Background()
	training, test := someDigits()
	m, err := model.New(model.Spec{Preset: "lenet5", Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	training, validation, err := training.Split(100, 1)
	if err != nil {
		log.Fatal(err)
	}
	history, err := train.Fit(ctx, m, training, validation, settings(6, 16))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(history.Epochs), "epochs, the loss has decreased:", history.Epochs[5].TrainLoss < history.Epochs[0].TrainLoss)

	report, err := train.Evaluate(ctx, m, test, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Images, "test images, accuracy above 75 %:", report.Accuracy > 0.75)

	path := filepath.Join(os.TempDir(), "example.safetensors")
	defer os.Remove(path)
	if err := m.Save(path); err != nil {
		log.Fatal(err)
	}
	again, err := model.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again)
	// Output:
	// 6 epochs, the loss has decreased: true
	// 200 test images, accuracy above 75 %: true
	// lenet5: 28x28x1 to 10 classes, 61,706 parameters, trained on builtin
}

// A photograph is converted to MNIST's form and then classified.
func Example_predict() {
	paper := image.NewGray(image.Rect(0, 0, 90, 120))
	for i := range paper.Pix {
		paper.Pix[i] = 230
	}
	for y := 20; y < 100; y++ { // a one, in dark ink
		for x := 40; x < 48; x++ {
			paper.SetGray(x, y, color.Gray{Y: 30})
		}
	}
	digit, err := picture.FromImage(paper) // picture.Read takes a file
	if err != nil {
		log.Fatal(err)
	}

	m := trained()
	classifier, err := m.Classifier(1, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer classifier.Close()
	probabilities, err := classifier.Probabilities(digit.Pix)
	if err != nil {
		log.Fatal(err)
	}
	best := 0
	for i, p := range probabilities {
		if p > probabilities[best] {
			best = i
		}
	}
	fmt.Println("it is a", m.Classes[best])
	// Output: it is a 1
}

// trained returns a model that is trained on a few digits.
func trained() *model.Model {
	training, _ := someDigits()
	m, err := model.New(model.Spec{Preset: "lenet5", Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := train.Fit(context.Background(), m, training, nil, settings(6, 16)); err != nil {
		log.Fatal(err)
	}
	return m
}

// A configuration with an optimizer, a schedule, distortions and regularization.
func ExampleConfig() {
	course, err := schedule.Parse("cosine:warmup=0.1")
	if err != nil {
		log.Fatal(err)
	}
	distortions, err := augment.Parse("light,cutout=6")
	if err != nil {
		log.Fatal(err)
	}
	training, _ := someDigits()
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		log.Fatal(err)
	}
	cfg := train.Defaults()
	cfg.Epochs, cfg.Batch = 1, 32
	if cfg.Optimizer, err = solver.Defaults("sgd"); err != nil {
		log.Fatal(err)
	}
	cfg.Optimizer.LearningRate, cfg.Optimizer.Nesterov, cfg.Optimizer.WeightDecay = 0.1, true, 5e-4
	cfg.Schedule, cfg.Augment, cfg.Smoothing, cfg.Average, cfg.Mixup = course, distortions, 0.1, 0.998, 0.2
	t, err := train.New(m, training, nil, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	if _, err := t.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(t.Optimizer())
	// Output: sgd (learning rate 0.1, Nesterov momentum 0.9, weight decay 0.0005)
}

// A callback counts the steps of a run and ends it.
func ExampleCallback() {
	training, _ := someDigits()
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		log.Fatal(err)
	}
	steps := 0
	count := train.Callback{Step: func(s train.Step) error {
		if steps++; steps == 5 {
			return train.ErrStop
		}
		return nil
	}}
	cfg := train.Defaults()
	cfg.Callbacks = []train.Callback{count}
	if _, err := train.Fit(context.Background(), m, training, nil, cfg); err != nil {
		log.Fatal(err)
	}
	fmt.Println(steps, "steps")
	// Output: 5 steps
}

// A run that is interrupted is resumed from its checkpoint. The model has the same bytes as
// that of an uninterrupted run.
func ExampleTrainer_LoadCheckpoint() {
	training, _ := someDigits()
	path := filepath.Join(os.TempDir(), "example-checkpoint.safetensors")
	defer os.Remove(path)
	start := func(callbacks ...train.Callback) *train.Trainer {
		m, err := model.New(model.Spec{Preset: "tiny", Seed: 1})
		if err != nil {
			log.Fatal(err)
		}
		cfg := settings(2, 50)
		cfg.Callbacks = callbacks
		t, err := train.New(m, training, nil, cfg)
		if err != nil {
			log.Fatal(err)
		}
		return t
	}

	var first *train.Trainer
	powerCut := errors.New("power cut")
	first = start(train.Callback{Step: func(s train.Step) error {
		if s.Epoch == 1 && s.Step == 7 {
			return errors.Join(first.SaveCheckpoint(path), powerCut)
		}
		return nil
	}})
	defer first.Close()
	_, err := first.Run(context.Background())
	fmt.Println(errors.Is(err, powerCut))

	second := start()
	defer second.Close()
	if err := second.LoadCheckpoint(path); err != nil {
		log.Fatal(err)
	}
	epoch, step := second.Position()
	fmt.Printf("resuming in epoch %d after step %d\n", epoch, step)
	history, err := second.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(history.Epochs), "epochs")
	// Output:
	// true
	// resuming in epoch 1 after step 7
	// 2 epochs
}

// The convolutional part of a model is frozen, and the rest is fine-tuned.
func ExampleFit_frozen() {
	m := trained()
	if err := m.Freeze(); err != nil { // or patterns: m.Freeze("conv1*")
		log.Fatal(err)
	}
	fmt.Println(m.Freezing().Brief())
	before := m.Params.Get("conv1.weight").Portable()

	training, _ := someDigits()
	few, err := training.PerClass(10, 1)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := train.Fit(context.Background(), m, few, nil, settings(1, 20)); err != nil {
		log.Fatal(err)
	}
	after := m.Params.Get("conv1.weight").Portable()
	same := true
	for i := range before {
		same = same && before[i] == after[i]
	}
	fmt.Println("conv1 is unchanged:", same)
	// Output:
	// 2,572 parameters are frozen (conv1, conv2), 59,134 train
	// conv1 is unchanged: true
}

// An ensemble classifies images by several models and several views of each image.
func ExampleNewEnsemble() {
	_, test := someDigits()
	m := trained()
	e, err := train.NewEnsemble([]*model.Model{m, m}, train.TestTimeAugmentation(), 64, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	report, err := e.Evaluate(context.Background(), test)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Images, "images")
	// Output: 200 images
}

// A learning rate is found before a run.
func ExampleFindRate() {
	training, _ := someDigits()
	m, err := model.New(model.Spec{Preset: "tiny", Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	curve, err := train.FindRate(context.Background(), m, training, settings(1, 10), 60)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a rate between 0.0001 and 1:", 0.0001 < curve.Suggestion && curve.Suggestion < 1)
	// Output: a rate between 0.0001 and 1: true
}
