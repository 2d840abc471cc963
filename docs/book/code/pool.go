package code

// MaxPool returns the largest element of each window of size x size.
func MaxPool(x Matrix, size, stride int) Matrix {
	y := NewMatrix((x.Rows()-size)/stride+1, (x.Columns()-size)/stride+1)
	for i := range y {
		for j := range y[i] {
			m, n := largest(x, i*stride, j*stride, size)
			y[i][j] = x[m][n]
		}
	}
	return y
}

// MaxPoolBackward hands the gradient of each output to the element that was the largest.
func MaxPoolBackward(x, dy Matrix, size, stride int) Matrix {
	dx := NewMatrix(x.Rows(), x.Columns())
	for i := range dy {
		for j := range dy[i] {
			m, n := largest(x, i*stride, j*stride, size)
			dx[m][n] += dy[i][j]
		}
	}
	return dx
}

// largest returns the place of the largest element of a window, the first one of equal elements.
func largest(x Matrix, top, left, size int) (row, column int) {
	row, column = top, left
	for m := top; m < top+size; m++ {
		for n := left; n < left+size; n++ {
			if x[m][n] > x[row][column] {
				row, column = m, n
			}
		}
	}
	return row, column
}

// AvgPool returns the mean of each window of size x size.
func AvgPool(x Matrix, size, stride int) Matrix {
	y := NewMatrix((x.Rows()-size)/stride+1, (x.Columns()-size)/stride+1)
	for i := range y {
		for j := range y[i] {
			for m := range size {
				for n := range size {
					y[i][j] += x[i*stride+m][j*stride+n] / float64(size*size)
				}
			}
		}
	}
	return y
}

// AvgPoolBackward divides the gradient of each output equally among the elements of its window.
func AvgPoolBackward(x, dy Matrix, size, stride int) Matrix {
	dx := NewMatrix(x.Rows(), x.Columns())
	for i := range dy {
		for j := range dy[i] {
			for m := range size {
				for n := range size {
					dx[i*stride+m][j*stride+n] += dy[i][j] / float64(size*size)
				}
			}
		}
	}
	return dx
}
