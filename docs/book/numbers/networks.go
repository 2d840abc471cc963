package numbers

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/docs/book/code"
	"inkstone/docs/book/marks"
	"inkstone/graph"
	"inkstone/model"
	"inkstone/train/data/digits"
	"inkstone/train/metrics"
)

// coding computes the outputs of chapter 5: what mistakes look like.
func coding(v marks.Values) error {
	cfg := graph.Config{Batch: 1, Height: 28, Width: 28, Channels: 1, Classes: 10}
	for name, net := range map[string]graph.Net{
		"mistake.flatten": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Dense("fc1", b.Conv("conv1", x, 16, 5), b.Classes())
		},
		"mistake.kernel": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			x = b.MaxPool(b.Conv("conv1", x, 16, 5), 8)
			return b.Dense("fc1", b.Flatten(b.Conv("conv2", x, 32, 5)), b.Classes())
		},
	} {
		_, err := graph.Describe(graph.NewParams(1), net, cfg)
		if err == nil {
			return fmt.Errorf("%s is accepted", name)
		}
		v[name] = err.Error()
	}
	m, err := model.New(model.Spec{Preset: "fast"})
	if err != nil {
		return err
	}
	if err = m.Freeze("convolution*"); err == nil {
		return fmt.Errorf("a wrong pattern is accepted")
	}
	v["mistake.pattern"] = err.Error()
	if err := m.Freeze("conv*"); err != nil {
		return err
	}
	v["freezing"] = m.Freezing().String()
	return nil
}

// untrained returns the loss of a network with random weights on 200 built-in digits.
func untrained(preset string) (float64, error) {
	m, err := model.New(model.Spec{Preset: preset, Seed: 1})
	if err != nil {
		return 0, err
	}
	const images = 200
	pixels, labels := digits.Generate(1, images)
	classifier, err := m.Classifier(images, 1)
	if err != nil {
		return 0, err
	}
	defer classifier.Close()
	logits, err := classifier.Logits(images, func(i int) []byte { return pixels[i*784 : (i+1)*784] })
	if err != nil {
		return 0, err
	}
	c, err := metrics.NewCalibration(10, metrics.DefaultBins)
	if err != nil {
		return 0, err
	}
	for i, label := range labels {
		if err := c.Add(softmax(logits[i*10:(i+1)*10]), int(label)); err != nil {
			return 0, err
		}
	}
	return c.NLL(), nil
}

// softmax returns the probabilities of logits.
func softmax(logits []float32) []float32 {
	z := make([]float64, len(logits))
	for k, v := range logits {
		z[k] = float64(v)
	}
	out := make([]float32, len(z))
	for k, p := range code.Softmax(z) {
		out[k] = float32(p)
	}
	return out
}
