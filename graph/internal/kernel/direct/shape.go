package direct

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
)

// Shape is the geometry of a convolution of one image: C channels of H by W pixels
// to K channels, in Groups. All sizes are at least 1 and paddings at least 0, as
// package kernel has checked.
type Shape struct {
	H, W, C, K, Groups                   int
	KH, KW, StrideH, StrideW             int
	PadTop, PadBottom, PadLeft, PadRight int
	DilationH, DilationW                 int
}

func (s *Shape) paddedH() int { return s.H + s.PadTop + s.PadBottom }
func (s *Shape) paddedW() int { return s.W + s.PadLeft + s.PadRight }
func (s *Shape) padded() bool { return s.PadTop+s.PadBottom+s.PadLeft+s.PadRight > 0 }

// pixelwise reports whether each output pixel depends on the pixel at its place alone.
func (s *Shape) pixelwise() bool { return s.KH*s.KW*s.StrideH*s.StrideW == 1 && !s.padded() }

func (s *Shape) outH() int { return (s.paddedH()-s.DilationH*(s.KH-1)-1)/s.StrideH + 1 }
func (s *Shape) outW() int { return (s.paddedW()-s.DilationW*(s.KW-1)-1)/s.StrideW + 1 }
func (s *Shape) imageLen() int {
	return s.H * s.W * s.C
}
func (s *Shape) outputLen() int { return s.outH() * s.outW() * s.K }
func (s *Shape) weightLen() int { return s.KH * s.KW * (s.C / s.Groups) * s.K }

// A Grid is the shape in which the gradient of a convolution arrives. Its cells are output
// pixels, or pooled pixels, each with a window of PH by PW output pixels.
type Grid struct {
	H, W         int // cells
	StepH, StepW int // output pixels between neighboring cells
	PH, PW       int // output pixels in the window of a cell; 1 without pooling
}

// pooled reports whether the cells are not the output pixels, one for one: they have several
// pixels, or there are pixels between them. The gradient of a cell then belongs to one of its
// pixels, which its arg gives, and the gradient of all other pixels is zero.
func (g *Grid) pooled() bool { return g.PH*g.PW > 1 || g.StepH*g.StepW > 1 }

// Pixels returns the grid without pooling.
func (s *Shape) Pixels() Grid {
	return Grid{H: s.outH(), W: s.outW(), StepH: 1, StepW: 1, PH: 1, PW: 1}
}

// Rows are the rows of an output image from From up to but not including To. The zero value is all
// rows.
type Rows struct{ From, To int }

// of returns r with the zero value replaced, and an error if r reaches beyond an output of n rows.
func (r Rows) of(n int) (Rows, error) {
	if r == (Rows{}) {
		r.To = n
	}
	if r.From < 0 || r.From >= r.To || r.To > n {
		return r, fmt.Errorf("direct: rows %d to %d of an output of %d rows", r.From, r.To, n)
	}
	return r, nil
}

// Supports reports whether this package is faster than the portable loops of package kernel
// for a shape: whether there is assembly and the groups are wide enough for it.
func Supports(s Shape) bool {
	return simd.Path() != simd.Portable &&
		s.outH()*s.outW()*s.K < 1<<27 && s.paddedH()*s.paddedW()*(s.C+simd.Lanes()) < 1<<27
}

// checkLen returns an error unless an operand has want elements.
func checkLen[T any](name string, s []T, want int) error {
	if len(s) != want {
		return fmt.Errorf("direct: %s has %d elements, expected %d", name, len(s), want)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
