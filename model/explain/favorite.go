package explain

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"

	"inkstone/internal/failed"
	"inkstone/internal/random"
)

// Favorite is an image that a class likes: one with a large logit of that class.
type Favorite struct {
	Class         int
	ClassName     string
	Logit         float64 // of the class
	Probability   float64
	Pixels        []byte // row by row
	Height, Width int

	err error // of the call that returned it
}

// FavoriteOptions are the settings of [Explainer.Favorite]. Zero fields take the defaults.
type FavoriteOptions struct {
	Steps  int     // of gradient ascent, 100 by default
	Smooth float64 // weight of the neighbors in the smoothing after each step, from 0 to 1, 0.15 by default; below 0 for none
	Seed   uint64  // of the noise that the ascent starts from
}

// Favorite returns an image that the class likes best, as far as gradient ascent finds one. From faint noise it
// goes up the gradient of the class's logit less the mean of the other logits. At each step it
// smooths the gradient and the image and makes the image a little darker; otherwise it would be noise to the eye.
// Source: Simonyan, Vedaldi and Zisserman, arXiv:1312.6034.
func (e *Explainer) Favorite(ctx context.Context, class int, o FavoriteOptions) (result *Favorite, err error) {
	defer e.carry(&err, func() { result = &Favorite{err: err} })
	if class == Predicted {
		return nil, fmt.Errorf("explain: the favorite image of no class, want an index from 0 to %d", len(e.model.Classes)-1)
	}
	if err := e.checkClass(class); err != nil {
		return nil, err
	}
	if o.Steps == 0 {
		o.Steps = 100
	}
	if o.Smooth == 0 {
		o.Smooth = 0.15
	}
	if o.Steps < 1 || o.Steps > 100_000 || !(o.Smooth <= 1) {
		return nil, fmt.Errorf("explain: %d steps with smoothing %v, want 1 to 100000 steps and at most 1", o.Steps, o.Smooth)
	}
	g, err := e.session(1, "")
	if err != nil {
		return nil, err
	}
	m := e.model
	draw := random.New(o.Seed, random.ExplainStart)
	x := make([]float64, m.Height*m.Width*m.Channels)
	for i := range x {
		x[i] = 0.1 + 0.1*draw.Float64()
	}
	weights := make([]float64, len(m.Classes))
	for k := range weights {
		weights[k] = -1 / float64(len(m.Classes)-1)
	}
	weights[class] = 1
	for range o.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, err := e.run(g, [][]float64{x}, [][]float64{weights}); err != nil {
			return nil, err
		}
		gradient := e.gradient(g, 0)
		if o.Smooth > 0 {
			gradient = smooth(smooth(gradient, m.Height, m.Width, 0.5), m.Height, m.Width, 0.5)
			x = smooth(x, m.Height, m.Width, o.Smooth)
		}
		ascend(x, gradient)
	}
	f := &Favorite{Class: class, ClassName: m.Classes[class], Pixels: bytesOf(x), Height: m.Height, Width: m.Width}
	x, err = e.scaled(f.Pixels)
	if err != nil {
		return nil, err
	}
	logits, err := e.run(g, [][]float64{x}, nil)
	if err != nil {
		return nil, err
	}
	f.Logit, f.Probability = logits[0][class], softmax(logits[0])[class]
	return f, nil
}

// ascend moves x along its gradient by a step of a fixed length and makes it a little darker.
func ascend(x, gradient []float64) {
	square := 0.0
	for _, g := range gradient {
		square += g * g
	}
	const step, decay = 1.0, 0.015
	for i, g := range gradient {
		if square > 0 {
			x[i] += step * g / math.Sqrt(square)
		}
		x[i] = min(max(x[i]-decay, 0), 1)
	}
}

// smooth returns the image with each pixel moved toward the mean of its four neighbors by the
// given weight. Outside the image is black.
func smooth(x []float64, height, width int, weight float64) []float64 {
	y := make([]float64, len(x))
	at := func(r, c int) float64 {
		if r < 0 || c < 0 || r >= height || c >= width {
			return 0
		}
		return x[r*width+c]
	}
	for r := range height {
		for c := range width {
			mean := (at(r-1, c) + at(r+1, c) + at(r, c-1) + at(r, c+1)) / 4
			y[r*width+c] = (1-weight)*at(r, c) + weight*mean
		}
	}
	return y
}

// String returns one line: "an image that 7 likes: logit 18.3, probability 100.0 %".
func (f *Favorite) String() string {
	if f.err != nil {
		return failed.Text(explanation, f.err)
	}
	return fmt.Sprintf("an image that %s likes: logit %.1f, probability %s", f.ClassName, f.Logit, percent(f.Probability))
}

// Picture returns the image, with black ink on white.
func (f *Favorite) Picture() image.Image {
	mustExist(f.err)
	return paint(f.Height, f.Width, func(i int) color.RGBA { return plain(f.Pixels[i]) })
}

// HTML returns the picture with its caption, for a notebook or a page.
func (f *Favorite) HTML() string {
	if f.err != nil {
		return failed.HTML(explanation, f.err)
	}
	return figure(f.Picture(), f.String(), f.String())
}
