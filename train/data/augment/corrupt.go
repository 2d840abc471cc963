package augment

// addNoise adds normal noise to an image and clips the sums to 0 to 255. deviation is the
// standard deviation as a fraction of 255.
func (a *Augmenter) addNoise(image []byte, deviation float64) {
	deviation *= 255
	for i, v := range image {
		noisy := float64(v) + 0.5 + float64(a.rand.NormFloat64()*deviation)
		image[i] = byte(min(max(noisy, 0), 255))
	}
}

// cut sets a square around the pixel (x, y) to 0. A square with an even side extends one
// pixel further to the left and up than to the right and down.
func (a *Augmenter) cut(image []byte, x, y int) {
	side := a.options.Cutout
	left, top := x-side/2, y-side/2
	right, bottom := min(left+side, a.width), min(top+side, a.height)
	for row := max(top, 0); row < bottom; row++ {
		clear(image[row*a.width+max(left, 0) : row*a.width+max(right, 0)])
	}
}
