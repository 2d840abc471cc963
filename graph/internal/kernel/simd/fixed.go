package simd

// FixedColumns is the maximum number of columns of [NormalizeFixedGrad]: a cache line of float32.
const FixedColumns = 16

// fixedRows is the number of rows in a block. AVX2 goes through a block twice, once for each
// vector of columns, and the block stays in the first-level cache.
const fixedRows = 64

// FixedSums holds the sums over rows that [NormalizeFixedGrad] computes for each column.
type FixedSums struct{ Sum, Dot [FixedColumns]float64 }

// NormalizeFixedGrad computes the gradients of y = gamma·(x - mean)·inverse + beta for rows of
// len(gamma) columns that begin stride elements apart:
//
//	dx[r][c] = dy[r][c]·gamma[c]·inverse[c]
//	Sum[c] = Σ_r dy[r][c]    Dot[c] = Σ_r dy[r][c]·((x[r][c] - mean[c])·inverse[c])
//
// The sums are taken in float64 in the order of the rows, and the bits are the same on all paths.
// dx or sums may be nil. dx may be dy.
func NormalizeFixedGrad(rows, stride int, dx []float32, sums *FixedSums, dy, x, gamma, mean, inverse []float32) error {
	const name = "fixed normalize gradient"
	n := len(gamma)
	if err := firstError(checkSizes(name, rows, n), checkStrides(name, stride), checkLen(name, "mean", len(mean), n), checkLen(name, "inverse", len(inverse), n)); err != nil {
		return err
	}
	size := span(rows, stride, n)
	if err := firstError(checkAtLeast(name, "dy", len(dy), size), checkAtLeast(name, "x", len(x), size)); err != nil {
		return err
	}
	if n > FixedColumns {
		return checkLen(name, "gamma", n, FixedColumns)
	}
	if dx != nil {
		if err := checkAtLeast(name, "dx", len(dx), size); err != nil {
			return err
		}
	}
	if sums != nil {
		*sums = FixedSums{}
	}
	if active.fixedGrad == nil {
		fixedGrad(rows, stride, dx, sums, dy, x, gamma, mean, inverse)
		return nil
	}
	for r := 0; r < rows; r += fixedRows {
		for c := 0; c < n; c += active.lanes {
			at, rows, lanes := r*stride+c, min(rows-r, fixedRows), min(n-c, active.lanes)
			switch {
			case sums == nil && dx == nil:
			case sums == nil:
				active.fixedGrad(rows, stride, &dx[at], &dy[at], nil, &gamma[c], nil, &inverse[c], nil, nil, lanes)
			case dx == nil:
				active.fixedSums(rows, stride, nil, &dy[at], &x[at], nil, &mean[c], &inverse[c], &sums.Sum[c], &sums.Dot[c], lanes)
			default:
				active.fixedGradSums(rows, stride, &dx[at], &dy[at], &x[at], &gamma[c], &mean[c], &inverse[c], &sums.Sum[c], &sums.Dot[c], lanes)
			}
		}
	}
	return nil
}

func fixedGrad(rows, stride int, dx []float32, sums *FixedSums, dy, x, gamma, mean, inverse []float32) {
	for r := range rows {
		for c, g := range dy[r*stride:][:len(gamma)] {
			at := r*stride + c
			if sums != nil {
				sums.Sum[c] += float64(g)
				sums.Dot[c] += float64(g) * float64((x[at]-mean[c])*inverse[c])
			}
			if dx != nil {
				dx[at] = g * gamma[c] * inverse[c]
			}
		}
	}
}
