package augment

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestFieldStatistics compares the field with the statistics of Simard's field, which has
// one random number per pixel, at the middle and at a corner of the image.
func TestFieldStatistics(t *testing.T) {
	for _, e := range []Elastic{{8, 4}, {34, 4}, {5, 1}, {20, 2.5}} {
		f := newField(e, 28, 28)
		source := rand.NewPCG(5, 6)
		const draws = 6000
		// The correlation at the distance sigma is exp(-1/4).
		near := int(math.Round(e.Sigma))
		var middle, corner, product, sum float64
		for range draws {
			f.draw(source)
			at := func(x, y int) float64 { return float64(f.x.smoothed[y*28+x]) / (1 << pointBits) }
			middle += at(13, 13) * at(13, 13)
			corner += at(27, 0) * at(27, 0)
			product += at(13, 13) * at(13+near, 13)
			sum += at(13, 13)
		}
		want := e.Alpha / (2 * e.Sigma * math.Sqrt(3*math.Pi))
		for name, got := range map[string]float64{"middle": middle, "corner": corner} {
			// The standard error of a root mean square over n draws is 1/sqrt(2n): 0.9 %.
			if rms := math.Sqrt(got / draws); math.Abs(rms/want-1) > 0.04 {
				t.Errorf("%+v: %s moves by %.4f pixels, want %.4f", e, name, rms, want)
			}
		}
		if mean := sum / draws; math.Abs(mean) > 4*want/math.Sqrt(draws) {
			t.Errorf("%+v: mean displacement %.4f pixels, want about 0", e, mean)
		}
		r := float64(near) / e.Sigma
		if got, want := product/middle, math.Exp(-r*r/4); math.Abs(got-want) > 0.06 {
			t.Errorf("%+v: correlation at %d pixels %.3f, want %.3f", e, near, got, want)
		}
	}
}

// TestFieldReference compares the field with the definition of the smoothing in float64.
func TestFieldReference(t *testing.T) {
	const height, width = 7, 12
	for _, sigma := range []float64{0.4, 1, 3.3, 40} {
		f := newField(Elastic{2, sigma}, height, width)
		f.draw(rand.NewPCG(1, 1))
		d := max(1, sigma)
		weight := func(pixel, node int) float64 {
			g := func(k int) float64 { // node k is at (k-reach)*d
				z := (float64(pixel) - float64(k-reach)*d) / sigma
				return math.Exp(-z * z / 2)
			}
			first, sum := int(math.Round(float64(pixel)/d)), 0.0
			for k := first; k < first+taps; k++ {
				sum += g(k)
			}
			if node < first || node >= first+taps {
				return 0
			}
			return g(node) / sum / math.Sqrt(d)
		}
		for y := range height {
			for x := range width {
				want := 0.0
				for j := range f.rows.nodes {
					for i := range f.cols.nodes {
						want += weight(y, j) * weight(x, i) * float64(f.y.noise[j*f.cols.nodes+i])
					}
				}
				got := float64(f.y.smoothed[y*width+x])
				if math.Abs(got-want) > 1e-5*2*(1<<pointBits) {
					t.Errorf("sigma %v, pixel (%d, %d): got %v, want %v", sigma, x, y, got, want)
				}
			}
		}
	}
}

func TestElasticMovesAndKeepsMass(t *testing.T) {
	a := newAugmenter(t, Options{Elastic: Elastic{34, 4}}, 28, 28)
	src := ring()
	before, _, _ := mass(src)
	total := 0.0
	const draws = 200
	for seed := range uint64(draws) {
		got := apply(t, a, src, seed)
		after, _, _ := mass(got)
		if after < 0.5*before || after > 1.7*before {
			t.Errorf("seed %d: mass %.0f becomes %.0f", seed, before, after)
		}
		total += after
	}
	if ratio := total / draws / before; math.Abs(ratio-1) > 0.1 {
		t.Errorf("mean mass changes by the factor %.3f", ratio)
	}
}
