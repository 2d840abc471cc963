package simd

import "fmt"

// patchShape is a window of R by S vectors, applied at P by Q neighboring positions.
type patchShape struct{ R, S, P, Q int }

// Patch adds scaled windows of R by S vectors to patches of (R+P-1) by (S+Q-1)
// vectors: at position (p, q), for each entry of its list,
//
//	dst[p+r][q+s][:] += value · src[offset + r·srcRow + s·lanes ...]
//
// With the weights as src and gradients as entries it is the input gradient of a
// convolution; with the image as src, its weight gradient. The time depends on the
// number of entries, the gradients that are not zero.
type Patch struct {
	shape  patchShape
	kernel patchFunc
	lanes  int
}

// HasPatch reports whether the path in use has a kernel for a window of r by s vectors of the given
// lanes, [Lanes] or [HalfLanes], at p by q positions.
func HasPatch(lanes, r, s, p, q int) bool {
	set, err := vectorsOf(lanes)
	if err != nil || set.patch == nil {
		return err == nil && r > 0 && s > 0 && p > 0 && q > 0
	}
	return set.patch[patchShape{r, s, p, q}] != nil
}

// NewPatch returns the kernel of the path in use for a window; see [HasPatch].
func NewPatch(lanes, r, s, p, q int) (*Patch, error) {
	set, err := vectorsOf(lanes)
	if err != nil {
		return nil, err
	}
	if !HasPatch(lanes, r, s, p, q) {
		return nil, fmt.Errorf("simd: patch: no kernel for a %dx%d window at %dx%d positions on path %s", r, s, p, q, Path())
	}
	shape := patchShape{r, s, p, q}
	return &Patch{shape: shape, kernel: set.patch[shape], lanes: lanes}, nil
}

// Run updates n patches of dst, step apart, whose rows are dstRow and whose columns dstCol apart. It
// applies P·Q lists to each patch, beginning with the list of row.
func (k *Patch) Run(dst []float32, dstRow, dstCol, step int, src []float32, srcRow int, l *Lists, row, n int) error {
	w := k.shape
	if err := firstError(
		checkSizes("patch", n, row+1),
		checkStrides("patch", dstRow, dstCol, step, srcRow),
		checkAtLeast("patch", "lists", l.rows, row+n*w.P*w.Q),
		checkAtLeast("patch", "dst", len(dst), span(n, step, span(w.R+w.P-1, dstRow, span(w.S+w.Q-1, dstCol, k.lanes)))),
		checkAtLeast("patch", "src", len(src), l.limit+span(w.R, srcRow, w.S*k.lanes)),
	); err != nil {
		return err
	}
	at := int(l.start[row])
	if k.kernel != nil {
		k.kernel(n, &l.cnt[row], &l.off[at], &l.val[at], &src[0], srcRow, &dst[0], dstRow, dstCol, step)
		return nil
	}
	for i := range n * w.P * w.Q {
		patch, pos := i/(w.P*w.Q), i%(w.P*w.Q)
		to := dst[patch*step+pos/w.Q*dstRow+pos%w.Q*dstCol:]
		for range l.cnt[row+i] {
			from, v := src[l.off[at]:], l.val[at]
			for r := range w.R {
				for s := range w.S {
					axpy(to[r*dstRow+s*dstCol:][:k.lanes], from[r*srcRow+s*k.lanes:][:k.lanes], v)
				}
			}
			at++
		}
	}
	return nil
}
