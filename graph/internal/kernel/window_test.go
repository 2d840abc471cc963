package kernel

import (
	"math"
	"testing"
)

// plain is a valid window. The error tests change one field of it.
var plain = Window{N: 2, H: 6, W: 8, C: 3, KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}

func TestWindowOutSize(t *testing.T) {
	for _, c := range []struct {
		size, before, after, kernel, stride, dilation, want int
	}{
		{28, 0, 0, 3, 1, 1, 26}, // the first convolution of cnn
		{24, 0, 0, 2, 2, 1, 12}, // its pooling
		{5, 1, 1, 3, 1, 1, 5},   // same
		{5, 0, 1, 3, 2, 1, 2},   // floor(3/2)+1
		{7, 0, 0, 3, 1, 3, 1},   // a dilated kernel as large as the image
		{6, 0, 0, 3, 1, 3, 0},   // larger
	} {
		w := Window{H: c.size, PadTop: c.before, PadBottom: c.after, KH: c.kernel, StrideH: c.stride, DilationH: c.dilation,
			W: c.size, PadLeft: c.before, PadRight: c.after, KW: c.kernel, StrideW: c.stride, DilationW: c.dilation}
		if h, v := w.OutH(), w.OutW(); h != c.want || v != c.want {
			t.Errorf("%+v: OutH %d, OutW %d, want %d", c, h, v, c.want)
		}
	}
}

func TestWindowCheckErrors(t *testing.T) {
	if err := plain.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spoil func(*Window)
		words []string
	}{
		{func(w *Window) { w.N = 0 }, []string{"N is 0", "at least 1"}},
		{func(w *Window) { w.H = -1 }, []string{"H is -1"}},
		{func(w *Window) { w.C = 0 }, []string{"C is 0"}},
		{func(w *Window) { w.StrideW = 0 }, []string{"StrideW is 0"}},
		{func(w *Window) { w.DilationH = 0 }, []string{"DilationH is 0"}},
		{func(w *Window) { w.PadLeft = -1 }, []string{"PadLeft is -1", "at least 0"}},
		{func(w *Window) { w.KH = 7 }, []string{"KH is 7", "H 6"}},
		{func(w *Window) { w.KW, w.DilationW = 4, 3 }, []string{"KW is 4 with dilation 3", "W 8"}},
		{func(w *Window) { w.H, w.W = 1<<20, 1<<20 }, []string{"too large"}},
		{func(w *Window) { w.H = math.MaxInt }, []string{"H is", "at most"}},
	} {
		w := plain
		c.spoil(&w)
		mustFail(t, w.Check(), c.words...)
		mustFail(t, w.CheckPool(), c.words...)
	}
}

func TestWindowCheckPoolErrors(t *testing.T) {
	w := plain
	w.PadTop = 2
	must(t, w.Check())
	mustFail(t, w.CheckPool(), "PadTop is 2", "at most 1", "kernel of 3")

	// Taps at -2 and 1 miss an image that is one pixel high.
	w = plain
	w.H, w.KH, w.DilationH, w.PadTop, w.PadBottom = 1, 2, 3, 2, 2
	must(t, w.Check())
	mustFail(t, w.CheckPool(), "output row 0", "wholly in the padding")
}

func TestConvShapeCheckErrors(t *testing.T) {
	for _, c := range []struct {
		shape ConvShape
		words []string
	}{
		{ConvShape{plain, 0, 1}, []string{"K is 0"}},
		{ConvShape{plain, 4, 0}, []string{"Groups is 0"}},
		{ConvShape{plain, 4, 2}, []string{"C is 3", "multiple of Groups 2"}},
		{ConvShape{plain, 4, 3}, []string{"K is 4", "multiple of Groups 3"}},
		{ConvShape{plain, 1 << 27, 1}, []string{"too large"}},
		{ConvShape{Window{}, 4, 1}, []string{"N is 0"}},
	} {
		mustFail(t, c.shape.Check(), c.words...)
		_, err := NewConv[float32](c.shape, Fusion{}, nil)
		mustFail(t, err, append(c.words, "conv: ")...)
	}
}

func TestConvShapeFLOPs(t *testing.T) {
	// The second convolution of cnn: 24·24 pixels, 64 outputs of 3·3·32 products.
	w := Window{N: 1, H: 26, W: 26, C: 32, KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	if got := (ConvShape{w, 64, 1}).FLOPs(); got != 21_233_664 {
		t.Errorf("FLOPs = %d, want 21233664", got)
	}
	if got := (ConvShape{w, 64, 2}).FLOPs(); got != 21_233_664/2 {
		t.Errorf("FLOPs with two groups = %d, want half", got)
	}
}
