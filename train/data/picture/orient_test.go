package picture

import (
	"slices"
	"testing"
)

// TestUpright turns a file of 3 x 2 pixels. The right pictures follow from where Exif puts the
// first row and the first column.
func TestUpright(t *testing.T) {
	file := newColors(3, 2)
	for i := range file.planes {
		file.planes[i] = []float32{
			1, 2, 3,
			4, 5, 6,
		}
	}
	for orientation, want := range [][]float32{
		0: {1, 2, 3, 4, 5, 6},
		1: {1, 2, 3, 4, 5, 6},
		2: {3, 2, 1, 6, 5, 4},
		3: {6, 5, 4, 3, 2, 1},
		4: {4, 5, 6, 1, 2, 3},
		5: {1, 4, 2, 5, 3, 6},
		6: {4, 1, 5, 2, 6, 3},
		7: {6, 3, 5, 2, 4, 1},
		8: {3, 6, 2, 5, 1, 4},
		9: {1, 2, 3, 4, 5, 6},
	} {
		got := file.upright(orientation)
		if turned := orientation >= 5 && orientation <= 8; turned != (got.width == 2) {
			t.Errorf("orientation %d: %d x %d", orientation, got.width, got.height)
		}
		for i := range got.planes {
			if !slices.Equal(got.planes[i], want) {
				t.Errorf("orientation %d: %v, want %v", orientation, got.planes[i], want)
			}
		}
	}
}
