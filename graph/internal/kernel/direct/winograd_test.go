package direct

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The error that the documentation states for Winograd's algorithm, against float64 and
// relative to the root mean square of the output: 2.2e-7 for the direct form and 1.3e-6
// for Winograd's, on the second layer of the preset cnn.
func TestWinogradError(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := square(26, 32, 3, 0, 64)
		c, err := New(s, s.Pixels())
		must(t, err)
		r := rand.New(rand.NewPCG(3, 4))
		x, w, bias := normal(r, s.imageLen(), 0.5), normal(r, s.weightLen(), 0), normal(r, s.K, 0)
		want := reference(s, x, w, bias, make([]float32, s.outputLen())).y
		y, u, scratch := make([]float32, s.outputLen()), &Packed{}, c.NewScratch()
		check := func(name string, limit float64) {
			var square, worst, sum float64
			for i, v := range want {
				e := float64(y[i]) - v
				square += v * v
				sum += e * e
				worst = max(worst, math.Abs(e))
			}
			n := float64(len(want))
			scale := math.Sqrt(square / n)
			mean := math.Sqrt(sum/n) / scale
			t.Logf("%s: root mean square %.1e, worst %.1e", name, mean, worst/scale)
			if !(mean < limit) {
				t.Errorf("%s: error %.1e, want less than %g", name, mean, limit)
			}
		}
		must(t, c.Forward(scratch, y, x, w, bias, false))
		check("direct", 4e-7)
		must(t, c.PackWinograd(u, w))
		must(t, c.ForwardWinograd(scratch, y, x, u, bias, false))
		check("winograd", 2e-6)
	})
}
