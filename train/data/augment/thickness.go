package augment

// thicken widens the strokes in the frame by amount pixels on either side, or thins them by
// -amount pixels. A step of one pixel is a gray dilation or erosion: each pixel becomes the
// largest or the smallest value of itself and its four neighbors. A fraction of a pixel
// mixes the images before and after a step.
func (a *Augmenter) thicken(amount float64) {
	dilate := amount > 0
	if !dilate {
		amount = -amount
	}
	for ; amount > 0; amount-- {
		share := int(float64(min(amount, 1)*one) + 0.5)
		a.morph(dilate, share)
	}
}

// morph mixes the frame with its dilation or erosion. share is the weight of the dilation
// or erosion, in 256ths.
func (a *Augmenter) morph(dilate bool, share int) {
	stride := a.width + 2
	for y := 1; y <= a.height; y++ {
		out := a.scratch[y*stride+1:][:a.width]
		above := a.frame[(y-1)*stride+1:][:a.width]
		here := a.frame[y*stride:][:stride]
		below := a.frame[(y+1)*stride+1:][:a.width]
		for x := range out {
			left, v, right := here[x], here[x+1], here[x+2]
			var extreme byte
			if dilate {
				extreme = max(v, left, right, above[x], below[x])
			} else {
				extreme = min(v, left, right, above[x], below[x])
			}
			out[x] = byte(int(v) + ((int(extreme)-int(v))*share+one/2)>>weightBits)
		}
	}
	a.frame, a.scratch = a.scratch, a.frame
}
