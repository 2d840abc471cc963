package simd

// columnBlocks calls f for blocks of n columns: of four vectors while more than three vectors
// of columns are left, then of two, then of one. width is the index of the kernel: 0 for
// one vector, 1 for two, 2 for four. lanes is the number of columns in the last vector.
func columnBlocks(n int, f func(col, width, lanes int)) {
	l := active.lanes
	for c := 0; c < n; {
		width := 2
		for width > 0 && n-c <= (1<<width-1)*l {
			width--
		}
		last := (1<<width - 1) * l
		f(c, width, min(l, n-c-last))
		c += last + l
	}
}

// ColumnSums adds to each sum[c] the column c of x, whose rows are as long as sum.
func ColumnSums(sum, x []float32) error {
	n := len(sum)
	rows, err := wholeRows("column sums", len(x), n)
	if err != nil {
		return err
	}
	if active.sum[0] == nil {
		for ; len(x) > 0; x = x[n:] {
			for c, v := range x[:n] {
				sum[c] += v
			}
		}
		return nil
	}
	columnBlocks(n, func(c, width, lanes int) {
		active.sum[width](rows, n, &x[c], &sum[c], lanes)
	})
	return nil
}

// ReLUGradSums is [ReLUGrad] followed by [ColumnSums] of dx, in one pass. dx may be dy.
func ReLUGradSums(dx, sum, dy, y []float32) error {
	n := len(sum)
	rows, err := wholeRows("relu gradient sums", len(dy), n)
	if err = firstError(err, checkLen("relu gradient sums", "dx", len(dx), len(dy)),
		checkLen("relu gradient sums", "y", len(y), len(dy))); err != nil {
		return err
	}
	if active.reluSum[0] == nil {
		for i, d := range dy {
			if !(y[i] > 0) {
				d = 0
			}
			dx[i] = d
			sum[i%n] += d
		}
		return nil
	}
	columnBlocks(n, func(c, width, lanes int) {
		active.reluSum[width](rows, n, &dx[c], &dy[c], &y[c], &sum[c], lanes)
	})
	return nil
}

// ColumnSquares adds to each sum[c] the squares of x[r][c] - mean[c].
func ColumnSquares(sum, x, mean []float32) error {
	n := len(sum)
	rows, err := wholeRows("column squares", len(x), n)
	if err = firstError(err, checkLen("column squares", "mean", len(mean), n)); err != nil {
		return err
	}
	if active.squares[0] == nil {
		for i, v := range x {
			d := v - mean[i%n]
			sum[i%n] += d * d
		}
		return nil
	}
	columnBlocks(n, func(c, width, lanes int) {
		active.squares[width](rows, n, &x[c], &mean[c], &sum[c], lanes)
	})
	return nil
}

// ColumnProducts adds to each sum[c] the column c of dy and to each dot[c] the products dy[r][c]·(x[r][c] - mean[c]).
// With scale and shift, dy counts as 0 where the result of [Normalize] for x is not above 0, to the last
// bit; without a ReLU both are nil.
func ColumnProducts(sum, dot, dy, x, mean, scale, shift []float32) error {
	n := len(sum)
	rows, err := wholeRows("column products", len(dy), n)
	if err = firstError(err, checkLen("column products", "x", len(x), len(dy)),
		checkLen("column products", "dot", len(dot), n), checkLen("column products", "mean", len(mean), n),
		checkFactors("column products", scale, shift, n)); err != nil {
		return err
	}
	switch {
	case active.reluProducts[0] == nil:
		for i, d := range dy {
			c := i % n
			if scale != nil && !(normalized(x[i], mean[c], scale[c], shift[c]) > 0) {
				d = 0
			}
			sum[c] += d
			dot[c] += d * (x[i] - mean[c])
		}
	case scale != nil:
		columnBlocks(n, func(c, width, lanes int) {
			active.reluProducts[width](rows, n, &dy[c], &x[c], &mean[c], &scale[c], &shift[c], &sum[c], &dot[c], lanes)
		})
	default:
		columnBlocks(n, func(c, width, lanes int) {
			active.products[width](rows, n, &dy[c], &x[c], &mean[c], &sum[c], &dot[c], lanes)
		})
	}
	return nil
}
