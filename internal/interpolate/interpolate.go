// Package interpolate computes gray values between the pixels of an image by bilinear
// interpolation. It uses integer arithmetic, so every processor gives the same bytes.
//
// A frame is an image with a border of background that is one pixel wide. A point that is
// less than a pixel outside of the image lies between pixels of the image and the border.
package interpolate

// NewFrame returns a frame for images of height x width pixels. All its pixels are 0, the
// background. Its rows have width+2 pixels, and pixel (x, y) of the image has the index
// (y+1)*(width+2) + x+1.
func NewFrame(height, width int) []byte { return make([]byte, (height+2)*(width+2)) }

// FillFrame copies an image into a frame. It does not change the border.
func FillFrame(frame, image []byte, width int) {
	for pos := width + 3; len(image) > 0; pos += width + 2 {
		copy(frame[pos:], image[:width])
		image = image[width:]
	}
}

// Bilinear returns the bilinear interpolation between four pixels:
//
//	a b
//	c d
//
// The point is right/2^bits pixels to the right of a and c, and down/2^bits pixels below a
// and b. right and down are at most 2^bits, and bits is at most 12. The result is rounded
// to the nearest integer.
func Bilinear(a, b, c, d byte, right, down uint32, bits uint) byte {
	above := uint32(a)*(1<<bits-right) + uint32(b)*right
	below := uint32(c)*(1<<bits-right) + uint32(d)*right
	return byte((above*(1<<bits-down) + below*down + 1<<(2*bits)/2) >> (2 * bits))
}
