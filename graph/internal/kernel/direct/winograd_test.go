package direct

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// The errors that the documentation states, compared with float64 and relative to the root
// mean square of the result, on the second layer of the preset cnn: forward 2.2e-7 for the
// direct form and 1.3e-6 for Winograd's; input gradient, which sums over twice as many
// channels, 4.1e-7 and 1.6e-6; weight gradient 3.1e-7 and 1.3e-6. A 5x5 window has similar ones.
func TestWinogradError(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for _, s := range []Shape{square(26, 32, 3, 0, 64), square(12, 16, 5, 0, 32)} {
			testWinogradError(t, s)
		}
	})
}

func testWinogradError(t *testing.T, s Shape) {
	r := rand.New(rand.NewPCG(3, 4))
	x, w, bias := normal(r, s.imageLen(), 0.5), normal(r, s.weightLen(), 0), normal(r, s.K, 0)
	dy := normal(r, s.outputLen(), 0)
	want := reference(s, x, w, bias, dy)
	y, dx, dw := make([]float32, s.outputLen()), make([]float32, s.imageLen()), make([]float32, s.weightLen())
	check := func(name string, got []float32, want []float64, limit float64) {
		var square, worst, sum float64
		for i, v := range want {
			e := float64(got[i]) - v
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
	for _, form := range []struct {
		name                   string
		winograd               bool
		forward, input, weight float64
	}{
		{"direct", false, 4e-7, 6e-7, 6e-7},
		{"winograd", true, 2e-6, 2.4e-6, 2e-6},
	} {
		c, err := New(s, s.Pixels(), Options{Winograd: form.winograd})
		must(t, err)
		u, scratch, part := &Packed{}, c.NewScratch(), c.NewPartial()
		if form.winograd {
			must(t, c.PackWinograd(u, w, serial))
			must(t, c.ForwardWinograd(scratch, y, x, u, bias, false, Rows{}))
		} else {
			must(t, c.Forward(scratch, y, x, w, bias, false, Rows{}))
		}
		check(form.name, y, want.y, form.forward)
		must(t, scratch.SetGradient(dy, nil))
		must(t, c.Pack(u, w, serial))
		must(t, c.InputGradient(dx, scratch, u))
		check(form.name+" input gradient", dx, want.dx, form.input)
		must(t, c.AddWeightGradient(part, scratch, x))
		must(t, c.FinishWeightGradient(part, scratch))
		must(t, c.Reduce(dw, nil, []*Partial{part}))
		check(form.name+" weight gradient", dw, want.dw, form.weight)
	}
}

// Winograd's algorithm computes the input gradient for each padding up to 2, with tiles that
// fit the image and tiles that do not, and for no other shape.
func TestWinogradInputGradient(t *testing.T) {
	same := square(12, 32, 3, 1, 16)
	cases := []struct {
		name   string
		change func(s *Shape)
		want   bool
	}{
		{"same", func(*Shape) {}, true},
		{"valid", func(s *Shape) { s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = 0, 0, 0, 0 }, true},
		{"full", func(s *Shape) { s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = 2, 2, 2, 2 }, true},
		{"uneven", func(s *Shape) { s.H, s.W, s.PadTop, s.PadRight = 7, 9, 2, 0 }, true},
		{"one output", func(s *Shape) { s.H, s.W = 1, 1 }, false}, // saves nothing
		{"wide padding", func(s *Shape) { s.PadLeft = 3 }, false},
		{"stride 2", func(s *Shape) { s.StrideH, s.StrideW = 2, 2 }, false},
		{"dilation 2", func(s *Shape) { s.DilationH, s.DilationW = 2, 2 }, false},
		{"5x5", func(s *Shape) { s.KH, s.KW = 5, 5 }, true},
		{"5x5 full", func(s *Shape) { s.KH, s.KW, s.PadTop, s.PadLeft, s.W = 5, 5, 4, 3, 9 }, true},
		{"3x5", func(s *Shape) { s.KW = 5 }, false},
		{"7x7", func(s *Shape) { s.KH, s.KW = 7, 7 }, false},
		{"odd input channels", func(s *Shape) { s.C = 17 }, false},
		{"odd output channels", func(s *Shape) { s.K = 20 }, false},
	}
	onEachPath(t, func(t *testing.T) {
		for i, q := range cases {
			s := same
			q.change(&s)
			c, err := New(s, s.Pixels(), Options{Winograd: true})
			must(t, err)
			r := rand.New(rand.NewPCG(5, uint64(i)))
			x, w, dy := normal(r, s.imageLen(), 0), normal(r, s.weightLen(), 0), normal(r, s.outputLen(), 0)
			u, scratch, dx := &Packed{}, c.NewScratch(), make([]float32, s.imageLen())
			must(t, c.Pack(u, w, serial))
			if got := len(u.freq) > 0; got != q.want {
				t.Errorf("%s: by Winograd: %v, want %v", q.name, got, q.want)
			}
			must(t, scratch.SetGradient(dy, nil))
			must(t, c.InputGradient(dx, scratch, u))
			mustClose(t, q.name+": dx", dx, reference(s, x, w, make([]float32, s.K), dy).dx)
		}
	})
}

func TestWinogradRefuses(t *testing.T) {
	s := square(8, 8, 7, 0, 8)
	c, err := New(s, s.Pixels(), Options{Winograd: true})
	must(t, err)
	if err := c.PackWinograd(&Packed{}, make([]float32, s.weightLen()), serial); err == nil || !strings.Contains(err.Error(), "no Winograd form of a 7x7 window") {
		t.Errorf("packing a 7x7 window: error %v, want no Winograd form", err)
	}
	s = square(6, 16, 3, 0, 16)
	c, err = New(s, s.Pixels(), Options{Winograd: true})
	must(t, err)
	u, y, x, scratch := &Packed{}, make([]float32, s.outputLen()), make([]float32, s.imageLen()), c.NewScratch()
	if err := c.ForwardWinograd(scratch, y, x, u, nil, false, Rows{}); err == nil || !strings.Contains(err.Error(), "transformed weights has 0") {
		t.Errorf("weights that were not packed: error %v, want their length", err)
	}
}
