package picture

import "math"

// terms is the number of coefficients of a quadratic surface: 1, x, y, x^2, xy, y^2.
const terms = 6

// samples is the approximate number of pixels that the surface is fitted to. It is large for
// six coefficients, and small enough that a photograph takes milliseconds.
const samples = 4096

// basis returns the terms of the surface at pixel k, with x and y scaled to -1..1.
func (p *plane) basis(k int) [terms]float64 {
	x := 2*(float64(k%p.width)+0.5)/float64(p.width) - 1
	y := 2*(float64(k/p.width)+0.5)/float64(p.height) - 1
	return [terms]float64{1, x, y, x * x, x * y, y * y}
}

// fitBackground fits a quadratic surface in x and y to the brightness of the background by
// least squares. It returns the surface at each pixel and the standard deviation of the
// residuals.
//
// It starts with the median of the frame of the picture, which is mostly background. Then it
// repeatedly fits the surface to the pixels that are close to it, first within the frame,
// then in the whole picture. The other pixels are ink.
func fitBackground(p *plane) (background []float64, noise float64) {
	margin := max(1, min(p.width, p.height)/10)
	stride := int(math.Ceil(math.Sqrt(float64(len(p.value)) / samples)))
	var frame, all []int
	for k := range p.value {
		x, y := k%p.width, k/p.width
		edge := min(x, y, p.width-1-x, p.height-1-y)
		if x%stride != 0 || y%stride != 0 {
			continue
		}
		all = append(all, k)
		if edge < margin {
			frame = append(frame, k)
		}
	}

	background = make([]float64, len(p.value))
	fill := func(c [terms]float64) {
		for k := range background {
			b := p.basis(k)
			background[k] = 0
			for i := range terms {
				background[k] += c[i] * b[i]
			}
		}
	}
	levels := make([]float64, len(frame))
	for i, k := range frame {
		levels[i] = p.value[k]
	}
	fill([terms]float64{median(levels)})
	noise = p.spread(frame, background)

	const rounds = 8
	for round := range rounds {
		from := frame
		if round >= rounds/2 {
			from = all
		}
		reach := math.Max(3*noise, 4*rounding)
		var near []int
		for _, k := range from {
			if math.Abs(p.value[k]-background[k]) <= reach {
				near = append(near, k)
			}
		}
		c, ok := p.leastSquares(near)
		if !ok {
			break
		}
		fill(c)
		noise = p.spread(near, background)
	}
	return background, math.Max(noise, rounding)
}

// spread estimates the standard deviation of the pixels around the background from the median
// of the absolute deviations, which is robust against ink in less than half of the pixels.
// For a normal distribution the standard deviation is 1.4826 times that median.
func (p *plane) spread(pixels []int, background []float64) float64 {
	deviations := make([]float64, len(pixels))
	for i, k := range pixels {
		deviations[i] = math.Abs(p.value[k] - background[k])
	}
	return 1.4826 * median(deviations)
}

// leastSquares fits the surface to the given pixels by the normal equations. ok is false if
// the pixels do not determine the surface.
func (p *plane) leastSquares(pixels []int) (c [terms]float64, ok bool) {
	var m [terms][terms + 1]float64
	for _, k := range pixels {
		b := p.basis(k)
		for i := range terms {
			for j := range terms {
				m[i][j] += b[i] * b[j]
			}
			m[i][terms] += b[i] * p.value[k]
		}
	}
	// Gauss-Jordan elimination with pivoting.
	for col := range terms {
		pivot := col
		for row := col + 1; row < terms; row++ {
			if math.Abs(m[row][col]) > math.Abs(m[pivot][col]) {
				pivot = row
			}
		}
		if math.Abs(m[pivot][col]) < 1e-6 {
			return c, false
		}
		m[col], m[pivot] = m[pivot], m[col]
		for row := range terms {
			if row == col {
				continue
			}
			f := m[row][col] / m[col][col]
			for j := col; j <= terms; j++ {
				m[row][j] -= f * m[col][j]
			}
		}
	}
	for i := range terms {
		c[i] = m[i][terms] / m[i][i]
	}
	return c, true
}
