package direct

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Gradients from a padded gradient that the caller writes agree with the definition, and have the bits of
// those from SetGradient, for sizes that tiles fit and sizes that they do not.
func TestPaddedGradient(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for i, size := range []int{5, 7, 10, 13, 14, 15, 28} {
			s := square(size, 16, 3, 1, 16)
			if i%2 == 1 {
				s.C, s.K = 32, 16*(1+r.IntN(2))
			}
			for range 3 {
				images := 1 + r.IntN(4)
				c, err := New(s, s.Pixels(), Options{Winograd: true, Images: 100})
				must(t, err)
				if c.winogradGrad != nil && c.winogradWeight {
					testPaddedGradient(t, c, r, images)
				} else if size > 7 {
					t.Errorf("%+v: no padded gradient", s)
				}
				s.W = size + r.IntN(3)
				s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = r.IntN(3), r.IntN(3), r.IntN(3), r.IntN(3)
			}
		}
	})
}

func testPaddedGradient(t *testing.T, c *Conv, r *rand.Rand, images int) {
	s := c.shape
	name := fmt.Sprintf("%+v, %d images: ", s, images)
	line := s.outW() * s.K
	w := normal(r, s.weightLen(), 0)
	packed := &Packed{}
	must(t, c.Pack(packed, w, serial))
	pass := func(scratch *Scratch, x []float32) (dx, dw []float32) {
		dx, dw = make([]float32, len(x)), make([]float32, len(w))
		for i := range dx {
			dx[i] = float32(math.NaN())
		}
		part := c.NewPartial()
		must(t, c.InputGradient(dx, scratch, packed))
		must(t, c.AddWeightGradient(part, scratch, x))
		must(t, c.FinishWeightGradient(part, scratch))
		must(t, c.Reduce(dw, nil, []*Partial{part}))
		return dx, dw
	}
	written, copied := c.NewScratch(), c.NewScratch()
	for n := images; n > 0; n -= 2 { // again with scratch memory that has been used
		x, dy := normal(r, n*s.imageLen(), 0), normal(r, n*s.outputLen(), 0)
		for i := range dy {
			dy[i] /= 16 // keeps the sums over all pixels near 1
		}
		values, image, row := written.PaddedGradient(n)
		for i := range n {
			for j := range s.outH() {
				copy(values[i*image+j*row:], dy[i*s.outputLen()+j*line:][:line])
			}
		}
		dx, dw := pass(written, x)
		must(t, copied.SetGradient(dy, nil))
		sameX, sameW := pass(copied, x)
		if !slices.Equal(dx, sameX) || !slices.Equal(dw, sameW) {
			t.Errorf("%sthe gradients differ from those of SetGradient", name)
		}
		if n == images {
			wantX, wantW := []float64{}, make([]float64, len(w))
			for i := range n {
				want := reference(s, x[i*s.imageLen():][:s.imageLen()], w, make([]float32, s.K), dy[i*s.outputLen():][:s.outputLen()])
				wantX = append(wantX, want.dx...)
				for j, v := range want.dw {
					wantW[j] += v
				}
			}
			mustClose(t, name+"dx", dx, wantX)
			mustClose(t, name+"dw", dw, wantW)
		}
	}
}

// Without Winograd's algorithm for both gradients, the caller must use SetGradient.
func TestNoPaddedGradient(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s, wide := square(14, 16, 3, 1, 16), square(14, 16, 5, 2, 16)
		for _, q := range []struct {
			name string
			s    Shape
			g    Grid
			o    Options
		}{
			{"not allowed", s, s.Pixels(), Options{Images: 100}},
			{"pooled", s, Grid{H: 7, W: 7, StepH: 2, StepW: 2, PH: 2, PW: 2}, Options{Winograd: true, Images: 100}},
			{"5x5", wide, wide.Pixels(), Options{Winograd: true, Images: 100}},
		} {
			c, err := New(q.s, q.g, q.o)
			must(t, err)
			if values, _, _ := c.NewScratch().PaddedGradient(1); values != nil {
				t.Errorf("%s: there is a padded gradient", q.name)
			}
		}
	})
}
