package explain

import (
	"testing"

	"inkstone/model"
)

// BenchmarkExplanations measures each explanation of an image of 28x28 for each preset and for a
// network with branches, groups and batch normalization, with random weights. The time
// includes compiling the session, as at the first call.
func BenchmarkExplanations(b *testing.B) {
	networks := map[string]*model.Model{"crossing": fresh(b, crossing, 28, 28, 10)}
	for _, p := range model.Presets() {
		m, err := model.New(model.Spec{Preset: p.Name})
		if err != nil {
			b.Fatal(err)
		}
		networks[p.Name] = m
	}
	delete(networks, "explaintest")
	pixels := noise(28 * 28)
	for name, m := range networks {
		conv := lastConv(b, m)
		for _, method := range []struct {
			name    string
			explain func(e *Explainer) error
		}{
			{"saliency", func(e *Explainer) error { _, err := e.Saliency(pixels, 3); return err }},
			{"smoothgrad", func(e *Explainer) error { _, err := e.SmoothGrad(pixels, 3, SmoothOptions{}); return err }},
			{"gradcam", func(e *Explainer) error { _, err := e.GradCAM(pixels, 3, ""); return err }},
			{"occlusion", func(e *Explainer) error {
				_, err := e.Occlusion(b.Context(), pixels, 3, OcclusionOptions{})
				return err
			}},
			{"change", func(e *Explainer) error { _, err := e.SmallestChange(b.Context(), pixels, Predicted); return err }},
			{"favorite", func(e *Explainer) error { _, err := e.Favorite(b.Context(), 3, FavoriteOptions{}); return err }},
			{"arithmetic", func(e *Explainer) error { _, err := e.Arithmetic(pixels, conv, 5, 5, 0); return err }},
		} {
			b.Run(name+"/"+method.name, func(b *testing.B) {
				for b.Loop() {
					e, err := New(m, 0)
					if err != nil {
						b.Fatal(err)
					}
					if err := method.explain(e); err != nil {
						b.Fatal(err)
					}
					e.Close()
				}
			})
		}
	}
}

// BenchmarkLaterImage measures the values of all layers, and the arithmetic of one value, of an explainer
// that has explained an image before.
func BenchmarkLaterImage(b *testing.B) {
	pixels := noise(28 * 28)
	for _, preset := range []string{"tiny", "cnn", "resnet"} {
		m, err := model.New(model.Spec{Preset: preset})
		if err != nil {
			b.Fatal(err)
		}
		e, conv := opened(b, m), lastConv(b, m)
		values := func() error {
			for _, layer := range e.Layers() {
				if _, err := e.Values(pixels, layer); err != nil {
					return err
				}
			}
			return nil
		}
		arithmetic := func() error { _, err := e.Arithmetic(pixels, conv, 5, 5, 0); return err }
		for name, explain := range map[string]func() error{"values": values, "arithmetic": arithmetic} {
			b.Run(preset+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if err := explain(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// lastConv returns the name of the last convolution of a model whose output is at least 6x6.
func lastConv(b *testing.B, m *model.Model) string {
	name := ""
	for _, l := range m.Layers() {
		if l.Kind == "conv" && l.Output[1] >= 6 && l.Output[2] >= 6 {
			name = l.Name
		}
	}
	if name == "" {
		b.Fatalf("%s has no convolution", m.Preset)
	}
	return name
}
