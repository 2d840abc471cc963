package picture

// upright returns the picture turned and mirrored so that it stands as its Exif orientation
// says. A camera stores the picture as its sensor lies and notes how it was held.
//
// The orientation says where the first row and the first column of the file belong:
//
//	1 top, left      2 top, right      3 bottom, right   4 bottom, left
//	5 left, top      6 right, top      7 right, bottom   8 left, bottom
func (c *colors) upright(orientation int) *colors {
	if orientation < 2 || orientation > 8 {
		return c
	}
	turned := newColors(c.width, c.height)
	if orientation >= 5 {
		turned = newColors(c.height, c.width)
	}
	for y := range turned.height {
		for x := range turned.width {
			right, bottom := turned.width-1-x, turned.height-1-y
			var column, row int // of the file
			switch orientation {
			case 2:
				column, row = right, y
			case 3:
				column, row = right, bottom
			case 4:
				column, row = x, bottom
			case 5:
				column, row = y, x
			case 6:
				column, row = y, right
			case 7:
				column, row = bottom, right
			case 8:
				column, row = bottom, x
			}
			for i := range c.planes {
				turned.planes[i][y*turned.width+x] = c.planes[i][row*c.width+column]
			}
		}
	}
	return turned
}
