package numbers

import (
	"fmt"
	"math"

	"inkstone/docs/book/marks"
	"inkstone/docs/book/measure"
)

// scaled computes the exponents of the scaling curves, from 100 to 10,000 images.
func scaled(v marks.Values, r *measure.Result) error {
	if r == nil {
		return nil
	}
	for _, width := range []int{1, 32} {
		var sx, sy, sxx, sxy, n float64
		for _, images := range []float64{100, 300, 1000, 3000, 10000} {
			number, ok := r.Numbers[fmt.Sprintf("error.%d.%g", width, images)]
			if !ok {
				return fmt.Errorf("scaling has no error of width %d and %g images", width, images)
			}
			x, y := math.Log(images), math.Log(number.Mean())
			n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
		}
		v[fmt.Sprintf("scaling.exponent.%d", width)] = -(n*sxy - sx*sy) / (n*sxx - sx*sx)
	}
	return nil
}
