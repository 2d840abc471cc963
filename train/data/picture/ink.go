package picture

import "math"

const (
	// minContrast is the least part of the background's brightness by which ink must stand out.
	minContrast = 0.06
	// noiseLevels is how many standard deviations of the background's noise are not ink.
	noiseLevels = 4
	// rounding is the deviation that an even background has from being stored in 8 bits.
	rounding = 0.5 / 255
	// samples is about how many pixels a median is taken over.
	samples = 8192
)

// contrast is how much darker than its background a picture is.
type contrast struct {
	*plane             // the difference as a part of the background's brightness
	noise      float64 // its standard deviation where there is no ink
	brightness *plane  // of the picture
	background *plane  // the brightness without the ink
}

// ink is what stands out from the background of a picture.
type ink struct {
	*plane             // the amount of ink in each pixel, 1 for full ink
	low        float64 // the amount that counts as none
	full       float64 // the contrast of full ink
	brightness *plane  // of the picture
	background *plane  // the brightness without the ink
}

// findContrast finds what is darker than the background of [plane.background], in proportion
// to the light that there is, so that a shadow on the paper changes neither. Strokes may have
// up to size pixels.
func (p *plane) findContrast(size int) *contrast {
	c := &contrast{newPlane(p.width, p.height), 0, p, p.background(size)}
	for k, v := range p.value {
		c.value[k] = max(0, (c.background.value[k]-v)/max(c.background.value[k], 0.1))
	}
	c.noise = c.plane.noise()
	// Noise raises the background. Most of the picture has no ink, and a quarter of a normal
	// distribution is 0.67 deviations below its mean.
	offset := c.quantile(0.25) + 0.67*c.noise
	for k, v := range c.value {
		c.value[k] = max(0, v-offset)
	}
	return c
}

// ink returns the ink of a picture, or nil if nothing stands out from the noise. Full ink is
// the third quartile of what Otsu's threshold separates.
//
// A shadow or a sheet of paper can stand out too, less than ink does. With times above 1, what
// is above the threshold is divided again. Then what is below the last threshold is no ink, and
// ink returns nil if what is above it stands out little more.
func (c *contrast) ink(times int) *ink {
	threshold, full := 0.0, 0.0
	for range times {
		last := full
		threshold = otsu(c.plane, threshold)
		full = c.fullAbove(threshold)
		if full < 1.25*last {
			return nil
		}
	}
	if full < minContrast || full < 2*noiseLevels*c.noise {
		return nil
	}
	i := &ink{newPlane(c.width, c.height), min(max(noiseLevels*c.noise/full, 0.02), 0.5), full, c.brightness, c.background}
	if times > 1 {
		i.low = max(i.low, threshold/full)
	}
	for k, v := range c.value {
		i.value[k] = min(v/full, 1)
	}
	return i
}

// noise estimates the standard deviation of the noise from the differences between each pixel
// and the mean of the 3 x 3 pixels around it, which has 8/9 of its variance. It takes the
// median of the absolute differences, which the edges of strokes cannot move far. For a normal
// distribution that is the deviation divided by 1.4826.
func (p *plane) noise() float64 {
	smooth := p.blur(1)
	differences := newPlane(p.width, p.height)
	for k, v := range p.value {
		differences.value[k] = math.Abs(v - smooth.value[k])
	}
	return max(1.4826*differences.quantile(0.5)*math.Sqrt(9.0/8), rounding)
}

// quantile returns the value below which a fraction of the pixels lies, from a sample.
func (p *plane) quantile(q float64) float64 {
	stride := len(p.value)/samples + 1
	var levels []float64
	for k := 0; k < len(p.value); k += stride {
		levels = append(levels, p.value[k])
	}
	return quantile(levels, q)
}

// fullAbove returns the third quartile of the pixels above a threshold.
func (p *plane) fullAbove(threshold float64) float64 {
	var strong []float64
	for _, v := range p.value {
		if v > threshold {
			strong = append(strong, v)
		}
	}
	return quantile(strong, 0.75)
}

// otsu returns the threshold that divides the values of p into two classes of the
// least variance within them, of those above low (Otsu, "A threshold selection method from gray-level
// histograms", 1979).
func otsu(p *plane, low float64) float64 {
	const bins = 256
	var count, sum [bins]float64
	for _, v := range p.value {
		if v < low {
			continue
		}
		b := min(int(v*bins), bins-1)
		count[b]++
		sum[b] += v
	}
	var all, total float64
	for b := range bins {
		all += count[b]
		total += sum[b]
	}
	best, threshold := -1.0, 0.0
	var below, belowSum float64
	for b := range bins - 1 {
		below += count[b]
		belowSum += sum[b]
		above := all - below
		if below == 0 || above == 0 {
			continue
		}
		d := belowSum/below - (total-belowSum)/above
		if between := below * above * d * d; between > best {
			best, threshold = between, float64(b+1)/bins
		}
	}
	return threshold
}
