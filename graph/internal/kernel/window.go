package kernel

import "fmt"

// Window is the geometry that convolution and pooling share: a batch of N
// images of H×W pixels with C channels, and a KH×KW window that slides over
// them. Strides, paddings and dilations are in pixels.
type Window struct {
	N, H, W, C                           int
	KH, KW                               int
	StrideH, StrideW                     int
	PadTop, PadBottom, PadLeft, PadRight int
	DilationH, DilationW                 int
}

// OutH returns the height of the output,
//
//	⌊(H + PadTop + PadBottom - DilationH·(KH-1) - 1) / StrideH⌋ + 1
//
// or 0 if the window does not fit.
func (w Window) OutH() int {
	return outSize(w.H+w.PadTop+w.PadBottom, w.KH, w.StrideH, w.DilationH)
}

// OutW returns the width of the output, by the formula of OutH.
func (w Window) OutW() int {
	return outSize(w.W+w.PadLeft+w.PadRight, w.KW, w.StrideW, w.DilationW)
}

func outSize(padded, kernel, stride, dilation int) int {
	free := padded - extent(kernel, dilation)
	if stride < 1 || free < 0 {
		return 0
	}
	return free/stride + 1
}

// extent returns the number of pixels that a dilated kernel spans.
func extent(kernel, dilation int) int { return dilation*(kernel-1) + 1 }

// inputLen and outputLen return the elements of the batch before and after a
// window that keeps the number of channels.
func (w Window) inputLen() int  { return w.N * w.H * w.W * w.C }
func (w Window) outputLen() int { return w.N * w.OutH() * w.OutW() * w.C }

// Check returns an error, naming the field and its values, if a size, stride
// or dilation is below 1, a padding is negative, the window does not fit into
// the padded image, or an image has more than 2²⁷ elements.
func (w Window) Check() error {
	for _, f := range [...]struct {
		name       string
		value, min int
	}{
		{"N", w.N, 1}, {"H", w.H, 1}, {"W", w.W, 1}, {"C", w.C, 1},
		{"KH", w.KH, 1}, {"KW", w.KW, 1},
		{"StrideH", w.StrideH, 1}, {"StrideW", w.StrideW, 1},
		{"PadTop", w.PadTop, 0}, {"PadBottom", w.PadBottom, 0},
		{"PadLeft", w.PadLeft, 0}, {"PadRight", w.PadRight, 0},
		{"DilationH", w.DilationH, 1}, {"DilationW", w.DilationW, 1},
	} {
		if f.value < f.min {
			return fmt.Errorf("%s is %d, expected at least %d", f.name, f.value, f.min)
		}
		if int64(f.value) > maxImage {
			return fmt.Errorf("%s is %d, expected at most %d", f.name, f.value, maxImage)
		}
	}
	ph, pw := w.H+w.PadTop+w.PadBottom, w.W+w.PadLeft+w.PadRight
	if !fits(maxImage, ph, pw, w.C) || !fits(maxElements, w.N, ph, pw, w.C) {
		return fmt.Errorf("images [%d %d %d %d] are too large with padding", w.N, w.H, w.W, w.C)
	}
	if !fits(maxImage, w.KH, w.KW) {
		return fmt.Errorf("window %dx%d is too large", w.KH, w.KW)
	}
	if int64(w.KH)*int64(w.DilationH) > 2*maxImage || w.OutH() < 1 {
		return fmt.Errorf("KH is %d with dilation %d, higher than the padded image (H %d + %d + %d)",
			w.KH, w.DilationH, w.H, w.PadTop, w.PadBottom)
	}
	if int64(w.KW)*int64(w.DilationW) > 2*maxImage || w.OutW() < 1 {
		return fmt.Errorf("KW is %d with dilation %d, wider than the padded image (W %d + %d + %d)",
			w.KW, w.DilationW, w.W, w.PadLeft, w.PadRight)
	}
	return nil
}

// CheckPool is Check for pooling, where a window must hold at least one real
// pixel: as in PyTorch a padding is at most half of the dilated kernel.
func (w Window) CheckPool() error {
	if err := w.Check(); err != nil {
		return err
	}
	for _, f := range [...]struct {
		name           string
		pad, kernel, d int
	}{
		{"PadTop", w.PadTop, w.KH, w.DilationH}, {"PadBottom", w.PadBottom, w.KH, w.DilationH},
		{"PadLeft", w.PadLeft, w.KW, w.DilationW}, {"PadRight", w.PadRight, w.KW, w.DilationW},
	} {
		if limit := extent(f.kernel, f.d) / 2; f.pad > limit {
			return fmt.Errorf("%s is %d, expected at most %d, half of a kernel of %d with dilation %d",
				f.name, f.pad, limit, f.kernel, f.d)
		}
	}
	// With dilation the taps may still straddle a small image.
	for oy := range w.OutH() {
		if y0 := oy*w.StrideH - w.PadTop; tapsInside(y0, w.KH, w.DilationH, w.H) == 0 {
			return fmt.Errorf("output row %d: the window lies wholly in the padding (H %d, PadTop %d, PadBottom %d, KH %d)",
				oy, w.H, w.PadTop, w.PadBottom, w.KH)
		}
	}
	for ox := range w.OutW() {
		if x0 := ox*w.StrideW - w.PadLeft; tapsInside(x0, w.KW, w.DilationW, w.W) == 0 {
			return fmt.Errorf("output column %d: the window lies wholly in the padding (W %d, PadLeft %d, PadRight %d, KW %d)",
				ox, w.W, w.PadLeft, w.PadRight, w.KW)
		}
	}
	return nil
}

// tapsInside counts the taps first, first+dilation, … that lie in [0, size).
func tapsInside(first, kernel, dilation, size int) int {
	n := 0
	for k := range kernel {
		if i := first + k*dilation; i >= 0 && i < size {
			n++
		}
	}
	return n
}
