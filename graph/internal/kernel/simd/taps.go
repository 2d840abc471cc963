package simd

import "slices"

// Taps is the geometry of a depthwise convolution, which computes each channel of y from the
// same channel of x. Pixel (i,j) of y begins at i·RowY + j·StepY, and its tap t in x begins at
// i·RowX + j·StepX + Off[t]; a pixel is Channels values.
type Taps struct {
	Rows, Pixels, Channels int
	RowY, StepY            int
	RowX, StepX            int
	Off                    []int
}

// check returns an error if y or x is too short for the geometry, or if w has fewer than
// Channels weights for each tap.
func (p *Taps) check(kernel string, y, x, w []float32) error {
	if err := firstError(checkSizes(kernel, p.Rows, p.Pixels, p.Channels, len(p.Off)),
		checkStrides(kernel, p.RowY, p.StepY, p.RowX, p.StepX), checkStrides(kernel, p.Off...)); err != nil {
		return err
	}
	return firstError(
		checkAtLeast(kernel, "y", len(y), span(p.Rows, p.RowY, span(p.Pixels, p.StepY, p.Channels))),
		checkAtLeast(kernel, "x", len(x), span(p.Rows, p.RowX, span(p.Pixels, p.StepX, slices.Max(p.Off)+p.Channels))),
		checkAtLeast(kernel, "w", len(w), len(p.Off)*p.Channels),
	)
}

// Sums computes y[i,j][c] = bias[c] + Σ_t x[i,j,t][c]·w[t][c]. y must not overlap the operands.
func (p *Taps) Sums(y, x, w, bias []float32) error {
	if err := firstError(p.check("tap sums", y, x, w), checkAtLeast("tap sums", "bias", len(bias), p.Channels)); err != nil {
		return err
	}
	if active.tapSums != nil {
		for c := 0; c < p.Channels; c += active.lanes {
			set := narrowest(p.Channels - c)
			set.tapSums(p.Rows, p.Pixels, &y[c], p.RowY, p.StepY, &x[c], p.RowX, p.StepX,
				len(p.Off), &p.Off[0], &w[c], p.Channels, &bias[c], min(active.lanes, p.Channels-c))
		}
		return nil
	}
	for n := range p.Rows * p.Pixels {
		i, j := n/p.Pixels, n%p.Pixels
		out := y[i*p.RowY+j*p.StepY:][:p.Channels]
		copy(out, bias)
		for t, off := range p.Off {
			row := x[i*p.RowX+j*p.StepX+off:][:p.Channels]
			for c, v := range w[t*p.Channels:][:p.Channels] {
				out[c] += row[c] * v
			}
		}
	}
	return nil
}

// Products adds Σ_{i,j} dy[i,j][c]·x[i,j,t][c] to each dw[t][c]. dy has the layout of y.
func (p *Taps) Products(dw, dy, x []float32) error {
	if err := p.check("tap products", dy, x, dw); err != nil {
		return err
	}
	if active.tapProducts != nil {
		for c := 0; c < p.Channels; c += active.lanes {
			set := narrowest(p.Channels - c)
			set.tapProducts(p.Rows, p.Pixels, &dy[c], p.RowY-p.Pixels*p.StepY, p.StepY,
				&x[c], p.RowX-p.Pixels*p.StepX, p.StepX,
				len(p.Off), &p.Off[0], &dw[c], p.Channels, min(active.lanes, p.Channels-c))
		}
		return nil
	}
	for n := range p.Rows * p.Pixels {
		i, j := n/p.Pixels, n%p.Pixels
		grad := dy[i*p.RowY+j*p.StepY:][:p.Channels]
		for t, off := range p.Off {
			row, sum := x[i*p.RowX+j*p.StepX+off:][:p.Channels], dw[t*p.Channels:][:p.Channels]
			for c, v := range grad {
				sum[c] += v * row[c]
			}
		}
	}
	return nil
}
