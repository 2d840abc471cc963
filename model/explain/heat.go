package explain

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"

	"inkstone/internal/failed"
	"inkstone/internal/inline"
	"inkstone/model"
)

// Heat is an explanation with a number for each pixel of an image.
type Heat struct {
	Method string // "saliency", "Grad-CAM at conv2", ...
	Unit   string // of the values

	Class         int     // that is explained, an index into the classes of the model
	ClassName     string  // its name
	Probability   float64 // of the class for this image
	Height, Width int
	Values        []float64 // row by row
	Pixels        []byte    // of the image, row by row

	// Coarse has the values of [Explainer.GradCAM] before they are enlarged, row by row.
	Coarse                    []float64
	CoarseHeight, CoarseWidth int

	err error // of the call that returned it
}

// heat returns an explanation of a class of an image with these logits.
func (e *Explainer) heat(method, unit string, pixels []byte, class int, logits, values []float64) *Heat {
	return &Heat{
		Method: method, Unit: unit, Class: class, ClassName: e.model.Classes[class], Probability: softmax(logits)[class],
		Height: e.model.Height, Width: e.model.Width, Values: values, Pixels: slices.Clone(pixels),
	}
}

// String returns one line: the method, the class, and the range of the values.
func (h *Heat) String() string {
	if h.err != nil {
		return failed.Text(explanation, h.err)
	}
	return fmt.Sprintf("%s: %d values from %.3g to %.3g, %s", h.title(), len(h.Values), slices.Min(h.Values), slices.Max(h.Values), h.Unit)
}

// Picture returns the image with the values over it, each pixel 10 x 10. The ink is gray on
// white. Red stands for values above 0, which speak for the class, blue for values below 0; the
// stronger the color, the larger the value.
func (h *Heat) Picture() image.Image {
	mustExist(h.err)
	scale := h.scale()
	return paint(h.Height, h.Width, func(i int) color.RGBA { return blend(ink(h.Pixels[i]), h.Values[i]/scale) })
}

// title returns the method and the class.
func (h *Heat) title() string {
	return fmt.Sprintf("%s for %s (%s)", h.Method, h.ClassName, percent(h.Probability))
}

// scale returns the value that is drawn in full color: the 99th percentile, so that one pixel
// does not hide the others.
func (h *Heat) scale() float64 {
	sizes := make([]float64, len(h.Values))
	for i, v := range h.Values {
		sizes[i] = math.Abs(v)
	}
	slices.Sort(sizes)
	s := sizes[min(len(sizes)-1, len(sizes)*99/100)]
	if s == 0 {
		s = sizes[len(sizes)-1]
	}
	return max(s, math.SmallestNonzeroFloat64)
}

// HTML returns the picture with its caption, for a notebook or a page.
func (h *Heat) HTML() string {
	if h.err != nil {
		return failed.HTML(explanation, h.err)
	}
	scale := fmt.Sprintf("full red is %.2g: %s", h.scale(), h.Unit)
	if slices.Min(h.Values) < 0 {
		scale = fmt.Sprintf("full red is %.2g, full blue %.2g: %s", h.scale(), -h.scale(), h.Unit)
	}
	return figure(h.Picture(), h.title(), h.title(), scale)
}

// scalePixel is the side of a pixel of the image in a picture.
const scalePixel = 10

// paint returns a picture of height x width squares with the colors of at.
func paint(height, width int, at func(i int) color.RGBA) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, width*scalePixel, height*scalePixel))
	for i := range height * width {
		left, top := i%width*scalePixel, i/width*scalePixel
		draw.Draw(p, image.Rect(left, top, left+scalePixel, top+scalePixel), image.NewUniform(at(i)), image.Point{}, draw.Src)
	}
	return p
}

// ink returns the gray of a pixel in a picture: white for black, and gray for ink.
func ink(pixel byte) color.RGBA {
	g := 255 - byte(float64(pixel)*0.4)
	return color.RGBA{g, g, g, 255}
}

// Picture returns an image with black ink on white, each pixel 10 x 10. pixels holds height x width
// bytes. It panics if there are fewer.
func Picture(pixels []byte, height, width int) image.Image {
	return paint(height, width, func(i int) color.RGBA { return plain(pixels[i]) })
}

// plain returns the color of a pixel without values over it: black ink on white.
func plain(pixel byte) color.RGBA { return color.RGBA{255 - pixel, 255 - pixel, 255 - pixel, 255} }

// blend lays red or blue over a color, with the strength v from -1 to 1. Larger values count as 1.
func blend(c color.RGBA, v float64) color.RGBA {
	over := model.Red
	if v < 0 {
		over = model.Blue
	}
	t := min(math.Abs(v), 1)
	mix := func(from, to uint8) uint8 { return uint8(math.Round(float64(from) + t*(float64(to)-float64(from)))) }
	return color.RGBA{mix(c.R, over.R), mix(c.G, over.G), mix(c.B, over.B), 255}
}

// figure returns a picture with lines of text below it, as HTML.
func figure(p image.Image, alt string, lines ...string) string {
	return inline.Figure(inline.PNG(p), p.Bounds().Dx(), alt, lines...)
}
