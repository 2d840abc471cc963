// Package code holds the Go code that the book explains: a small convolutional network, its loss
// and its gradients, written for reading. The tests compare it with package graph, which is
// written for speed.
package code

// Matrix is a matrix of numbers by row and column. An image of one channel is a matrix.
type Matrix [][]float64

// NewMatrix returns a matrix of zeros.
func NewMatrix(rows, columns int) Matrix {
	m := make(Matrix, rows)
	for i := range m {
		m[i] = make([]float64, columns)
	}
	return m
}

// Rows returns the number of rows.
func (m Matrix) Rows() int { return len(m) }

// Columns returns the number of columns.
func (m Matrix) Columns() int { return len(m[0]) }

// Flatten returns the elements, row by row.
func (m Matrix) Flatten() []float64 {
	var all []float64
	for _, row := range m {
		all = append(all, row...)
	}
	return all
}
