package picture

import (
	"image"
	"math"
)

const (
	// minContrast is the least part of the full range by which ink must stand out.
	minContrast = 0.06
	// noiseLevels is how many standard deviations of the background's noise are not ink.
	noiseLevels = 4
	// rounding is the deviation that an even background has from being stored in 8 bits.
	rounding = 0.5 / 255
)

// extract separates the ink of a picture from its background. It returns the amount of
// ink in each pixel, 1 for full ink, and the amount below which it cannot be told
// from noise; nil for a blank picture.
//
// The background is a smooth surface, fitted to the pixels that agree with it. Ink is
// what departs from it: darker or brighter, whichever departs more, and in proportion
// to the light that there is, so that a shadow on the paper changes neither.
func extract(grey *plane) (ink *plane, low float64) {
	ground, noise := fitGround(grey)
	dark, bright := newPlane(grey.width, grey.height), newPlane(grey.width, grey.height)
	darkness, brightness := 0.0, 0.0
	for k, level := range grey.at {
		g := min(max(ground[k], 0), 1)
		dark.at[k] = max(0, (g-level)/max(g, 0.1))
		bright.at[k] = max(0, (level-g)/max(1-g, 0.1))
		// Squares, so that a few strokes weigh more than a surface that fits loosely.
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
	for _, v := range ink.at {
		if v > threshold {
			strong = append(strong, v)
		}
	}
	full := quantile(strong, 0.75)
	if full < minContrast || full < 2*noiseLevels*noise {
		return nil, 0
	}
	for k, v := range ink.at {
		ink.at[k] = min(v/full, 1)
	}
	return ink, min(max(noiseLevels*noise/full, 0.02), 0.5)
}

// otsu returns the threshold that divides the values of p into two classes of the
// least variance within them (Otsu, "A threshold selection method from gray-level
// histograms", 1979).
func otsu(p *plane) float64 {
	const bins = 256
	var count, sum [bins]float64
	for _, v := range p.at {
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

// keepStrokes removes specks: connected parts that are weak throughout or hold less
// than a fiftieth of the ink of the largest. A detached bar or dot is more than that.
func (p *plane) keepStrokes(low float64) {
	const fraction = 0.02
	part := make([]int, len(p.at)) // 0: none
	mass, peak := []float64{0}, []float64{0}
	for start, v := range p.at {
		if v <= low || part[start] != 0 {
			continue
		}
		id := len(mass)
		mass, peak = append(mass, 0), append(peak, 0)
		part[start] = id
		for stack := []int{start}; len(stack) > 0; {
			k := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			mass[id] += p.at[k]
			peak[id] = max(peak[id], p.at[k])
			x, y := k%p.width, k/p.width
			for ny := max(y-1, 0); ny <= min(y+1, p.height-1); ny++ {
				for nx := max(x-1, 0); nx <= min(x+1, p.width-1); nx++ {
					if n := ny*p.width + nx; part[n] == 0 && p.at[n] > low {
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
			p.at[k] = 0
		}
	}
}

// extent returns the smallest rectangle that holds all ink above low.
func (p *plane) extent(low float64) image.Rectangle {
	area := image.Rectangle{Min: image.Pt(math.MaxInt, math.MaxInt)}
	for k, v := range p.at {
		if v > low {
			x, y := k%p.width, k/p.width
			area.Min.X, area.Min.Y = min(area.Min.X, x), min(area.Min.Y, y)
			area.Max.X, area.Max.Y = max(area.Max.X, x+1), max(area.Max.Y, y+1)
		}
	}
	return area
}
