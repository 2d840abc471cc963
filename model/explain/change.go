package explain

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"

	"inkstone/internal/failed"
)

// Change is a small change of an image that changes the answer of the network.
type Change struct {
	From, To         int     // classes before and after
	FromName, ToName string  // their names
	Norm             float64 // square root of the sum of the squared differences of the pixels, from 0 to 1
	Largest          float64 // largest difference of a pixel
	Changed          int     // number of pixels that differ
	Before, After    []byte  // the images, row by row
	Height, Width    int
	Probability      float64 // of the class To after the change

	err error // of the call that returned it
}

// changeSteps bounds the steps of [Explainer.SmallestChange].
const changeSteps = 100

// SmallestChange returns a small change after which the network predicts the class target, or any
// other class for [Predicted]. It goes in steps to the nearest boundary between two classes of the
// linearized network, keeps the pixels from 0 to 1, and then goes back along the straight line to
// the image as far as the answer stays changed. Norm bounds the smallest change from above; there
// may be a smaller one. It is an error if the network predicts target already, or if no change is
// found in 100 steps. Source: Moosavi-Dezfooli et al., "DeepFool", arXiv:1511.04599.
func (e *Explainer) SmallestChange(ctx context.Context, pixels []byte, target int) (result *Change, err error) {
	defer e.carry(&err, func() { result = &Change{err: err} })
	start, err := e.scaled(pixels)
	if err != nil {
		return nil, err
	}
	if err := e.checkClass(target); err != nil {
		return nil, err
	}
	classes := e.model.Classes
	from, _, err := e.choose(start, Predicted)
	if err != nil {
		return nil, err
	}
	if target == from {
		return nil, fmt.Errorf("explain: the network predicts %s already, want another class to change it to", classes[from])
	}
	reached := func(class int) bool { return class != from && (target == Predicted || class == target) }
	x := append([]float64(nil), start...)
	for range changeSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		class, err := e.step(x, from, target)
		if err != nil {
			return nil, err
		}
		if reached(class) {
			return e.shorten(start, x, from, reached)
		}
	}
	to := "another class"
	if target != Predicted {
		to = classes[target]
	}
	return nil, fmt.Errorf("explain: no change from %s to %s was found in %d steps", classes[from], to, changeSteps)
}

// step returns the class of x and, if that is not yet another one, moves x slightly over the
// nearest boundary of the linearized network: between the class from and target, or any other.
func (e *Explainer) step(x []float64, from, target int) (int, error) {
	classes := len(e.model.Classes)
	g, err := e.session(classes, "")
	if err != nil {
		return 0, err
	}
	var images, weights [][]float64
	for k := range classes { // image k gets the gradient of logit[k] - logit[from]
		w := make([]float64, classes)
		w[k]++
		w[from]--
		images, weights = append(images, x), append(weights, w)
	}
	logits, err := e.run(g, images, weights)
	if err != nil {
		return 0, err
	}
	if class := argmax(logits[0]); class != from && (target == Predicted || class == target) {
		return class, nil
	}
	best, bestNorm := []float64(nil), math.Inf(1)
	for k := range classes {
		if k == from || target != Predicted && k != target {
			continue
		}
		move, norm := toBoundary(x, e.gradient(g, k), logits[0][from]-logits[0][k])
		if norm < bestNorm {
			best, bestNorm = move, norm
		}
	}
	if best == nil {
		return from, fmt.Errorf("explain: the logits do not depend on the image here, so no change can be found")
	}
	const overshoot = 1.02
	for i, d := range best {
		x[i] = min(max(x[i]+overshoot*d, 0), 1)
	}
	return from, nil
}

// toBoundary returns the shortest move along the gradient w after which a difference of logits
// has grown by gap, and its length. Pixels that are at a bound already do not move beyond it. The
// length is infinite if no pixel can move.
func toBoundary(x, w []float64, gap float64) ([]float64, float64) {
	square := 0.0
	for i, g := range w {
		if x[i] <= 0 && g < 0 || x[i] >= 1 && g > 0 {
			w[i] = 0
		}
		square += w[i] * w[i]
	}
	if square == 0 {
		return nil, math.Inf(1)
	}
	const margin = 1e-4 // beyond the boundary
	t := (max(gap, 0) + margin) / square
	for i := range w {
		w[i] *= t
	}
	return w, t * math.Sqrt(square)
}

// shorten returns the change to an image between start and end, near start, whose rounded pixels
// still change the answer.
func (e *Explainer) shorten(start, end []float64, from int, reached func(class int) bool) (*Change, error) {
	between := func(t float64) []byte {
		x := make([]float64, len(start))
		for i := range x {
			x[i] = start[i] + t*(end[i]-start[i])
		}
		return bytesOf(x)
	}
	try := func(t float64) (class int, p []float64, err error) {
		if p, err = e.Probabilities(between(t)); err != nil {
			return 0, nil, err
		}
		return argmax(p), p, nil
	}
	low, high := 0.0, 1.0
	for class, _, err := try(high); !reached(class); class, _, err = try(high) { // rounding may have undone the change
		if err != nil {
			return nil, err
		}
		if low, high = high, high*1.1; high > 4 {
			return nil, fmt.Errorf("explain: the change from %s is too small for pixels of 8 bits", e.model.Classes[from])
		}
	}
	for range 12 {
		middle := (low + high) / 2
		class, _, err := try(middle)
		if err != nil {
			return nil, err
		}
		if reached(class) {
			high = middle
		} else {
			low = middle
		}
	}
	to, p, err := try(high)
	if err != nil {
		return nil, err
	}
	c := &Change{
		From: from, To: to, FromName: e.model.Classes[from], ToName: e.model.Classes[to], Probability: p[to],
		Before: bytesOf(start), After: between(high), Height: e.model.Height, Width: e.model.Width,
	}
	for i, before := range c.Before {
		if d := (float64(c.After[i]) - float64(before)) / 255; d != 0 {
			c.Changed++
			c.Norm += d * d
			c.Largest = max(c.Largest, math.Abs(d))
		}
	}
	c.Norm = math.Sqrt(c.Norm)
	return c, nil
}

// String returns one line: "7 becomes 9 (51.0 %): 212 pixels change by at most 0.21, norm 1.03".
func (c *Change) String() string {
	if c.err != nil {
		return failed.Text(explanation, c.err)
	}
	return fmt.Sprintf("%s becomes %s (%s): %d pixels change by at most %.2f, norm %.2f", c.FromName, c.ToName, percent(c.Probability), c.Changed, c.Largest, c.Norm)
}

// Picture returns the difference over the image: red where pixels become brighter, blue where
// they become darker.
func (c *Change) Picture() image.Image {
	mustExist(c.err)
	return paint(c.Height, c.Width, func(i int) color.RGBA {
		d := float64(c.After[i]) - float64(c.Before[i])
		return blend(ink(c.Before[i]), d/255/max(c.Largest, math.SmallestNonzeroFloat64))
	})
}

// Result returns the image after the change, with black ink on white.
func (c *Change) Result() image.Image {
	return paint(c.Height, c.Width, func(i int) color.RGBA { return plain(c.After[i]) })
}

// HTML returns the difference and the image after it, for a notebook or a page.
func (c *Change) HTML() string {
	if c.err != nil {
		return failed.HTML(explanation, c.err)
	}
	return figure(c.Picture(), "the change", fmt.Sprintf("smallest change found: %d pixels by at most %.2f, norm %.2f", c.Changed, c.Largest, c.Norm)) +
		figure(c.Result(), "the changed image", fmt.Sprintf("after it: %s (%s) instead of %s", c.ToName, percent(c.Probability), c.FromName))
}
