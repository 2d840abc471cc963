package data

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"

	"inkstone/internal/inline"
)

const (
	sheetWidth   = 640 // width of a sheet in pixels that few columns of images are enlarged to
	sheetSmall   = 56  // smallest height and width of an image in pixels
	sheetLarge   = 280 // largest height and width to which an image is enlarged
	sheetGap     = 2   // width of the lines between images
	sheetColumns = 10  // default number of columns
	sheetFirst   = 100 // default number of images
)

// sheetBackground is the color between the images. It differs from black and white, so that the
// edges of the images are visible.
var sheetBackground = color.Gray{Y: 96}

// Sheet is a picture of images of a set, see [Set.ContactSheet].
type Sheet struct {
	picture *image.Gray
	title   string
	labels  []string // rows of the names of the classes
}

// ContactSheet returns a picture of the images with the given indices, row by row, with thin
// lines between them, and their classes. Images are enlarged by an integer factor: to at least
// 56 pixels, and to up to 280 if there are few columns.
//
// If indices is nil, it shows the first 100 images. If columns is below 1, a row has ten
// images. The place of an index outside the set stays empty.
func (s *Set) ContactSheet(indices []int, columns int) *Sheet {
	s.mustExist()
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

	least := (sheetSmall + min(s.height, s.width) - 1) / min(s.height, s.width)
	scale := max(1, least, min(sheetWidth/columns-sheetGap, sheetLarge)/max(s.height, s.width))
	stepX, stepY := s.width*scale+sheetGap, s.height*scale+sheetGap
	sheet := &Sheet{
		picture: image.NewGray(image.Rect(0, 0, columns*stepX+sheetGap, rows*stepY+sheetGap)),
		title:   fmt.Sprintf("%d images of %s", len(indices), s.name),
	}
	draw.Draw(sheet.picture, sheet.picture.Bounds(), image.NewUniform(sheetBackground), image.Point{}, draw.Src)

	for k, i := range indices {
		if k%columns == 0 {
			sheet.labels = append(sheet.labels, "")
		}
		label := "-"
		if i >= 0 && i < s.Len() {
			label = s.classes[s.Label(i)]
			s.paint(sheet.picture, i, sheetGap+k%columns*stepX, sheetGap+k/columns*stepY, scale)
		}
		row := &sheet.labels[len(sheet.labels)-1]
		*row = strings.TrimPrefix(*row+" "+label, " ")
	}
	return sheet
}

// paint paints image i, enlarged by a factor.
func (s *Set) paint(picture *image.Gray, i, left, top, scale int) {
	pixels := s.Pixels(i)
	for y := range s.height * scale {
		row := picture.Pix[picture.PixOffset(left, top+y):]
		for x := range s.width * scale {
			row[x] = pixels[y/scale*s.width+x/scale]
		}
	}
}

// Picture returns the images without their classes.
func (s *Sheet) Picture() image.Image { return s.picture }

// String returns the number of images and their classes, row by row.
func (s *Sheet) String() string {
	if len(s.labels) == 0 {
		return s.title
	}
	return s.title + ": " + strings.Join(s.labels, " / ")
}

// HTML returns the picture with the classes of the images below it, for a notebook or a page.
func (s *Sheet) HTML() string {
	width := s.picture.Bounds().Dx()
	return inline.Figure(inline.PNG(s.picture), width, s.title, s.String())
}
