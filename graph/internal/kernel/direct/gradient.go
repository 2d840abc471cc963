package direct

import "fmt"

// gradient is the gradient of the outputs of some images, as [Scratch.SetGradient] sets it.
type gradient struct {
	images int
	values []float32 // [images][cells][K]; nil if the caller set the padded gradient instead
	arg    []uint8   // the position of each value in its cell; nil unless the grid is pooled
	dense  bool      // few values are zero
	padded bool      // the padded gradient of the scratch memory is set
}

// SetGradient sets the gradient g [images][cells][K] for the calls of InputGradient and
// AddWeightGradient that follow. arg gives, if the grid is pooled, the position of each
// element in its cell. Neither may change until those calls are done.
func (s *Scratch) SetGradient(g []float32, arg []uint8) error {
	c := s.conv
	n := c.grid.H * c.grid.W * c.shape.K
	if len(g) == 0 || len(g)%n > 0 {
		return fmt.Errorf("direct: gradient has %d elements, expected a multiple of %d", len(g), n)
	}
	if c.grid.pooled() {
		if err := checkLen("arg", arg, len(g)); err != nil {
			return err
		}
	}
	s.gradient = gradient{images: len(g) / n, values: g, arg: arg}
	s.gradient.dense = !c.grid.pooled() && mostlyNonzero(g)
	return nil
}

// selectImage makes the gradient of image i that of the image in progress.
func (s *Scratch) selectImage(i int) {
	c, g := s.conv, &s.gradient
	n := c.grid.H * c.grid.W * c.shape.K
	s.grad, s.arg = g.values[i*n:][:n], nil
	if c.grid.pooled() {
		s.arg = g.arg[i*n:][:n]
	}
}

// denseLimit is the share of nonzero gradients above which a dense product is faster than lists.
const denseLimit = 0.8

// mostlyNonzero reports whether so little of the gradient is zero that a dense product is faster
// than lists. It looks at a sample, because making lists to find out would take too long:
// at runs of neighboring values, because each place that it looks at costs a cache miss.
// The answer depends on the gradient alone, not on the number of workers.
func mostlyNonzero(grad []float32) bool {
	const runs, runLen = 16, 16
	step := max(len(grad)/runs, runLen)
	seen, nonzero := 0, 0
	for i := 0; i < len(grad); i += step {
		run := grad[i:min(i+runLen, len(grad))]
		seen += len(run)
		for _, v := range run {
			if v != 0 {
				nonzero++
			}
		}
	}
	return float64(nonzero) > denseLimit*float64(seen)
}
