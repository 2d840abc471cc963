package picture

import "math"

// gray returns the picture as one plane of numbers from 0 to 1: the part of its colors along
// the direction in which they differ most from their surroundings.
//
// For black ink on white paper that is the brightness. For red ink on green paper of the same
// brightness it is the difference of red and green. The direction is the first principal
// component (Jolliffe, "Principal Component Analysis", 2002) of the differences between the
// pixels and the means of the squares around them. A picture without color is returned as it
// is.
func (c *colors) gray() *plane {
	direction := [3]float64{1, 0, 0}
	if !c.colorless() {
		direction = c.principal()
	}
	low, sum := 0.0, 0.0
	for _, d := range direction {
		low += min(d, 0)
		sum += math.Abs(d)
	}
	p := newPlane(c.width, c.height)
	for k := range p.value {
		v := 0.0
		for i, d := range direction {
			v += d * float64(c.planes[i][k])
		}
		p.value[k] = min(max((v-low)/sum, 0), 1)
	}
	return p
}

// colorless reports whether red, green and blue agree in every pixel.
func (c *colors) colorless() bool {
	for k, r := range c.planes[0] {
		if g, b := c.planes[1][k], c.planes[2][k]; r != g || r != b {
			return false
		}
	}
	return true
}

// principal returns the first principal component of the differences from the surroundings.
// Its sum is not negative, so that brighter pixels get larger numbers.
func (c *colors) principal() [3]float64 {
	var differences [3][]float64
	for i, plane := range c.planes {
		p := newPlane(c.width, c.height)
		for k, v := range plane {
			p.value[k] = float64(v)
		}
		p = p.limited(math.Sqrt(workArea / float64(c.width*c.height)))
		mean := p.blur(max(1, min(p.width, p.height)/6))
		for k := range p.value {
			p.value[k] -= mean.value[k]
		}
		differences[i] = p.value
	}
	var covariance [3][3]float64
	for i := range 3 {
		for j := range 3 {
			for k, d := range differences[i] {
				covariance[i][j] += d * differences[j][k]
			}
		}
	}
	// Power iteration: it converges to the component with the largest variance.
	v := [3]float64{1, 1.01, 0.99}
	for range 50 {
		var next [3]float64
		norm := 0.0
		for i := range 3 {
			for j := range 3 {
				next[i] += covariance[i][j] * v[j]
			}
			norm += next[i] * next[i]
		}
		if norm < 1e-24 {
			return [3]float64{1, 1, 1}
		}
		for i := range 3 {
			v[i] = next[i] / math.Sqrt(norm)
		}
	}
	if v[0]+v[1]+v[2] < 0 {
		v[0], v[1], v[2] = -v[0], -v[1], -v[2]
	}
	return v
}
