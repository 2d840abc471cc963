package graph

import (
	"fmt"

	"inkstone/graph/internal/kernel"
)

// newWindow returns the window of a layer with these options over images of shape n, h, w,
// c. It checks what users often get wrong, with errors that use the names of the options;
// the kernels check the rest.
func newWindow(n, h, w, c int, o options) (kernel.Window, error) {
	win := kernel.Window{
		N: n, H: h, W: w, C: c,
		KH: o.kernel[0], KW: o.kernel[1],
		StrideH: o.stride[0], StrideW: o.stride[1],
		PadTop: o.pad[0], PadBottom: o.pad[1], PadLeft: o.pad[2], PadRight: o.pad[3],
		DilationH: o.dilation[0], DilationW: o.dilation[1],
	}
	if win.KH < 1 || win.KW < 1 {
		return win, fmt.Errorf("a window of %dx%d, want at least 1x1", win.KH, win.KW)
	}
	if win.OutH() < 1 || win.OutW() < 1 {
		spans, padded := "", ""
		if win.DilationH > 1 || win.DilationW > 1 {
			spans = fmt.Sprintf(" with dilation %dx%d", win.DilationH, win.DilationW)
		}
		if o.pad != [4]int{} {
			padded = fmt.Sprintf(", %dx%d with its padding", h+o.pad[0]+o.pad[1], w+o.pad[2]+o.pad[3])
		}
		return win, fmt.Errorf("a window of %dx%d%s does not fit images of %dx%d%s: make it smaller, pad (Pad, Same), or pool less before it",
			win.KH, win.KW, spans, h, w, padded)
	}
	return win, nil
}
