package data

import (
	"image"
	"image/color"
	"image/draw"
)

const (
	sheetTile    = 56  // smallest height and width of a tile in pixels
	sheetGap     = 2   // width of the lines between tiles
	sheetColumns = 10  // default number of columns
	sheetFirst   = 100 // default number of images
)

// sheetBackground is the color between the tiles. It differs from black and white, so that the
// edges of the images are visible.
var sheetBackground = color.Gray{Y: 96}

// ContactSheet returns a picture of the images with the given indices, row by row, with thin
// lines between them. Small images are enlarged by an integer factor, so that both sides have
// at least 56 pixels.
//
// If indices is nil, it shows the first 100 images. If columns is below 1, a row has ten
// images. The place of an index outside the set stays empty.
func (s *Set) ContactSheet(indices []int, columns int) image.Image {
	if indices == nil {
		indices = make([]int, min(s.Len(), sheetFirst))
		for i := range indices {
			indices[i] = i
		}
	}
	if columns < 1 {
		columns = sheetColumns
	}
	columns = max(1, min(columns, len(indices)))
	rows := (len(indices) + columns - 1) / columns

	small := min(s.height, s.width)
	scale := max(1, (sheetTile+small-1)/small)
	stepX, stepY := s.width*scale+sheetGap, s.height*scale+sheetGap
	sheet := image.NewGray(image.Rect(0, 0, columns*stepX+sheetGap, rows*stepY+sheetGap))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(sheetBackground), image.Point{}, draw.Src)

	for k, i := range indices {
		if i < 0 || i >= s.Len() {
			continue
		}
		left, top := sheetGap+k%columns*stepX, sheetGap+k/columns*stepY
		pixels := s.Pixels(i)
		for y := range s.height * scale {
			row := sheet.Pix[sheet.PixOffset(left, top+y):]
			for x := range s.width * scale {
				row[x] = pixels[y/scale*s.width+x/scale]
			}
		}
	}
	return sheet
}
