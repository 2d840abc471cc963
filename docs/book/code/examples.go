package code

// Stroke returns the image of 5 x 5 pixels on which the book convolves and pools: a vertical stroke.
func Stroke() Matrix {
	return Matrix{
		{0, 1, 3, 1, 0},
		{0, 2, 3, 0, 0},
		{0, 1, 3, 1, 0},
		{0, 1, 3, 2, 0},
		{1, 2, 3, 1, 0},
	}
}

// Edge returns a kernel that responds to vertical edges.
func Edge() Matrix {
	return Matrix{{1, 0, -1}, {1, 0, -1}, {1, 0, -1}}
}

// Square returns the matrix of 4 x 4 numbers on which the book pools.
func Square() Matrix {
	return Matrix{{1, 3, 2, 0}, {4, 2, 1, 1}, {0, 1, 5, 6}, {2, 1, 7, 2}}
}
