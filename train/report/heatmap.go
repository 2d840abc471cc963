package report

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"

	"inkstone/train/metrics"
)

// The dimensions of the heat map, in pixels, and the length of the longest class name.
const (
	mapMargin   = 12
	mapGap      = 1 // between cells
	mapPadding  = 6 // around a number in its cell
	longestName = 16
	maxNumbers  = 64 // largest number of classes for which cells have counts
)

var (
	mapPaper     = color.RGBA{255, 255, 255, 255}
	mapText      = color.RGBA{32, 32, 32, 255}
	mapTextLight = color.RGBA{255, 255, 255, 255}
	correctDark  = color.RGBA{8, 81, 156, 255}  // blue for recognized images
	wrongDark    = color.RGBA{165, 15, 21, 255} // red for confused images
)

// Confusion returns a picture of a confusion matrix as a heat map, with a row for each label and
// a column for each predicted class. Correct predictions, on the diagonal, are blue and wrong
// ones are red.
//
// The saturation of a cell is the square root of its fraction of the images of the row, so that
// even one error in a hundred images is visible. Cells without images are white. A box replaces
// characters of names that are not ASCII. With more than 64 classes the cells are small and
// have no counts. Confusion panics if the matrix is nil, which is a mistake in the program.
func Confusion(c *metrics.Confusion) image.Image {
	if c == nil {
		panic("report: Confusion of a nil matrix")
	}
	const title, side = "predicted", "label"
	classes := c.Classes()
	names, widest, digits := make([]string, len(classes)), 0, 1
	for i, name := range classes {
		names[i] = shorten(name, longestName)
		widest = max(widest, textWidth(names[i]))
	}
	for i := range classes {
		for j := range classes {
			digits = max(digits, len(strconv.Itoa(c.At(i, j))))
		}
	}
	cell := max(textWidth("0")*2, digits*advance) + 2*mapPadding
	numbers := len(names) <= maxNumbers
	if !numbers {
		cell = textHeight + 2
	}
	upright := widest > cell // draw long column names from bottom to top
	head := textHeight
	if upright {
		head = widest
	}
	left := mapMargin + textHeight + mapPadding + widest + mapPadding
	top := mapMargin + textHeight + mapPadding + head + mapPadding
	extent := len(names)*(cell+mapGap) - mapGap
	width := left + max(extent, textWidth(title)) + mapMargin
	height := top + max(extent, textWidth(side)) + mapMargin

	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(mapPaper), image.Point{}, draw.Src)
	drawText(img, left+max(0, extent-textWidth(title))/2, mapMargin, title, mapText)
	drawTextUp(img, mapMargin, top+(max(extent, textWidth(side))+textWidth(side))/2, side, mapText)

	for i, name := range names {
		at := i * (cell + mapGap)
		drawText(img, left-mapPadding-textWidth(name), top+at+(cell-textHeight)/2, name, mapText)
		if upright {
			drawTextUp(img, left+at+(cell-textHeight)/2, top-mapPadding, name, mapText)
		} else {
			drawText(img, left+at+(cell-textWidth(name))/2, top-mapPadding-textHeight, name, mapText)
		}
		for j := range names {
			n := c.At(i, j)
			if n == 0 {
				continue
			}
			x, y := left+j*(cell+mapGap), top+at
			fill, ink := shade(c, i, j)
			draw.Draw(img, image.Rect(x, y, x+cell, y+cell), image.NewUniform(fill), image.Point{}, draw.Src)
			if numbers {
				number := strconv.Itoa(n)
				drawText(img, x+(cell-textWidth(number))/2, y+(cell-textHeight)/2, number, ink)
			}
		}
	}
	drawGrid(img, left, top, len(names), cell)
	return img
}

// drawGrid draws thin lines between the cells and around them.
func drawGrid(img *image.RGBA, left, top, n, cell int) {
	line := color.RGBA{208, 208, 208, 255}
	end := n * (cell + mapGap)
	for i := range n + 1 {
		at := i*(cell+mapGap) - mapGap
		for k := -mapGap; k < end; k++ {
			img.Set(left+at, top+k, line)
			img.Set(left+k, top+at, line)
		}
	}
}

// shade returns the color of a cell and the color of the number in it.
func shade(c *metrics.Confusion, label, predicted int) (fill, ink color.RGBA) {
	images := 0
	for j := range c.Classes() {
		images += c.At(label, j)
	}
	depth := 0.0
	if images > 0 {
		depth = math.Sqrt(float64(c.At(label, predicted)) / float64(images))
	}
	dark := wrongDark
	if label == predicted {
		dark = correctDark
	}
	between := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + depth*(float64(b)-float64(a)))) }
	fill = color.RGBA{between(mapPaper.R, dark.R), between(mapPaper.G, dark.G), between(mapPaper.B, dark.B), 255}
	if depth > 0.55 {
		return fill, mapTextLight
	}
	return fill, mapText
}
