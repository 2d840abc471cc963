package kernel

import "testing"

func TestAddByHand(t *testing.T) {
	y := []float64{1, 2}
	must(t, Add(nil, y, false, y, []float64{10, 20}, []float64{100, 200}))
	mustClose(t, "y", y, []float64{111, 222}, 0)
	must(t, Add(nil, y, false, []float64{5, 6}))
	mustClose(t, "copy", y, []float64{5, 6}, 0)
}

func TestAddSameBitsForAnyWorkers(t *testing.T) {
	r := newRand(23)
	a, b, c := normal[float32](r, workersSize), normal[float32](r, workersSize), normal[float32](r, workersSize)
	want := make([]float32, workersSize)
	for i := range want {
		want[i] = a[i] + b[i] + c[i]
	}
	for _, n := range workerCounts {
		y := poison[float32](workersSize)
		must(t, Add(NewWorkers(n), y, false, a, b, c))
		mustSameBits(t, "y", y, want)
		must(t, Add(NewWorkers(n), y, false, a))
		mustSameBits(t, "copy", y, a)
		must(t, Add(NewWorkers(n), y, false, y, b, c))
		mustSameBits(t, "in place", y, want)
	}
}

// A sum with ReLU in the same pass is bit-identical to two passes, and so is its gradient.
func TestAddAndReLU(t *testing.T) {
	r := newRand(24)
	a, b, dy := normal[float32](r, workersSize), normal[float32](r, workersSize), normal[float32](r, workersSize)
	y, masked := make([]float32, workersSize), make([]float32, workersSize)
	must(t, Add(nil, y, false, a, b))
	must(t, Activate(nil, ReLU, 0, y, y))
	must(t, ActivateGrad(nil, ReLU, 0, masked, dy, nil, y))
	for _, n := range workerCounts {
		got, da, db := poison[float32](workersSize), poison[float32](workersSize), poison[float32](workersSize)
		must(t, Add(NewWorkers(n), got, true, a, b))
		mustSameBits(t, "y", got, y)
		must(t, AddGrad(NewWorkers(n), [][]float32{da, nil, db}, dy, y))
		mustSameBits(t, "first gradient", da, masked)
		mustSameBits(t, "second gradient", db, masked)
		must(t, AddGrad(NewWorkers(n), [][]float32{da, db}, dy, nil))
		mustSameBits(t, "gradient without ReLU", db, dy)
	}
}

func TestConcatByHand(t *testing.T) {
	xs := [][]float64{{1, 2, 3, 4}, {5, 6}, {7, 8}}
	cols := []int{2, 1, 1}
	y := make([]float64, 8)
	must(t, Concat(nil, y, 2, xs, cols))
	mustClose(t, "y", y, []float64{1, 2, 5, 7, 3, 4, 6, 8}, 0)
	a, c := make([]float64, 4), make([]float64, 2)
	must(t, Split(nil, [][]float64{a, nil, c}, cols, 2, y))
	mustClose(t, "first part", a, xs[0], 0)
	mustClose(t, "last part", c, xs[2], 0)
}

func TestSplitInvertsConcat(t *testing.T) {
	const rows = 3000
	cols := []int{3, 16, 1}
	r := newRand(24)
	var xs [][]float32
	for _, n := range cols {
		xs = append(xs, normal[float32](r, rows*n))
	}
	for _, n := range workerCounts {
		y := poison[float32](rows * 20)
		must(t, Concat(NewWorkers(n), y, rows, xs, cols))
		back := [][]float32{poison[float32](rows * 3), poison[float32](rows * 16), poison[float32](rows)}
		must(t, Split(NewWorkers(n), back, cols, rows, y))
		for j := range xs {
			mustSameBits(t, "part", back[j], xs[j])
		}
		if y[20*(rows-1)+19] != xs[2][rows-1] {
			t.Errorf("the last element of y is not that of the last part")
		}
	}
}

func TestMergeErrors(t *testing.T) {
	x := make([]float32, 6)
	mustFail(t, Add[float32](nil, x, false), "add: no operands")
	mustFail(t, Add(nil, x, false, x, x[1:]), "add: operand 1 has 5 elements, expected 6")
	mustFail(t, AddGrad(nil, [][]float32{nil, x[1:]}, x, nil), "add: gradient of operand 1 has 5 elements, expected 6")
	mustFail(t, AddGrad(nil, [][]float32{x}, x, x[1:]), "add: y has 5")
	mustFail(t, Concat(nil, x, 2, [][]float32{x}, []int{1, 2}), "concat: 1 parts with 2 widths")
	mustFail(t, Concat(nil, x, 0, [][]float32{x}, []int{3}), "0 rows")
	mustFail(t, Concat(nil, x, 2, [][]float32{x}, []int{0}), "part 0 has 0 columns")
	mustFail(t, Concat(nil, x, 2, [][]float32{x}, []int{2}), "part 0 has 6 elements, expected 2 rows of 2")
	mustFail(t, Concat(nil, x, 2, [][]float32{nil}, []int{3}), "part 0 has 0 elements")
	mustFail(t, Concat(nil, x[1:], 2, [][]float32{x}, []int{3}), "y has 5 elements, expected 6")
	mustFail(t, Split(nil, [][]float32{x}, []int{3}, 2, x[1:]), "split: y has 5")
	mustFail(t, Split(nil, nil, nil, 2, x), "split: 0 parts")

	xs, cols := [][]float32{x[:2], x[2:6]}, []int{1, 2}
	y := make([]float32, 6)
	mustNotAllocate(t, "Add", func() error { return Add(nil, y, true, x, x) })
	mustNotAllocate(t, "AddGrad", func() error { return AddGrad(nil, [][]float32{y}, x, x) })
	mustNotAllocate(t, "Concat", func() error { return Concat(nil, y, 2, xs, cols) })
	mustNotAllocate(t, "Split", func() error { return Split(nil, xs, cols, 2, y) })
}
