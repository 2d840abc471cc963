package diagram

import (
	"cmp"
	"fmt"
	"html"
	"strings"
)

// Legend holds the words below a folded drawing, for drawings in other languages. An empty word stands
// for the English one.
type Legend struct {
	Trained      string // layers with trainable parameters
	Frozen       string // layers whose parameters are frozen
	NoParameters string // layers without parameters
	Fused        string // layers that are computed together with the one before
	Gradients    string // boxes of gradients
}

// write explains the boxes and lines in one row, and returns its width. The gradients are explained if
// back is set.
func (l Legend) write(w *strings.Builder, y float64, back bool) float64 {
	x := margin
	item := func(sample, word, english string) {
		word = cmp.Or(word, english)
		fmt.Fprintf(w, sample, x, y)
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f" fill="#444444">%s</text>`+"\n", x+28, y+10, html.EscapeString(word))
		x += 28 + wordWidth(word) + 14
	}
	item(`<g transform="translate(%.1f %.1f)"><rect width="22" height="12" rx="3" fill="#eef5eb" stroke="#3f7a30"/><rect width="4" height="12" fill="#3f7a30"/></g>`, l.Trained, "trained")
	item(`<g transform="translate(%.1f %.1f)"><rect width="22" height="12" rx="3" fill="url(#frozen)" stroke="#36679c" stroke-width="1.5" stroke-dasharray="2 2"/></g>`, l.Frozen, "frozen")
	item(`<g transform="translate(%.1f %.1f)"><rect width="22" height="12" rx="3" fill="#ffffff" stroke="#555555"/></g>`, l.NoParameters, "no parameters")
	item(`<g transform="translate(%.1f %.1f)"><path d="M12 2H6V10H12" fill="none" stroke="#333333" stroke-width="1.5"/></g>`, l.Fused, "fused: computed in one pass")
	if back {
		item(`<g transform="translate(%.1f %.1f)"><rect width="22" height="12" rx="3" fill="#fdf3ea" stroke="#b3541e" stroke-dasharray="5 3"/></g>`, l.Gradients, "gradients, from bottom to top")
	}
	return x
}

// wordWidth returns the width that is reserved for a word. The characters of Chinese, Japanese and
// Korean are as wide as the font is high.
func wordWidth(word string) float64 {
	width := 0.0
	for _, r := range word {
		if r >= 0x2e80 {
			width += foldedFont
		} else {
			width += foldedLetter
		}
	}
	return width
}
