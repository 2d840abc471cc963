package onnx

import (
	"math"
	"slices"
	"testing"
)

func TestSlice(t *testing.T) {
	x := &integers64{[]int{5}, []int64{0, 1, 2, 3, 4}}
	for _, tc := range []struct {
		start, end, step int64
		want             []int64
	}{
		{0, 5, 1, []int64{0, 1, 2, 3, 4}},
		{1, -1, 1, []int64{1, 2, 3}},
		{-9, 9, 2, []int64{0, 2, 4}},
		{3, 2, 1, nil},
		{-1, math.MinInt64, -1, []int64{4, 3, 2, 1, 0}},
		{9, -5, -2, []int64{4, 2}},
		{1, math.MaxInt64, math.MaxInt64, []int64{1}},
		{-1, math.MinInt64, math.MinInt64, []int64{4}},
	} {
		if y := x.slice(0, tc.start, tc.end, tc.step); y == nil || !slices.Equal(y.values, tc.want) || y.shape[0] != len(tc.want) {
			t.Errorf("slice from %d to %d by %d is %+v, want %v", tc.start, tc.end, tc.step, y, tc.want)
		}
	}
	if y := x.slice(0, 0, 1, 0); y != nil {
		t.Errorf("a step of 0 gives %+v", y)
	}
	matrix := &integers64{[]int{2, 3}, []int64{1, 2, 3, 4, 5, 6}}
	if y := matrix.slice(1, 2, math.MinInt64, -2); !slices.Equal(y.values, []int64{3, 1, 6, 4}) || !slices.Equal(y.shape, []int{2, 2}) {
		t.Errorf("%+v, want 3 1 6 4 of the shape 2x2", y)
	}
	for _, empty := range []*integers64{{[]int{0}, nil}, {[]int{0, 3}, nil}, {[]int{3, 0}, nil}} {
		if y := empty.slice(0, -1, math.MinInt64, -1); y == nil || len(y.values) != 0 {
			t.Errorf("a slice of the shape %v is %+v", empty.shape, y)
		}
	}
}

// folded returns a file that pads images on the left by 1 and below by 2, as PyTorch writes it: it
// computes the padding from [1 0 0 2], the zeros on the left, on the right, above and below.
func folded() *File {
	four, zero := Ints("", 4), Tensor{Type: Int64, Shape: []int{1}, Data: make([]byte, 8)}
	constant := func(name string, v Tensor) Node {
		return Node{Op: "Constant", Outputs: []string{name}, Attributes: []Attribute{{Name: "value", Type: TensorAttribute, Tensor: &v}}}
	}
	node := func(op, out string, in ...string) Node { return Node{Op: op, Inputs: in, Outputs: []string{out}} }
	zeros := node("ConstantOfShape", "others", "four")
	zeros.Attributes = []Attribute{{Name: "value", Type: TensorAttribute, Tensor: &zero}}
	concat := node("Concat", "all", "given", "others")
	concat.Attributes = []Attribute{intAttribute("axis", 0)}
	transpose := node("Transpose", "transposed", "reversed")
	transpose.Attributes = []Attribute{intsAttribute("perm", 1, 0)}
	cast := node("Cast", "pads", "flat")
	cast.Attributes = []Attribute{intAttribute("to", Int64)}
	pool := node("AveragePool", "y", "p")
	pool.Attributes = []Attribute{intsAttribute("kernel_shape", 4, 4), intsAttribute("strides", 3, 1)}
	return &File{Opset: 13, Graph: Graph{
		Nodes: []Node{
			constant("four", four), constant("given", Ints("", 1, 0, 0, 2)), zeros, concat,
			constant("pairs", Ints("", -1, 2)), node("Reshape", "matrix", "all", "pairs"),
			constant("start", Ints("", -1)), constant("end", Ints("", math.MinInt64)), constant("axis", Ints("", 0)), constant("step", Ints("", -1)),
			node("Slice", "reversed", "matrix", "start", "end", "axis", "step"), transpose,
			constant("one", Ints("", -1)), node("Reshape", "flat", "transposed", "one"), cast,
			node("Pad", "p", "x", "pads"), pool,
		},
		Inputs: []Value{{Name: "x", Type: Float32}}, Outputs: []Value{{Name: "y", Type: Float32}},
	}}
}

// TestImportFolded evaluates an average pooling of padded images.
func TestImportFolded(t *testing.T) {
	f := folded()
	images := Floats("x", []int{1, 1, 5, 3}, []float32{1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 8, 16, 24})
	r, err := evaluateFile(f, &images)
	if err != nil {
		t.Fatal(err)
	}
	// The image has 7 rows and 4 columns with its zeros, so that the windows begin in row 0 and 3.
	if have := inFileOrder(r.result); !slices.Equal(r.result.shape(), []int{1, 1, 2, 1}) || !slices.Equal(have, []float32{21. / 16, 3}) {
		t.Errorf("%v of the shape %v, want 1.3125 and 3", have, r.result.shape())
	}
}
