// Package interpolate computes the gray value at a place between the pixels of an image,
// by bilinear interpolation. It works on whole numbers, so every processor gives the
// same bytes.
//
// An image lies in a frame, a border of background that is one pixel wide: a place less
// than a pixel outside of the image lies between its pixels and those of the border.
package interpolate

// Frame returns a frame for images of height x width pixels, all background, 0. Its rows
// are width+2 pixels long, and pixel (x, y) of the image is at (y+1)*(width+2) + x+1.
func Frame(height, width int) []byte { return make([]byte, (height+2)*(width+2)) }

// Enter copies an image into its frame and leaves the border as it is.
func Enter(frame, image []byte, width int) {
	for at := width + 3; len(image) > 0; at += width + 2 {
		copy(frame[at:], image[:width])
		image = image[width:]
	}
}

// Bilinear mixes the pixels around a place. The place is right/2^bits pixels to the right
// of the pixels a (above) and c (below), and down/2^bits pixels below the pixels a (left)
// and b (right):
//
//	a b
//	c d
//
// right and down are at most 2^bits, and bits is at most 12. The result is rounded to the
// nearest whole number.
func Bilinear(a, b, c, d byte, right, down uint32, bits uint) byte {
	above := uint32(a)*(1<<bits-right) + uint32(b)*right
	below := uint32(c)*(1<<bits-right) + uint32(d)*right
	return byte((above*(1<<bits-down) + below*down + 1<<(2*bits)/2) >> (2 * bits))
}
