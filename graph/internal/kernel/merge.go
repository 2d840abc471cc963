package kernel

import (
	"errors"
	"fmt"
	"slices"

	"inkstone/graph/internal/kernel/simd"
)

// addBlock is the number of elements that are added before ReLU is applied to them. They
// stay in the first-level cache.
const addBlock = 1 << 11

// Add computes y[i] = Σ_j xs[j][i] in the order of xs, then applies ReLU if relu is set.
// y may be one of xs only if it is the first.
func Add[T Float](ws *Workers, y []T, relu bool, xs ...[]T) error {
	if len(xs) == 0 {
		return errors.New("add: no operands, expected at least 1")
	}
	for j, x := range xs {
		if len(x) != len(y) {
			return fmt.Errorf("add: operand %d has %d elements, expected %d", j, len(x), len(y))
		}
	}
	if ws.N() == 1 {
		addBlocks(y, relu, xs, 0, len(y))
		return nil
	}
	shards := elementShards(len(y))
	operands := slices.Clone(xs) // capturing xs would make the serial path allocate
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(len(y), shards, s)
		addBlocks(y, relu, operands, lo, hi)
	})
	return nil
}

func addBlocks[T Float](y []T, relu bool, xs [][]T, lo, hi int) {
	for ; lo < hi; lo += addBlock {
		end := min(lo+addBlock, hi)
		add(y, xs, lo, end)
		if relu {
			activate(ReLU, 0, y[lo:end], y[lo:end])
		}
	}
}

// AddGrad copies the gradient dy of a sum to each of dxs that is not nil. If [Add]
// applied ReLU, y is its output, and the gradient counts as 0 where y is not above 0;
// else y is nil.
func AddGrad[T Float](ws *Workers, dxs [][]T, dy, y []T) error {
	for j, dx := range dxs {
		if dx != nil && len(dx) != len(dy) {
			return fmt.Errorf("add: gradient of operand %d has %d elements, expected %d", j, len(dx), len(dy))
		}
	}
	if err := checkOptional("add", "y", y, len(dy)); err != nil {
		return err
	}
	if ws.N() == 1 {
		addGrad(dxs, dy, y, 0, len(dy))
		return nil
	}
	shards := elementShards(len(dy))
	outs := slices.Clone(dxs) // as in Add
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(len(dy), shards, s)
		addGrad(outs, dy, y, lo, hi)
	})
	return nil
}

func addGrad[T Float](dxs [][]T, dy, y []T, lo, hi int) {
	for ; lo < hi; lo += addBlock {
		end := min(lo+addBlock, hi)
		grad, masked := dy[lo:end], y == nil
		for _, dx := range dxs {
			switch {
			case dx == nil:
			case masked:
				copy(dx[lo:end], grad)
			default:
				reluGrad(dx[lo:end], grad, y[lo:end])
				grad, masked = dx[lo:end], true
			}
		}
	}
}

func add[T Float](y []T, xs [][]T, lo, hi int) {
	sum := xs[0][lo:hi] // so far
	y = y[lo:hi]
	if len(xs) == 1 || !hasAssembly[T]() {
		copy(y, sum)
		sum = y
	}
	for _, x := range xs[1:] {
		if hasAssembly[T]() {
			_ = simd.Add(as32(y), as32(sum), as32(x[lo:hi])) // cannot fail: the lengths are equal
			sum = y
			continue
		}
		addTo(y, x[lo:hi])
	}
}

// Concat joins matrices along their last axis: row r of y is row r of xs[0],
// then row r of xs[1], and so on. xs[j] has rows×cols[j] elements.
func Concat[T Float](ws *Workers, y []T, rows int, xs [][]T, cols []int) error {
	return concat(ws, "concat", y, rows, xs, cols, false)
}

// Split is the inverse of Concat, and its gradient: it copies the columns of y
// back to xs. A nil xs[j] is skipped.
func Split[T Float](ws *Workers, xs [][]T, cols []int, rows int, y []T) error {
	return concat(ws, "split", y, rows, xs, cols, true)
}

func concat[T Float](ws *Workers, kernel string, y []T, rows int, xs [][]T, cols []int, split bool) error {
	if len(xs) == 0 || len(xs) != len(cols) {
		return fmt.Errorf("%s: %d parts with %d widths, expected as many of each, at least 1", kernel, len(xs), len(cols))
	}
	if rows < 1 {
		return fmt.Errorf("%s: %d rows, expected at least 1", kernel, rows)
	}
	width := 0
	for j, x := range xs {
		if cols[j] < 1 || !fits(maxElements, rows, cols[j]) {
			return fmt.Errorf("%s: part %d has %d columns of %d rows, expected at least 1 of each", kernel, j, cols[j], rows)
		}
		if len(x) != rows*cols[j] && !(split && x == nil) {
			return fmt.Errorf("%s: part %d has %d elements, expected %d rows of %d", kernel, j, len(x), rows, cols[j])
		}
		width += cols[j]
	}
	if err := checkLen(kernel, "y", y, rows*width); err != nil {
		return err
	}
	if ws.N() == 1 {
		concatRows(y, xs, cols, split, 0, rows)
		return nil
	}
	shards := rowShards(rows, width)
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(rows, shards, s)
		concatRows(y, xs, cols, split, lo, hi)
	})
	return nil
}

func concatRows[T Float](y []T, xs [][]T, cols []int, split bool, lo, hi int) {
	width := 0
	for _, n := range cols {
		width += n
	}
	for r := lo; r < hi; r++ {
		row := y[r*width:][:width]
		for j, n := range cols {
			switch {
			case !split:
				copy(row[:n], xs[j][r*n:])
			case xs[j] != nil:
				copy(xs[j][r*n:][:n], row)
			}
			row = row[n:]
		}
	}
}
