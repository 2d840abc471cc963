package picture

import "math"

// terms is the number of coefficients of a quadratic surface: 1, x, y, x^2, xy, y^2.
const terms = 6

// samples is about how many pixels the surface is fitted to: plenty for six numbers,
// and few enough that a photograph takes milliseconds.
const samples = 4096

// basis returns the terms of the surface at a pixel, with x and y scaled to -1..1.
func (p *plane) basis(k int) [terms]float64 {
	x := 2*(float64(k%p.width)+0.5)/float64(p.width) - 1
	y := 2*(float64(k/p.width)+0.5)/float64(p.height) - 1
	return [terms]float64{1, x, y, x * x, x * y, y * y}
}

// fitGround fits the brightness of the background, a quadratic surface in x and y,
// by least squares, and returns it with the standard deviation of what it leaves.
//
// It starts from the frame of the picture, where background prevails, and from the
// middle value there; then it takes in, by turns, all pixels that lie close to the
// surface. What stays away is ink.
func fitGround(p *plane) (ground []float64, noise float64) {
	margin := max(1, min(p.width, p.height)/10)
	stride := int(math.Ceil(math.Sqrt(float64(len(p.at)) / samples)))
	var frame, all []int
	for k := range p.at {
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

	ground = make([]float64, len(p.at))
	fill := func(c [terms]float64) {
		for k := range ground {
			b := p.basis(k)
			ground[k] = 0
			for i := range terms {
				ground[k] += c[i] * b[i]
			}
		}
	}
	levels := make([]float64, len(frame))
	for i, k := range frame {
		levels[i] = p.at[k]
	}
	fill([terms]float64{median(levels)})
	noise = p.spread(frame, ground)

	const rounds = 8
	for round := range rounds {
		from := frame
		if round >= rounds/2 {
			from = all
		}
		reach := math.Max(3*noise, 4*rounding)
		var near []int
		for _, k := range from {
			if math.Abs(p.at[k]-ground[k]) <= reach {
				near = append(near, k)
			}
		}
		c, ok := p.leastSquares(near)
		if !ok {
			break
		}
		fill(c)
		noise = p.spread(near, ground)
	}
	return ground, math.Max(noise, rounding)
}

// spread estimates the standard deviation of the pixels around the ground from the
// median of the absolute deviations, which ink in less than half of them cannot move
// far. For a normal distribution the two differ by the factor 1.4826.
func (p *plane) spread(pixels []int, ground []float64) float64 {
	deviations := make([]float64, len(pixels))
	for i, k := range pixels {
		deviations[i] = math.Abs(p.at[k] - ground[k])
	}
	return 1.4826 * median(deviations)
}

// leastSquares fits the surface to the given pixels by the normal equations. It
// reports false when these do not determine it.
func (p *plane) leastSquares(pixels []int) (c [terms]float64, ok bool) {
	var m [terms][terms + 1]float64
	for _, k := range pixels {
		b := p.basis(k)
		for i := range terms {
			for j := range terms {
				m[i][j] += b[i] * b[j]
			}
			m[i][terms] += b[i] * p.at[k]
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
