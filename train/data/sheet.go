package data

import (
	"image"
	"image/color"
	"image/draw"
)

const (
	sheetTile    = 56  // least height and width of a tile in pixels
	sheetGap     = 2   // width of the lines between tiles
	sheetColumns = 10  // columns when the caller names none
	sheetFirst   = 100 // images when the caller names none
)

// sheetPaper is the colour between the tiles: away from both black and white, so
// that the edges of the images show.
var sheetPaper = color.Gray{Y: 96}

// ContactSheet returns a picture that shows the images with the given indices row by
// row, columns to a row, with thin lines between them. Small images are enlarged by
// a whole factor until both sides have at least 56 pixels.
//
// With nil indices it shows the first 100 images (all, when there are fewer), and
// with columns below one it puts ten in a row. The place of an index outside the
// set stays empty.
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
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(sheetPaper), image.Point{}, draw.Src)

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
