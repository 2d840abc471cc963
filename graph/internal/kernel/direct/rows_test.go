package direct

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The rows of an output that are computed in several calls have the bits of one call, whose
// scratch memory is that of another image before.
func TestRowsKeepBits(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(8, 9))
		for range 40 {
			s := randomShape(r)
			if s.paddedH() < s.DilationH*(s.KH-1)+1 || s.paddedW() < s.DilationW*(s.KW-1)+1 || !Supports(s) {
				continue
			}
			c, err := New(s, s.Pixels(), Options{Winograd: true})
			must(t, err)
			x, w, bias := normal(r, s.imageLen(), 0.2), normal(r, s.weightLen(), 0), normal(r, s.K, 0)
			u := &Packed{}
			unit := 1
			forward := func(scratch *Scratch, y []float32, rows Rows) error {
				return c.Forward(scratch, y, x, w, bias, true, rows)
			}
			check := func() {
				want, got := make([]float32, s.outputLen()), make([]float32, s.outputLen())
				must(t, forward(c.NewScratch(), want, Rows{}))
				scratch := c.NewScratch()
				if s.outH() > unit {
					must(t, forward(scratch, got, Rows{From: unit, To: s.outH()}))
				}
				must(t, forward(scratch, got, Rows{To: min(unit, s.outH())}))
				if !slices.EqualFunc(got, want, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
					t.Fatalf("%+v, rows in parts of %d: other bits", s, unit)
				}
			}
			check()
			unit = c.RowUnit()
			switch {
			case c.HasWinograd():
				must(t, c.PackWinograd(u, w, serial))
				forward = func(scratch *Scratch, y []float32, rows Rows) error {
					return c.ForwardWinograd(scratch, y, x, u, bias, true, rows)
				}
			case c.HasStrips():
				must(t, c.PackStrips(u, w))
				forward = func(scratch *Scratch, y []float32, rows Rows) error {
					return c.ForwardStrips(scratch, y, x, u, w, bias, true, rows)
				}
			}
			check()
		}
	})
}

func TestRowsErrors(t *testing.T) {
	s := square(14, 16, 3, 1, 16)
	c, err := New(s, s.Pixels(), Options{Winograd: true})
	must(t, err)
	x, y, w, u, scratch := make([]float32, 2*s.imageLen()), make([]float32, 2*s.outputLen()), make([]float32, s.weightLen()), &Packed{}, c.NewScratch()
	must(t, c.PackWinograd(u, w, serial))
	x1, y1 := x[:s.imageLen()], y[:s.outputLen()]
	for _, rows := range []Rows{{-1, 3}, {3, 3}, {8, 15}} {
		for _, err := range []error{c.Forward(scratch, y1, x1, w, nil, false, rows), c.ForwardWinograd(scratch, y1, x1, u, nil, false, rows)} {
			if err == nil || !strings.Contains(err.Error(), "of an output of 14 rows") {
				t.Errorf("rows %v: error %v, want one about the rows", rows, err)
			}
		}
	}
	if err := c.ForwardWinograd(scratch, y1, x1, u, nil, false, Rows{2, 14}); err == nil || !strings.Contains(err.Error(), "whole tiles of 4 rows") {
		t.Errorf("rows from within a tile: error %v, want whole tiles", err)
	}
	if err := c.ForwardWinograd(scratch, y, x, u, nil, false, Rows{4, 14}); err == nil || !strings.Contains(err.Error(), "of 2 images, expected all") {
		t.Errorf("some rows of two images: error %v, want all", err)
	}
}
