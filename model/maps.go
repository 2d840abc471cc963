package model

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Maps are small pictures of numbers side by side, such as the filters of a
// convolution or its feature maps. They are an image: where all numbers are at least
// zero, black stands for zero and white for the largest; otherwise white stands for
// zero, red for positive and blue for negative, all maps on one scale.
type Maps struct {
	// Title says what the maps show, in one line.
	Title string
	// Height and Width are the size of a map, Rows and Columns the size of the grid.
	Height, Width, Rows, Columns int
	// Values holds one map after the other, row by row: Rows x Columns x Height x
	// Width, or less if the last row is not full.
	Values []float32

	picture *image.RGBA
}

// NewMaps arranges maps of that size, which values holds one after the other, columns in
// a row; 0 columns are those of a grid that is wider than high. It refuses sizes below
// 1 and values that are not whole maps.
func NewMaps(title string, height, width, columns int, values []float32) (*Maps, error) {
	if height < 1 || width < 1 || len(values) == 0 || len(values)%(height*width) != 0 {
		return nil, fmt.Errorf("maps of %dx%d from %d values, want a multiple of %d", height, width, len(values), height*width)
	}
	n := len(values) / (height * width)
	if columns < 1 {
		for columns = 1; columns*columns < 2*n; {
			columns++
		}
		if n%8 == 0 && columns > 8 { // channels mostly come in multiples of 8
			columns -= columns % 8
		}
	}
	columns = min(columns, n)
	m := &Maps{Title: title, Height: height, Width: width, Rows: (n + columns - 1) / columns, Columns: columns, Values: values}
	m.draw()
	return m, nil
}

// The measures of maps, in pixels.
const (
	mapsWidth = 640 // of the whole, unless single numbers need more
	mapTile   = 56  // the widest that a map is drawn, if a number is more than a pixel
	mapsGap   = 2   // between maps
)

// mapsPaper is the colour between maps: away from black, white, red and blue.
var mapsPaper = color.RGBA{90, 90, 90, 255}

func (m *Maps) draw() {
	scale := min(mapTile/max(m.Width, m.Height), (mapsWidth/m.Columns-mapsGap)/m.Width)
	scale = max(scale, 1)
	stepX, stepY := m.Width*scale+mapsGap, m.Height*scale+mapsGap
	m.picture = image.NewRGBA(image.Rect(0, 0, m.Columns*stepX+mapsGap, m.Rows*stepY+mapsGap))
	draw.Draw(m.picture, m.picture.Bounds(), image.NewUniform(mapsPaper), image.Point{}, draw.Src)
	largest, signed := 0.0, false
	for _, v := range m.Values {
		largest = math.Max(largest, math.Abs(float64(v)))
		signed = signed || v < 0
	}
	size := m.Height * m.Width
	for i, v := range m.Values {
		at, y, x := i/size, i%size/m.Width, i%m.Width
		left, top := mapsGap+at%m.Columns*stepX+x*scale, mapsGap+at/m.Columns*stepY+y*scale
		c := image.NewUniform(mapColour(float64(v)/math.Max(largest, math.SmallestNonzeroFloat64), signed))
		draw.Draw(m.picture, image.Rect(left, top, left+scale, top+scale), c, image.Point{}, draw.Src)
	}
}

// mapColour is the colour of v, from -1 to 1, or from 0 to 1 unless signed.
func mapColour(v float64, signed bool) color.RGBA {
	if !signed {
		g := uint8(math.Round(255 * v))
		return color.RGBA{g, g, g, 255}
	}
	dark := color.RGBA{165, 15, 21, 255} // the red and the blue of the confusion matrix
	if v < 0 {
		dark = color.RGBA{8, 81, 156, 255}
	}
	fade := func(c uint8) uint8 { return uint8(math.Round(255 - math.Abs(v)*float64(255-c))) }
	return color.RGBA{fade(dark.R), fade(dark.G), fade(dark.B), 255}
}

// ColorModel, with Bounds and At, makes Maps an image.
func (m *Maps) ColorModel() color.Model { return m.picture.ColorModel() }

// Bounds is the size of the picture.
func (m *Maps) Bounds() image.Rectangle { return m.picture.Bounds() }

// At is the colour of a pixel.
func (m *Maps) At(x, y int) color.Color { return m.picture.At(x, y) }

// Len is the number of maps.
func (m *Maps) Len() int { return len(m.Values) / (m.Height * m.Width) }

// Map returns the numbers of one map, row by row. Like a slice, it panics unless
// 0 <= i < Len.
func (m *Maps) Map(i int) []float32 {
	size := m.Height * m.Width
	return m.Values[i*size : (i+1)*size : (i+1)*size]
}

// String says in one line what the maps are.
func (m *Maps) String() string {
	lowest, highest := m.Values[0], m.Values[0]
	for _, v := range m.Values {
		lowest, highest = min(lowest, v), max(highest, v)
	}
	return fmt.Sprintf("%s: %d maps of %dx%d, values from %.3g to %.3g", m.Title, m.Len(), m.Height, m.Width, lowest, highest)
}
