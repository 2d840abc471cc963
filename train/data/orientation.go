package data

import (
	"fmt"
	"math"
)

// An orientation is one of the eight ways to lay a square image on another one.
type orientation struct {
	name                string
	transpose, flip, up bool // exchange rows and columns, then mirror left to right, then top to bottom
}

// orientations holds the upright one first.
var orientations = []orientation{
	{"upright", false, false, false},
	{"transposed (rows for columns)", true, false, false},
	{"mirrored left to right", false, true, false},
	{"mirrored top to bottom", false, false, true},
	{"turned by 180 degrees", false, true, true},
	{"turned by 90 degrees to the right", true, true, false},
	{"turned by 90 degrees to the left", true, false, true},
	{"mirrored along the other diagonal", true, true, true},
}

const (
	orientationImages = 2000 // about how many images of a set are looked at
	orientationLeast  = 0.6  // correlation in the best orientation
	orientationMargin = 0.1  // between the correlations in the best orientation and upright
)

// CheckOrientation compares the mean image of each class with that of the same class, by
// index, of a reference. It returns a line if the images of s would be more like those of the
// reference if they were transposed, mirrored or turned, and "" if not, or if the sets cannot
// be compared: the images are not square, have other sizes, or no class has images in both.
// what names the reference in the line.
func (s *Set) CheckOrientation(reference *Set, what string) string {
	n := s.height
	if s.width != n || reference.height != n || reference.width != n || len(s.classes) != len(reference.classes) {
		return ""
	}
	mine, theirs := s.classMeans(), reference.classMeans()
	best, bestValue, upright := 0, 0.0, 0.0
	for k, o := range orientations {
		sum, count := 0.0, 0
		for c := range mine {
			if mine[c] == nil || theirs[c] == nil {
				continue
			}
			// An inverted image has the opposite correlation.
			sum += correlation(mine[c], o.apply(theirs[c], n))
			count++
		}
		if count == 0 {
			return ""
		}
		v := math.Abs(sum) / float64(count)
		if k == 0 {
			upright = v
		}
		if v > bestValue {
			best, bestValue = k, v
		}
	}
	if bestValue < orientationLeast || bestValue < upright+orientationMargin {
		return ""
	}
	return fmt.Sprintf("%s: the images look %s beside %s", s.name, orientations[best].name, what)
}

// classMeans returns the mean image of each class, nil for a class without images. It looks
// at a part of a large set.
func (s *Set) classMeans() [][]float64 {
	means := make([][]float64, len(s.classes))
	counts := make([]float64, len(s.classes))
	step := max(1, s.Len()/orientationImages)
	for i := 0; i < s.Len(); i += step {
		c := s.Label(i)
		if means[c] == nil {
			means[c] = make([]float64, s.height*s.width)
		}
		counts[c]++
		for k, v := range s.Pixels(i) {
			means[c][k] += float64(v)
		}
	}
	for c, mean := range means {
		for k := range mean {
			mean[k] /= counts[c]
		}
	}
	return means
}

// apply returns an n x n image laid in the orientation.
func (o orientation) apply(image []float64, n int) []float64 {
	out := make([]float64, len(image))
	for y := range n {
		for x := range n {
			v, row, column := image[y*n+x], y, x
			if o.transpose {
				row, column = x, y
			}
			if o.flip {
				column = n - 1 - column
			}
			if o.up {
				row = n - 1 - row
			}
			out[row*n+column] = v
		}
	}
	return out
}

// correlation returns Pearson's correlation of two images, 0 if one is constant.
func correlation(a, b []float64) float64 {
	var meanA, meanB float64
	for i := range a {
		meanA += a[i] / float64(len(a))
		meanB += b[i] / float64(len(b))
	}
	var ab, aa, bb float64
	for i := range a {
		x, y := a[i]-meanA, b[i]-meanB
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
