package model

import (
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"

	"inkstone/internal/failed"
	"inkstone/internal/inline"
)

// Maps are small pictures side by side, each of which shows a matrix: the filters of a
// convolution, for example, or its feature maps. All maps have one scale. If no value is
// negative, black stands for zero and white for the largest value. Otherwise white stands for
// zero, red for positive and blue for negative values.
type Maps struct {
	// Title is one line about what the maps show.
	Title string
	// Height and Width are the size of one map, Rows and Columns that of the grid of maps.
	Height, Width, Rows, Columns int
	// Values holds the maps in turn, each row by row. There are Rows x Columns maps, or
	// fewer if the last row of the grid is not full.
	Values []float32

	picture *image.RGBA
	err     error // of the call that returned them
}

// NewMaps returns maps of height x width, which values holds in turn, in a grid with
// that number of columns; 0 columns choose a grid that is wider than high. It returns an
// error if a size is below 1, if columns is below 0, or if values does not hold a whole number of maps.
func NewMaps(title string, height, width, columns int, values []float32) (*Maps, error) {
	if height < 1 || width < 1 || height > math.MaxInt/width || len(values) == 0 || len(values)%(height*width) != 0 {
		return nil, fmt.Errorf("%d values for maps of %dx%d, want sizes above 0 and a positive multiple of their product", len(values), height, width)
	}
	if columns < 0 {
		return nil, fmt.Errorf("maps in %d columns, want at least 0", columns)
	}
	n := len(values) / (height * width)
	if columns < 1 {
		for columns = 1; columns*columns < 2*n; {
			columns++
		}
		if n%8 == 0 && columns > 4 { // most layers have a multiple of 8 channels
			columns = max(8, columns-columns%8)
		}
	}
	columns = min(columns, n)
	m := &Maps{Title: title, Height: height, Width: width, Rows: (n + columns - 1) / columns, Columns: columns, Values: values}
	m.draw()
	return m, nil
}

// Sizes in the picture, in pixels.
const (
	mapsWidth  = 640 // width of the picture, unless one pixel per value needs more
	mapsHeight = 224 // height to which few rows of maps are enlarged
	mapTile    = 56  // width and height to which the maps of many rows are enlarged
	mapsGap    = 2   // distance between maps
)

// mapsBackground is the color between the maps. It differs from the colors in them.
var mapsBackground = color.RGBA{90, 90, 90, 255}

func (m *Maps) draw() {
	tile := max(mapTile, mapsHeight/m.Rows)
	scale := min(tile/max(m.Width, m.Height), (mapsWidth/m.Columns-mapsGap)/m.Width)
	scale = max(scale, 1)
	stepX, stepY := m.Width*scale+mapsGap, m.Height*scale+mapsGap
	m.picture = image.NewRGBA(image.Rect(0, 0, m.Columns*stepX+mapsGap, m.Rows*stepY+mapsGap))
	draw.Draw(m.picture, m.picture.Bounds(), image.NewUniform(mapsBackground), image.Point{}, draw.Src)
	largest, signed := 0.0, false
	for _, v := range m.Values {
		largest = math.Max(largest, math.Abs(float64(v)))
		signed = signed || v < 0
	}
	size := m.Height * m.Width
	for i, v := range m.Values {
		index, y, x := i/size, i%size/m.Width, i%m.Width
		left, top := mapsGap+index%m.Columns*stepX+x*scale, mapsGap+index/m.Columns*stepY+y*scale
		c := image.NewUniform(mapColor(float64(v)/math.Max(largest, math.SmallestNonzeroFloat64), signed))
		draw.Draw(m.picture, image.Rect(left, top, left+scale, top+scale), c, image.Point{}, draw.Src)
	}
}

// Red and Blue are the colors of the largest positive and negative values in maps and
// explanations. The confusion matrix has them too.
var (
	Red  = color.RGBA{165, 15, 21, 255}
	Blue = color.RGBA{8, 81, 156, 255}
)

// mapColor returns the color of v, which is from -1 to 1 if signed and from 0 to 1 if not.
func mapColor(v float64, signed bool) color.RGBA {
	if !signed {
		g := uint8(math.Round(255 * v))
		return color.RGBA{g, g, g, 255}
	}
	dark := Red
	if v < 0 {
		dark = Blue
	}
	fade := func(c uint8) uint8 { return uint8(math.Round(255 - math.Abs(v)*float64(255-c))) }
	return color.RGBA{fade(dark.R), fade(dark.G), fade(dark.B), 255}
}

// Picture returns the maps as a picture with lines between them. It panics with the error of the
// call that returned the maps, if there was one.
func (m *Maps) Picture() image.Image {
	if m.err != nil {
		panic(m.err)
	}
	return m.picture
}

// Len returns the number of maps.
func (m *Maps) Len() int { return len(m.Values) / max(1, m.Height*m.Width) }

// Map returns the values of map i, row by row. It panics unless 0 <= i < Len.
func (m *Maps) Map(i int) []float32 {
	size := m.Height * m.Width
	return m.Values[i*size : (i+1)*size : (i+1)*size]
}

// String returns one line with the title, the number of maps, and their size and range.
func (m *Maps) String() string {
	if m.err != nil {
		return failed.Text("maps", m.err)
	}
	lowest, highest := slices.Min(m.Values), slices.Max(m.Values)
	return fmt.Sprintf("%s: %d maps of %dx%d, values from %.3g to %.3g", m.Title, m.Len(), m.Height, m.Width, lowest, highest)
}

// Sizes of the scale below the maps, in pixels.
const scaleWidth, scaleHeight = 160, 10

// scale returns a bar with the colors of the values from low to high.
func (m *Maps) scale(low, high float64) image.Image {
	bar := image.NewRGBA(image.Rect(0, 0, scaleWidth, scaleHeight))
	for x := range scaleWidth {
		v := low + (high-low)*float64(x)/(scaleWidth-1)
		c := image.NewUniform(mapColor(v/math.Max(high, math.SmallestNonzeroFloat64), low < 0))
		draw.Draw(bar, image.Rect(x, 0, x+1, scaleHeight), c, image.Point{}, draw.Src)
	}
	return bar
}

// HTML returns the picture with its title and the scale of its colors, for a notebook or a page.
func (m *Maps) HTML() string {
	if m.err != nil {
		return failed.HTML("maps", m.err)
	}
	lowest, highest := float64(slices.Min(m.Values)), float64(slices.Max(m.Values))
	low, high := 0.0, highest
	if lowest < 0 {
		high = math.Max(highest, -lowest)
		low = -high
	}
	title := fmt.Sprintf("%s: %d maps of %dx%d", m.Title, m.Len(), m.Height, m.Width)
	return fmt.Sprintf("<div>%s</div>\n<div>%s</div>\n<div>%.2g %s %.2g (the values are from %.2g to %.2g)</div>",
		html.EscapeString(title), inline.Image(inline.PNG(m.picture), m.picture.Bounds().Dx(), title),
		low, inline.Image(inline.PNG(m.scale(low, high)), scaleWidth, "scale of the colors"), high, lowest, highest)
}
