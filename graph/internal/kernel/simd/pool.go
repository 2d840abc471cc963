package simd

// MaxPool computes a row of max-pooling: for each of Pixels outputs and each of
// Channels, the maximum of a window of PH by PW values and its position in the
// window, counted in row-major order. Of equal values the first counts; a NaN counts
// as larger than any number.
type MaxPool struct {
	Pixels, Channels int
	Step             int // between the windows of neighboring outputs
	PH, PW           int // at most 256 positions
	RowX, ColX       int // between rows and between columns of a window
}

// Run writes Pixels·Channels maxima to y and their positions to arg. The first window begins at x[0].
func (p *MaxPool) Run(y []float32, arg []uint8, x []float32) error {
	if err := firstError(
		checkSizes("max-pool", p.Pixels, p.Channels, p.PH, p.PW),
		checkStrides("max-pool", p.Step, p.RowX, p.ColX, 256-p.PH*p.PW),
		checkAtLeast("max-pool", "x", len(x), span(p.Pixels, p.Step, span(p.PH, p.RowX, span(p.PW, p.ColX, p.Channels)))),
		checkAtLeast("max-pool", "y", len(y), p.Pixels*p.Channels),
		checkAtLeast("max-pool", "arg", len(arg), p.Pixels*p.Channels),
	); err != nil {
		return err
	}
	if active.maxPool != nil {
		active.maxPool(p.Pixels, p.Channels, &x[0], p.Step, p.PH, p.PW, p.RowX, p.ColX, &y[0], &arg[0])
		return nil
	}
	for i := range p.Pixels {
		for c := range p.Channels {
			window := x[i*p.Step+c:]
			best, where := window[0], 0
			for pos := range p.PH * p.PW {
				v := window[pos/p.PW*p.RowX+pos%p.PW*p.ColX]
				if v > best || v != v {
					best, where = v, pos
				}
			}
			y[i*p.Channels+c], arg[i*p.Channels+c] = best, uint8(where)
		}
	}
	return nil
}
