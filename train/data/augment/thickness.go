package augment

// thicken widens the strokes in the frame by amount pixels on either side, or thins
// them by -amount. A whole pixel is a grey dilation, the largest value in the cross of a
// pixel and its four neighbours, or an erosion, the smallest; a fraction mixes the
// image with the whole step.
func (a *Augmenter) thicken(amount float64) {
	grow := amount > 0
	if !grow {
		amount = -amount
	}
	for ; amount > 0; amount-- {
		mixed := int(float64(min(amount, 1)*one) + 0.5)
		a.morph(grow, mixed)
	}
}

// morph replaces the frame by the mixture of itself and its dilation or erosion, of
// which it takes mixed parts in 256.
func (a *Augmenter) morph(grow bool, mixed int) {
	stride := a.width + 2
	for y := 1; y <= a.height; y++ {
		out := a.spare[y*stride+1:][:a.width]
		above := a.frame[(y-1)*stride+1:][:a.width]
		here := a.frame[y*stride:][:stride]
		below := a.frame[(y+1)*stride+1:][:a.width]
		for x := range out {
			left, v, right := here[x], here[x+1], here[x+2]
			var end byte
			if grow {
				end = max(v, left, right, above[x], below[x])
			} else {
				end = min(v, left, right, above[x], below[x])
			}
			out[x] = byte(int(v) + ((int(end)-int(v))*mixed+one/2)>>weightBits)
		}
	}
	a.frame, a.spare = a.spare, a.frame
}
