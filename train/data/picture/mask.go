package picture

import "image"

// mask says for each pixel whether it belongs to a set.
type mask struct {
	width, height int
	in            []bool // row-major
}

func newMask(width, height int) *mask { return &mask{width, height, make([]bool, width*height)} }

// above returns the pixels with more than the given amount.
func (p *plane) above(low float64) *mask {
	m := newMask(p.width, p.height)
	for k, v := range p.value {
		m.in[k] = v > low
	}
	return m
}

func (m *mask) has(x, y int) bool {
	return x >= 0 && y >= 0 && x < m.width && y < m.height && m.in[y*m.width+x]
}

// thickness returns for each pixel the length of the row or the column of pixels of the set
// that it is in, whichever is shorter; 0 outside the set.
func (m *mask) thickness() []int {
	t := make([]int, len(m.in))
	runs(m.in, m.width, func(k, length int) { t[k] = length })
	column := make([]bool, m.height)
	for x := range m.width {
		for y := range column {
			column[y] = m.in[y*m.width+x]
		}
		runs(column, m.height, func(y, length int) { t[y*m.width+x] = min(t[y*m.width+x], length) })
	}
	return t
}

// runs calls set with the length of the run that each pixel of the set is in. The pixels are
// rows of the given width.
func runs(at []bool, width int, set func(k, length int)) {
	for row := 0; row < len(at); row += width {
		for start := row; start < row+width; start++ {
			end := start
			for end < row+width && at[end] {
				end++
			}
			for k := start; k < end; k++ {
				set(k, end-start)
			}
			start = end
		}
	}
}

// part is a set of connected pixels.
type part struct {
	pixels []int // indices in the picture
	stride int   // width of the picture
	box    image.Rectangle
	mass   float64 // sum of the amounts of ink
	peak   float64 // largest amount of ink
	sides  int     // number of the picture's sides that it reaches
	square int     // side of the largest square that fits into it
}

// size is the longer side of the box.
func (p *part) size() int { return max(p.box.Dx(), p.box.Dy()) }

// parts returns the connected parts of a set, where a pixel is connected to its eight
// neighbors (Rosenfeld and Pfaltz, "Sequential operations in digital picture processing",
// 1966).
func (m *mask) parts(ink *plane) []*part {
	var all []*part
	seen := make([]bool, len(m.in))
	square := make([]int, len(m.in))
	for start, in := range m.in {
		if !in || seen[start] {
			continue
		}
		p := &part{pixels: []int{start}, stride: m.width, box: image.Rect(start%m.width, start/m.width, start%m.width, start/m.width)}
		seen[start] = true
		for i := 0; i < len(p.pixels); i++ {
			k := p.pixels[i]
			x, y := k%m.width, k/m.width
			p.box = p.box.Union(image.Rect(x, y, x+1, y+1))
			p.mass += ink.value[k]
			p.peak = max(p.peak, ink.value[k])
			for ny := max(y-1, 0); ny <= min(y+1, m.height-1); ny++ {
				for nx := max(x-1, 0); nx <= min(x+1, m.width-1); nx++ {
					if n := ny*m.width + nx; m.in[n] && !seen[n] {
						seen[n] = true
						p.pixels = append(p.pixels, n)
					}
				}
			}
		}
		for _, touches := range []bool{p.box.Min.X == 0, p.box.Min.Y == 0, p.box.Max.X == m.width, p.box.Max.Y == m.height} {
			if touches {
				p.sides++
			}
		}
		all = append(all, p)
	}
	// The largest square that ends in a pixel is one larger than the smallest of those that end
	// in its neighbors above and to the left.
	for k, in := range m.in {
		if !in {
			continue
		}
		square[k] = 1
		if x := k % m.width; x > 0 && k >= m.width {
			square[k] += min(square[k-1], square[k-m.width], square[k-m.width-1])
		}
	}
	for _, p := range all {
		for _, k := range p.pixels {
			p.square = max(p.square, square[k])
		}
	}
	return all
}
