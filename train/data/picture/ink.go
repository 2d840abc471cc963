package picture

import (
	"image"
	"math"
)

const (
	// minContrast is the smallest difference of ink from the background, as a fraction of the range.
	minContrast = 0.06
	// noiseLevels is the amount of ink that is noise, in standard deviations of the background.
	noiseLevels = 4
	// rounding is the deviation of an even background due to rounding to 8 bits.
	rounding = 0.5 / 255
)

// extract separates the ink of a picture from its background. It returns the amount of ink in
// each pixel, 1 for full ink, and the amount below which it may be noise. It returns nil for
// a blank picture.
//
// The background is a smooth surface that is fitted to the picture. Ink is the difference
// from it, of the sign with the larger total. The difference is divided by the brightness, so
// that a shadow on the paper does not change it.
func extract(gray *plane) (ink *plane, low float64) {
	background, noise := fitBackground(gray)
	dark, bright := newPlane(gray.width, gray.height), newPlane(gray.width, gray.height)
	darkness, brightness := 0.0, 0.0
	for k, level := range gray.value {
		g := min(max(background[k], 0), 1)
		dark.value[k] = max(0, (g-level)/max(g, 0.1))
		bright.value[k] = max(0, (level-g)/max(1-g, 0.1))
		// Squares give a few strokes more weight than the residuals of the surface.
		if d := level - g; d < 0 {
			darkness += d * d
		} else {
			brightness += d * d
		}
	}
	ink = dark
	if brightness > darkness {
		ink = bright
	}

	threshold := otsu(ink)
	var strong []float64
	for _, v := range ink.value {
		if v > threshold {
			strong = append(strong, v)
		}
	}
	full := quantile(strong, 0.75)
	if full < minContrast || full < 2*noiseLevels*noise {
		return nil, 0
	}
	for k, v := range ink.value {
		ink.value[k] = min(v/full, 1)
	}
	return ink, min(max(noiseLevels*noise/full, 0.02), 0.5)
}

// otsu returns the threshold that divides the values of p into two classes with the smallest
// variance within the classes: Otsu, "A threshold selection method from gray-level
// histograms", 1979.
func otsu(p *plane) float64 {
	const bins = 256
	var count, sum [bins]float64
	for _, v := range p.value {
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

// keepStrokes removes specks. A speck is a connected part that is weak everywhere or has less
// than a fiftieth of the ink of the largest part. A detached bar or dot has more.
func (p *plane) keepStrokes(low float64) {
	const fraction = 0.02
	part := make([]int, len(p.value)) // number of the part of each pixel, 0 for none
	mass, peak := []float64{0}, []float64{0}
	for start, v := range p.value {
		if v <= low || part[start] != 0 {
			continue
		}
		id := len(mass)
		mass, peak = append(mass, 0), append(peak, 0)
		part[start] = id
		for stack := []int{start}; len(stack) > 0; {
			k := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			mass[id] += p.value[k]
			peak[id] = max(peak[id], p.value[k])
			x, y := k%p.width, k/p.width
			for ny := max(y-1, 0); ny <= min(y+1, p.height-1); ny++ {
				for nx := max(x-1, 0); nx <= min(x+1, p.width-1); nx++ {
					if n := ny*p.width + nx; part[n] == 0 && p.value[n] > low {
						part[n] = id
						stack = append(stack, n)
					}
				}
			}
		}
	}
	largest := 0.0
	for _, m := range mass {
		largest = max(largest, m)
	}
	for k, id := range part {
		if mass[id] < fraction*largest || peak[id] < 0.5 {
			p.value[k] = 0
		}
	}
}

// extent returns the bounding box of the ink above low.
func (p *plane) extent(low float64) image.Rectangle {
	area := image.Rectangle{Min: image.Pt(math.MaxInt, math.MaxInt)}
	for k, v := range p.value {
		if v > low {
			x, y := k%p.width, k/p.width
			area.Min.X, area.Min.Y = min(area.Min.X, x), min(area.Min.Y, y)
			area.Max.X, area.Max.Y = max(area.Max.X, x+1), max(area.Max.Y, y+1)
		}
	}
	return area
}
