package code

// Conv slides the kernel w over the image x. Each output is the sum of a window of x, multiplied
// element by element with w.
func Conv(x, w Matrix, stride int) Matrix {
	y := NewMatrix((x.Rows()-w.Rows())/stride+1, (x.Columns()-w.Columns())/stride+1)
	for i := range y {
		for j := range y[i] {
			for m := range w {
				for n := range w[m] {
					y[i][j] += x[i*stride+m][j*stride+n] * w[m][n]
				}
			}
		}
	}
	return y
}

// ConvBackward returns the gradients of the loss with respect to the image and to the kernel, given dy,
// the gradient with respect to the output.
func ConvBackward(x, w, dy Matrix, stride int) (dx, dw Matrix) {
	dx, dw = NewMatrix(x.Rows(), x.Columns()), NewMatrix(w.Rows(), w.Columns())
	for i := range dy {
		for j := range dy[i] {
			for m := range w {
				for n := range w[m] {
					dx[i*stride+m][j*stride+n] += dy[i][j] * w[m][n]
					dw[m][n] += dy[i][j] * x[i*stride+m][j*stride+n]
				}
			}
		}
	}
	return dx, dw
}
