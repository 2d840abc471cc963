package simd

// MaxPool computes a row of max-pooling: for each of Pixels outputs and each of
// Channels, the greatest of a window of PH by PW values and its position in the
// window, counted in row-major order. The first of equal values wins; a NaN wins
// over all others.
type MaxPool struct {
	Pixels, Channels int
	Step             int // between the windows of neighbouring outputs
	PH, PW           int // at most 256 positions
	RowX, ColX       int // between rows and between columns of a window
}

// Run reads x from the first window's first value on and writes Pixels·Channels values to y and positions to arg.
func (p *MaxPool) Run(y []float32, arg []uint8, x []float32) error {
	if err := first(
		positive("max-pool", p.Pixels, p.Channels, p.PH, p.PW),
		strides("max-pool", p.Step, p.RowX, p.ColX, 256-p.PH*p.PW),
		need("max-pool", "x", len(x), span(p.Pixels, p.Step, span(p.PH, p.RowX, span(p.PW, p.ColX, p.Channels)))),
		need("max-pool", "y", len(y), p.Pixels*p.Channels),
		need("max-pool", "arg", len(arg), p.Pixels*p.Channels),
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
