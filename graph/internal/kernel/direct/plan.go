package direct

import "inkstone/graph/internal/kernel/simd"

// rowPatch is a patch kernel for some rows of a window.
type rowPatch struct {
	*simd.Patch
	from, rows int // the rows of the window
}

// rowPatches returns the smallest number of kernels that together cover a window of r by s
// vectors of the given lanes and work at p by q positions at a time, or nil if the path has no such kernels.
func rowPatches(lanes, r, s, p, q int) ([]rowPatch, error) {
	var list []rowPatch
	for from := 0; from < r; {
		n := r - from
		for n > 0 && (n > maxPatchRows || !simd.HasPatch(lanes, n, s, p, q)) {
			n--
		}
		if n == 0 {
			return nil, nil
		}
		k, err := simd.NewPatch(lanes, n, s, p, q)
		if err != nil {
			return nil, err
		}
		list = append(list, rowPatch{k, from, n})
		from += n
	}
	return list, nil
}

// maxPatchRows is the maximum number of window rows of a patch kernel.
const maxPatchRows = 5

// coversWindow reports whether one kernel covers the window. Only then are several positions at
// a time faster.
func coversWindow(list []rowPatch) bool { return len(list) == 1 }
