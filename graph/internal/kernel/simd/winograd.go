package simd

import "fmt"

// Winograd's minimal filtering F(4x4, 3x3) computes 4 by 4 outputs of a 3x3 convolution
// from 6 by 6 inputs with 36 multiplications for each pair of channels instead of 144. F(2x2, 5x5)
// computes 2 by 2 outputs of a 5x5 convolution with 36 instead of 100:
//
//	Y = Aᵀ ((G w Gᵀ) ⊙ (Bᵀ d B)) A
//
// where the product over frequencies ⊙ becomes one matrix product for each of the 36.
// The two have the same B. The transforms multiply by up to 8 and divide by up to 24, so the rounding error is four
// to six times that of a direct convolution. Lavin and Gray, https://arxiv.org/abs/1509.09308.

// WinogradScratch is the length of the scratch slice that the transforms need.
const WinogradScratch = 36 * maxLanes

// WinogradWeights transforms n weights of each of taps·taps taps, which lie wTap apart in w, to n
// values of each of 36 frequencies, which lie uFreq apart in u. taps is 3 or 5, n a multiple of
// [Lanes].
func WinogradWeights(taps int, u []float32, uFreq int, w []float32, wTap, n int, tmp []float32) error {
	if taps != 3 && taps != 5 {
		return fmt.Errorf("winograd weights: a window of %d by %d, expected 3 or 5", taps, taps)
	}
	if err := firstError(
		checkSizes("winograd weights", n), wholeVectors("winograd weights", n), checkStrides("winograd weights", uFreq, wTap),
		checkAtLeast("winograd weights", "u", len(u), span(36, uFreq, n)),
		checkAtLeast("winograd weights", "w", len(w), span(taps*taps, wTap, n)),
		checkAtLeast("winograd weights", "scratch", len(tmp), WinogradScratch),
	); err != nil {
		return err
	}
	run := active.winogradWeights
	if taps == 5 {
		run = active.winogradWeights5
	}
	if run != nil {
		run(n, &u[0], uFreq, &w[0], wTap, &tmp[0])
		return nil
	}
	for e := range n {
		transform2(6, taps, func(i, j int) float32 { return winogradG(i, j, taps) },
			func(i, j int) float32 { return w[(i*taps+j)*wTap+e] },
			func(i, j int, value float32) { u[(i*6+j)*uFreq+e] = value })
	}
	return nil
}

// WinogradInput is the geometry of the input transform of Tiles tiles. A tile has 6 by 6
// pixels of Channels values; Channels must be a multiple of [Lanes].
type WinogradInput struct {
	Tiles, Channels   int
	StepX, RowX, ColX int // of the image: from tile to tile, row to row, pixel to pixel
	StepV, FreqV      int // of the result: from tile to tile, frequency to frequency
}

// Run transforms x to v.
func (p *WinogradInput) Run(v, x, tmp []float32) error {
	if err := firstError(
		checkSizes("winograd input", p.Tiles, p.Channels), wholeVectors("winograd input", p.Channels),
		checkStrides("winograd input", p.StepX, p.RowX, p.ColX, p.StepV, p.FreqV),
		checkAtLeast("winograd input", "v", len(v), span(36, p.FreqV, span(p.Tiles, p.StepV, p.Channels))),
		checkAtLeast("winograd input", "x", len(x), span(p.Tiles, p.StepX, span(6, p.RowX, span(6, p.ColX, p.Channels)))),
		checkAtLeast("winograd input", "scratch", len(tmp), WinogradScratch),
	); err != nil {
		return err
	}
	if active.winogradInput != nil {
		active.winogradInput(p.Tiles, p.Channels/active.lanes, &x[0], p.StepX, p.RowX, p.ColX, &v[0], p.StepV, p.FreqV, &tmp[0])
		return nil
	}
	for t := range p.Tiles {
		for c := range p.Channels {
			d, to := x[t*p.StepX+c:], v[t*p.StepV+c:]
			transform2(6, 6, func(i, j int) float32 { return winogradB[i][j] },
				func(i, j int) float32 { return d[i*p.RowX+j*p.ColX] },
				func(i, j int, value float32) { to[(i*6+j)*p.FreqV] = value })
		}
	}
	return nil
}

// WinogradOutput is the geometry of the output transform of Tiles tiles. A tile has Size by Size
// pixels of Channels values; Size must be 4 or 2, Channels a multiple of [Lanes].
type WinogradOutput struct {
	Size              int
	Tiles, Channels   int
	StepM, FreqM      int // of the products: from tile to tile, frequency to frequency
	StepY, RowY, ColY int // of the image: from tile to tile, row to row, pixel to pixel
	ReLU              bool
}

// Run transforms m to y and adds the bias of each channel.
func (p *WinogradOutput) Run(y, m, bias, tmp []float32) error {
	if p.Size != 4 && p.Size != 2 {
		return fmt.Errorf("winograd output: tiles of %d by %d pixels, expected 4 or 2", p.Size, p.Size)
	}
	if err := firstError(
		checkSizes("winograd output", p.Tiles, p.Channels), wholeVectors("winograd output", p.Channels),
		checkStrides("winograd output", p.StepM, p.FreqM, p.StepY, p.RowY, p.ColY),
		checkAtLeast("winograd output", "m", len(m), span(36, p.FreqM, span(p.Tiles, p.StepM, p.Channels))),
		checkAtLeast("winograd output", "y", len(y), span(p.Tiles, p.StepY, span(p.Size, p.RowY, span(p.Size, p.ColY, p.Channels)))),
		checkAtLeast("winograd output", "bias", len(bias), p.Channels),
		checkAtLeast("winograd output", "scratch", len(tmp), WinogradScratch),
	); err != nil {
		return err
	}
	run := active.winogradOutput
	if p.Size == 2 {
		run = active.winogradOutput2
	}
	if run != nil {
		flags := 0
		if p.ReLU {
			flags = flagReLU
		}
		run(p.Tiles, p.Channels/active.lanes, &m[0], p.StepM, p.FreqM, &y[0], p.StepY, p.RowY, p.ColY, &bias[0], flags, &tmp[0])
		return nil
	}
	for t := range p.Tiles {
		for c := range p.Channels {
			from, to := m[t*p.StepM+c:], y[t*p.StepY+c:]
			transform2(p.Size, 6, func(i, j int) float32 { return winogradA(i, j, p.Size) },
				func(i, j int) float32 { return from[(i*6+j)*p.FreqM] },
				func(i, j int, value float32) {
					value += bias[c]
					if p.ReLU {
						value = max(value, 0)
					}
					to[i*p.RowY+j*p.ColY] = value
				})
		}
	}
	return nil
}

// WinogradGrad is the geometry of the transform of a gradient for the weight gradient, the
// transpose of [WinogradOutput]: Tiles tiles of 4 by 4 pixels of Channels values. Channels must
// be a multiple of [Lanes].
type WinogradGrad struct {
	Tiles, Channels   int
	StepY, RowY, ColY int // of the gradient: from tile to tile, row to row, pixel to pixel
	StepM, FreqM      int // of the result: from tile to tile, frequency to frequency
}

// Run transforms y to m.
func (p *WinogradGrad) Run(m, y, tmp []float32) error {
	if err := firstError(
		checkSizes("winograd gradient", p.Tiles, p.Channels), wholeVectors("winograd gradient", p.Channels),
		checkStrides("winograd gradient", p.StepY, p.RowY, p.ColY, p.StepM, p.FreqM),
		checkAtLeast("winograd gradient", "m", len(m), span(36, p.FreqM, span(p.Tiles, p.StepM, p.Channels))),
		checkAtLeast("winograd gradient", "y", len(y), span(p.Tiles, p.StepY, span(4, p.RowY, span(4, p.ColY, p.Channels)))),
		checkAtLeast("winograd gradient", "scratch", len(tmp), WinogradScratch),
	); err != nil {
		return err
	}
	if active.winogradGrad != nil {
		active.winogradGrad(p.Tiles, p.Channels/active.lanes, &y[0], p.StepY, p.RowY, p.ColY, &m[0], p.StepM, p.FreqM, &tmp[0])
		return nil
	}
	for t := range p.Tiles {
		for c := range p.Channels {
			from, to := y[t*p.StepY+c:], m[t*p.StepM+c:]
			transform2(6, 4, func(i, j int) float32 { return winogradA(j, i, 4) },
				func(i, j int) float32 { return from[i*p.RowY+j*p.ColY] },
				func(i, j int, value float32) { to[(i*6+j)*p.FreqM] = value })
		}
	}
	return nil
}

// WinogradWeightGrad transforms n values of each of 36 frequencies, which lie uFreq apart in u, to
// the gradients of n weights of each of nine taps, which lie wTap apart in w. It is the
// transpose of [WinogradWeights]. n must be a multiple of [Lanes].
func WinogradWeightGrad(w []float32, wTap int, u []float32, uFreq, n int, tmp []float32) error {
	if err := firstError(
		checkSizes("winograd weight gradient", n), wholeVectors("winograd weight gradient", n),
		checkStrides("winograd weight gradient", uFreq, wTap),
		checkAtLeast("winograd weight gradient", "w", len(w), span(9, wTap, n)),
		checkAtLeast("winograd weight gradient", "u", len(u), span(36, uFreq, n)),
		checkAtLeast("winograd weight gradient", "scratch", len(tmp), WinogradScratch),
	); err != nil {
		return err
	}
	if active.winogradWeightGrad != nil {
		active.winogradWeightGrad(n, &w[0], wTap, &u[0], uFreq, &tmp[0])
		return nil
	}
	for e := range n {
		transform2(3, 6, func(i, j int) float32 { return winogradG(j, i, 3) },
			func(i, j int) float32 { return u[(i*6+j)*uFreq+e] },
			func(i, j int, value float32) { w[(i*3+j)*wTap+e] = value })
	}
	return nil
}

// wholeVectors returns an error unless n is a multiple of the vector width.
func wholeVectors(kernel string, n int) error {
	return checkLen(kernel, "a row of channels", n, n/Lanes()*Lanes())
}

// winogradB holds the rows of Bᵀ.
var winogradB = [6][6]float32{
	{4, 0, -5, 0, 1, 0}, {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
	{0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1},
}

// The points of interpolation, besides infinity, and the factors of their rows of G.
var (
	winogradPoints  = [5]float32{0, 1, -1, 2, -2}
	winogradFactors = [5]float32{1. / 4, -1. / 6, -1. / 6, 1. / 24, 1. / 24}
)

// winogradG returns an element of G for a window of n by n taps.
func winogradG(i, j, n int) float32 {
	switch {
	case i < 5:
		return winogradFactors[i] * power(winogradPoints[i], j)
	case j == n-1:
		return 1
	}
	return 0
}

// winogradA returns an element of Aᵀ for tiles of n by n pixels.
func winogradA(i, j, n int) float32 {
	switch {
	case j < 5:
		return power(winogradPoints[j], i)
	case i == n-1:
		return 1
	}
	return 0
}

func power(x float32, n int) float32 {
	p := float32(1)
	for range n {
		p *= x
	}
	return p
}

// transform2 applies a linear transform from in values to out values, whose matrix is rows, to
// the columns of a square and then to its rows.
func transform2(out, in int, rows, load func(i, j int) float32, store func(i, j int, v float32)) {
	var half [6][6]float32
	for i := range out {
		for j := range in {
			for k := range in {
				half[i][j] += rows(i, k) * load(k, j)
			}
		}
	}
	for i := range out {
		for j := range out {
			sum := float32(0)
			for k := range in {
				sum += rows(j, k) * half[i][k]
			}
			store(i, j, sum)
		}
	}
}
