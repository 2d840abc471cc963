package picture

import (
	"fmt"
	"html"
	"strings"

	"inkstone/internal/failed"
	"inkstone/internal/inline"
)

// failure returns a picture that stands for one that could not be read: it shows the error.
func failure(err error) (*Picture, error) { return &Picture{err: err}, err }

// Pixels returns the 28 x 28 pixels of Image, row by row, as a network reads them. It panics with
// the error if the picture could not be read.
func (p *Picture) Pixels() []byte {
	if p.err != nil {
		panic(p.err)
	}
	return p.Image.Pix
}

// String returns the number of characters that were found, and the doubts.
func (p *Picture) String() string {
	switch {
	case p.err != nil:
		return failed.Text("picture", p.err)
	case len(p.Row) == 1:
		return strings.Join(append([]string{"one character"}, p.Doubts...), "; ")
	}
	return strings.Join(append([]string{fmt.Sprintf("%d characters", len(p.Row))}, p.Doubts...), "; ")
}

// Widths in pixels at which HTML shows Image and the characters of Row.
const imageWidth, rowWidth = 280, 112

// HTML returns Image enlarged, the single characters if there are several, and the doubts, for a
// notebook or a page.
func (p *Picture) HTML() string {
	if p.err != nil {
		return failed.HTML("picture", p.err)
	}
	text := fmt.Sprintf("what the network sees, %d x %d pixels", Size, Size)
	b := inline.Figure(inline.Enlarged(p.Image, imageWidth), imageWidth, text, text)
	if len(p.Row) > 1 {
		for i, c := range p.Row {
			name := fmt.Sprintf("character %d", i+1)
			b += inline.Figure(inline.Enlarged(c, rowWidth), rowWidth, name, name)
		}
	}
	for _, d := range p.Doubts {
		b += fmt.Sprintf("<p>doubtful: %s</p>\n", html.EscapeString(d))
	}
	return b
}
