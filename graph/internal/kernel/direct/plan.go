package direct

import "inkstone/graph/internal/kernel/simd"

// rowPatch is a patch kernel for some rows of a window.
type rowPatch struct {
	*simd.Patch
	from, rows int // the rows of the window
}

// rowPatches covers a window of r by s vectors with the fewest kernels that work at p
// by q positions at a time; nil if the path has none of that width.
func rowPatches(r, s, p, q int) ([]rowPatch, error) {
	var list []rowPatch
	for from := 0; from < r; {
		n := r - from
		for n > 0 && (n > maxPatchRows || !simd.HasPatch(n, s, p, q)) {
			n--
		}
		if n == 0 {
			return nil, nil
		}
		k, err := simd.NewPatch(n, s, p, q)
		if err != nil {
			return nil, err
		}
		list = append(list, rowPatch{k, from, n})
		from += n
	}
	return list, nil
}

// maxPatchRows is the greatest number of window rows of any patch kernel.
const maxPatchRows = 5

// whole tells whether one kernel covers the window: several positions at a time pay only then.
func coversWindow(list []rowPatch) bool { return len(list) == 1 }
