package picture

// background estimates the background of each pixel: the brightness that the picture would
// have without strokes, at most size pixels thick, that are darker than what is around them.
//
// It is the morphological closing with a square: the lowest of all squares that contain the
// pixel, where a square counts by its brightest pixel (Serra, "Image Analysis and
// Mathematical Morphology", 1982, chapter II). A thin dark stroke is filled. The edge of
// anything wider than the square stays where it is: a shadow, a sheet of paper on a desk. So
// the background follows hard edges, which a fitted surface or a mean over a window cannot.
// Squares may extend beyond the picture.
//
// Squares may extend beyond the picture. Where the brightness falls toward the border they do
// not find what is beyond, so that an even slope is taken out first. Noise would raise the
// closing, so that it starts from means over 3 x 3 pixels.
func (p *plane) background(size int) *plane {
	slope := p.slope()
	smooth := p.blur(1)
	for k := range smooth.value {
		smooth.value[k] -= slope.at(k%p.width, k/p.width)
	}
	radius := max(1, size/2)
	closed := smooth.extreme(radius, false).extreme(radius, true)
	for k := range closed.value {
		closed.value[k] += slope.at(k%p.width, k/p.width)
	}
	return closed
}

// slope is how much the brightness rises from one pixel to the next.
type slope struct{ x, y float64 }

func (s slope) at(x, y int) float64 { return s.x*float64(x) + s.y*float64(y) }

// slope returns the median rise between pixels an eighth of the picture apart, which strokes and
// the edges of shadows cannot move far.
func (p *plane) slope() slope {
	rise := func(dx, dy int) float64 {
		stride := len(p.value)/samples + 1
		var rises []float64
		for k := 0; k < len(p.value); k += stride {
			if x, y := k%p.width+dx, k/p.width+dy; x < p.width && y < p.height {
				rises = append(rises, p.value[y*p.width+x]-p.value[k])
			}
		}
		return median(rises) / float64(max(dx+dy, 1))
	}
	return slope{rise((p.width+7)/8, 0), rise(0, (p.height+7)/8)}
}

// extreme returns the largest values, or the smallest, in the squares with 2*radius+1 pixels
// on a side.
func (p *plane) extreme(radius int, smallest bool) *plane {
	sign := 1.0
	if smallest {
		sign = -1
	}
	rows, out := newPlane(p.width, p.height), newPlane(p.width, p.height)
	var queue []int
	for y := range p.height {
		queue = largest(p.value[y*p.width:], rows.value[y*p.width:], p.width, 1, radius, sign, queue)
	}
	for x := range p.width {
		queue = largest(rows.value[x:], out.value[x:], p.height, p.width, radius, sign, queue)
	}
	return out
}

// largest writes the largest of n numbers, times sign, over a moving window. The queue holds
// the indices of numbers that can still become the largest, in descending order of the
// numbers, so that each number is looked at twice whatever the window.
func largest(from, to []float64, n, stride, radius int, sign float64, queue []int) []int {
	queue = queue[:0]
	first := 0
	for i := -radius; i < n; i++ {
		if in := i + radius; in < n {
			v := sign * from[in*stride]
			for len(queue) > first && sign*from[queue[len(queue)-1]*stride] <= v {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, in)
		}
		if i < 0 {
			continue
		}
		if queue[first] < i-radius {
			first++
		}
		to[i*stride] = from[queue[first]*stride]
	}
	return queue
}
