// Package inline puts pictures into HTML, for notebooks and pages. A picture is an img element
// with its content, since notebooks that are not trusted show no other
// drawing: JupyterLab and the classic Notebook remove svg elements, scripts and style sheets.
package inline

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/draw"
	"image/png"
	"sync"
)

// PNG returns a picture as the address of a PNG image.
func PNG(p image.Image) string {
	var b bytes.Buffer
	if err := encoder.Encode(&b, p); err != nil {
		return "" // does not happen, since writing to a bytes.Buffer does not fail
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
}

// Enlarged returns a picture as the address of a PNG image that is width pixels wide, or as wide
// as a whole multiple of its width can be. The pixels stay squares where a notebook that is not
// trusted ignores the style of [Image].
func Enlarged(p image.Image, width int) string {
	b := p.Bounds()
	scale := max(1, width/max(1, b.Dx()))
	to := image.Rect(0, 0, b.Dx()*scale, b.Dy()*scale)
	var large draw.Image = image.NewNRGBA(to)
	if _, gray := p.(*image.Gray); gray {
		large = image.NewGray(to) // a smaller file
	}
	for y := range to.Dy() {
		for x := range to.Dx() {
			large.Set(x, y, p.At(b.Min.X+x/scale, b.Min.Y+y/scale))
		}
	}
	return PNG(large)
}

// encoders keeps the buffers of PNG encoders: to make them takes longer than to encode a digit.
type encoders struct{ pool sync.Pool }

// Get implements png.EncoderBufferPool.
func (e *encoders) Get() *png.EncoderBuffer {
	b, _ := e.pool.Get().(*png.EncoderBuffer)
	return b
}

// Put implements png.EncoderBufferPool.
func (e *encoders) Put(b *png.EncoderBuffer) { e.pool.Put(b) }

var encoder = png.Encoder{BufferPool: &encoders{}}

// Drawing returns the element of an SVG file at its own size, or smaller on a narrow page.
func Drawing(content []byte, alt string) string {
	return fmt.Sprintf(`<img src="data:image/svg+xml;base64,%s" alt="%s" style="max-width:100%%">`,
		base64.StdEncoding.EncodeToString(content), html.EscapeString(alt))
}

// Image returns the element of an image that is width pixels wide, or less on a narrow page.
func Image(address string, width int, alt string) string {
	return fmt.Sprintf(`<img src="%s" alt="%s" width="%d" style="width:%dpx;max-width:100%%;height:auto;image-rendering:pixelated">`,
		address, html.EscapeString(alt), width, width)
}

// Figure returns an image with lines of text below it. Several figures stand side by side.
func Figure(address string, width int, alt string, lines ...string) string {
	caption := ""
	for _, l := range lines {
		caption += fmt.Sprintf(`<div style="width:%dpx;max-width:100%%">%s</div>`, max(width, 72), html.EscapeString(l))
	}
	return fmt.Sprintf(`<div style="display:inline-block;max-width:100%%;margin:4px;text-align:center;vertical-align:top">%s%s</div>`+"\n", Image(address, width, alt), caption)
}
