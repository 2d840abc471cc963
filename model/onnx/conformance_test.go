package onnx

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

var (
	nodeTests = flag.String("onnx-tests", "/usr/share/libonnx-testdata/data/node", "folder with the node tests of ONNX, as in Debian's package libonnx-testdata")
	update    = flag.Bool("update", false, "write the table of TestNodeTests to docs/interchange.md")
)

// nodeTest is the result of a test of ONNX.
type nodeTest struct {
	name      string
	operators []string
	refused   error // why Import refuses the network, nil if it does not
	failed    error
}

// TestNodeTests runs the tests of ONNX for the operators that Import reads: the network is
// imported and evaluated, exported, imported and evaluated again.
func TestNodeTests(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(*nodeTests, "test_*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) == 0 {
		t.Skipf("%s has no tests of ONNX: install libonnx-testdata, or name a folder with -onnx-tests", *nodeTests)
	}
	var results []nodeTest
	for _, folder := range folders {
		r, ok := runNodeTest(t, folder)
		if !ok {
			continue
		}
		if r.failed != nil {
			t.Errorf("%s: %v", r.name, r.failed)
		}
		if r.refused != nil && !errors.Is(r.refused, ErrUnsupported) && !strings.Contains(r.refused.Error(), "not supported") {
			t.Errorf("%s is refused without a reason that says what is not supported: %v", r.name, r.refused)
		}
		results = append(results, r)
	}
	text := conformanceTable(results)
	path := "../../docs/interchange.md"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- node tests -->\n", "<!-- end of node tests -->"
	before, rest, ok1 := strings.Cut(string(content), begin)
	old, after, ok2 := strings.Cut(rest, end)
	switch {
	case !ok1 || !ok2:
		t.Errorf("%s has no place for the table", path)
	case *update:
		if err := os.WriteFile(path, []byte(before+begin+text+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case old != text:
		t.Logf("the table in %s differs from the results, as with another version of the tests; write it with -update", path)
	}
}

// runNodeTest runs the test in a folder. ok is false for a test of another operator.
func runNodeTest(t *testing.T, folder string) (r nodeTest, ok bool) {
	r.name = strings.TrimPrefix(filepath.Base(folder), "test_")
	content, err := os.ReadFile(filepath.Join(folder, "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(content)
	if err != nil {
		return r, false // a subgraph, a sequence: of other operators
	}
	for _, n := range f.Graph.Nodes {
		if _, known := operators[n.Op]; !known || n.Domain != "" {
			return r, false
		}
		if !slices.Contains(r.operators, n.Op) {
			r.operators = append(r.operators, n.Op)
		}
	}
	if len(f.Graph.Nodes) == 0 {
		return r, false
	}
	r.refused, r.failed = checkNodeTest(f, filepath.Join(folder, "test_data_set_0"))
	return r, true
}

// readTensor reads a file that holds one tensor.
func readTensor(path string) (*Tensor, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseTensor(field{kind: protowire.BytesType, bytes: content})
}

// checkNodeTest evaluates the network of a test with its data.
func checkNodeTest(f *File, data string) (refused, failed error) {
	// The first input is the images, and the others are parameters, except those of operators that
	// combine layers.
	var images *Tensor
	var more []*Tensor
	for k, v := range slices.Clone(f.Graph.Inputs) {
		if v.Type == 0 {
			return unsupported("input %q is no tensor", v.Name), nil
		}
		x, err := readTensor(filepath.Join(data, fmt.Sprintf("input_%d.pb", k)))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnsupported, err), nil
		}
		x.Name = v.Name
		switch {
		case k == 0:
			images = x
		case slices.Contains([]string{"Add", "Sum", "Mul", "Sub", "Div", "Concat"}, f.Graph.Nodes[0].Op) && len(x.Shape) == len(images.Shape):
			more = append(more, x)
		default:
			f.Graph.Initializers = append(f.Graph.Initializers, *x)
		}
	}
	want, err := readTensor(filepath.Join(data, "output_0.pb"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err), nil
	}
	if images == nil {
		return unsupported("there is no input"), nil
	}
	f.Graph.Inputs, f.Graph.Outputs = f.Graph.Inputs[:1], f.Graph.Outputs[:1]
	for _, x := range more {
		f.Graph.Inputs = append(f.Graph.Inputs, Value{Name: x.Name, Type: x.Type})
	}
	if slices.Contains(images.Shape, 0) {
		return unsupported("the input has no elements"), nil
	}
	if op := f.Graph.Nodes[0].Op; f.Opset == 1 && strings.HasPrefix(op, "Global") {
		f.Opset = firstOpset // these operators have not changed since version 1
	}
	first, err := evaluateFile(f, images, more...)
	if err != nil {
		return err, nil
	}
	expected, err := want.Float32s()
	if err != nil {
		return err, nil
	}
	if shape := first.result.shape(); !slices.Equal(shape, want.Shape) {
		return nil, fmt.Errorf("the result has the shape %v, want %v", shape, want.Shape)
	}
	have := inFileOrder(first.result)
	for i, w := range expected {
		if gap := math.Abs(float64(have[i] - w)); !(gap <= 1e-5*max(1, math.Abs(float64(w)))) {
			return nil, fmt.Errorf("element %d is %v, want %v", i, have[i], w)
		}
	}
	if more != nil {
		return nil, nil // an exported network has one input
	}
	return nil, checkAgain(first, images)
}

// checkAgain exports a network and evaluates it again.
func checkAgain(first *evaluated, images *Tensor) error {
	p, err := first.b.Forward(first.images.node, first.result.node)
	if err != nil {
		return nil // no layers, only another view of the input
	}
	f, err := Export(p, Options{})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	var content bytes.Buffer
	if err := f.Write(&content); err != nil {
		return err
	}
	if f, err = Parse(content.Bytes()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	again := *images
	again.Shape = first.images.with(first.images.node).shape()
	image := view{node: first.images.node, axes: imageAxes}
	again.Shape = image.shape()
	again.Data = Floats("", again.Shape, inFileOrder(image)).Data
	second, err := evaluateFile(f, &again)
	if err != nil {
		return fmt.Errorf("import of the export: %w", err)
	}
	if !slices.Equal(native(first.result.node), native(second.result.node)) {
		return errors.New("the exported network computes something else")
	}
	return nil
}

// evaluated is a network that has been evaluated.
type evaluated struct {
	b              *graph.Builder
	images, result view
}

// evaluateFile imports a network whose result may have any shape, and evaluates it.
func evaluateFile(f *File, images *Tensor, more ...*Tensor) (*evaluated, error) {
	n := &Network{Scale: 1, file: f, used: map[string]bool{}, keepSoftmax: true}
	f.Graph.Inputs[0].Shape = sizes(images.Shape)
	f.Graph.Inputs[0].Type = images.Type
	if err := n.check(); err != nil {
		return nil, err
	}
	params := graph.NewParams(1)
	b := graph.NewBuilder(params, graph.Eval, 0, 1)
	x := b.Input("images", images.Shape[0], n.Height, n.Width, n.Channels)
	i := n.importer(b, map[string][]float32{})
	i.anyOutput, i.record = true, n
	in := pixels(x, images)
	for k, t := range more {
		n := &Network{}
		if err := n.readInput(&Value{Type: t.Type, Shape: sizes(t.Shape)}); err != nil {
			return nil, err
		}
		z := b.Input(fmt.Sprint("images", k+2), t.Shape[0], n.Height, n.Width, n.Channels)
		if err := fill(pixels(z, t), t); err != nil {
			return nil, err
		}
		delete(i.constants, t.Name)
		i.views[t.Name] = i.inputView(z, len(t.Shape))
	}
	result, err := i.declare(x)
	if err != nil {
		return nil, err
	}
	if n.Scale != 1 || n.Shift != 0 {
		return nil, unsupported("a number and the input: this is the normalization, which is not part of the network")
	}
	for name, v := range i.values {
		copy(params.Get(name).Value().Data().([]float32), v)
	}
	if err := fill(in, images); err != nil {
		return nil, err
	}
	vm := gorgonia.NewTapeMachine(b.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return nil, fmt.Errorf("evaluation: %w", err)
	}
	return &evaluated{b, in, result}, nil
}

// pixels returns an input as a view whose elements have the order of a tensor.
func pixels(x *graph.Node, t *Tensor) view {
	if len(t.Shape) < 4 {
		return view{node: x, axes: []int{0, 1, 2}}
	}
	return view{node: x, axes: imageAxes}
}

// sizes returns a shape without names.
func sizes(shape []int) []Dim {
	list := make([]Dim, len(shape))
	for k, d := range shape {
		list[k].Size = int64(d)
	}
	return list
}

// fill sets the value of an input.
func fill(in view, t *Tensor) error {
	values, err := t.Float32s()
	if err != nil {
		return err
	}
	size := len(values) / t.Shape[0]
	units := in.units2D()
	for k, v := range values {
		u := k % size
		if units != nil {
			u = units[u]
		}
		native(in.node)[k/size*size+u] = v
	}
	return nil
}

// native returns the value of a node in the layout of its layer.
func native(n *graph.Node) []float32 { return n.Value().Data().([]float32) }

// inFileOrder returns a value in the order of the file.
func inFileOrder(v view) []float32 {
	values := native(v.node)
	size := len(values) / v.node.Shape()[0]
	units := v.units
	if units == nil {
		units = v.units2D()
	}
	out := make([]float32, len(values))
	for k := range out {
		u := k % size
		if units != nil {
			u = units[u]
		}
		out[k] = values[k/size*size+u]
	}
	return out
}

// conformanceTable returns the results as Markdown.
func conformanceTable(results []nodeTest) string {
	type count struct{ passed, refused, failed int }
	counts := map[string]*count{}
	reasons := map[string][]string{}
	var all count
	for _, r := range results {
		for _, to := range append([]*count{&all}, perOperator(r, counts, func() *count { return &count{} })...) {
			switch {
			case r.failed != nil:
				to.failed++
			case r.refused != nil:
				to.refused++
			default:
				to.passed++
			}
		}
		if r.refused != nil {
			reason := strings.TrimPrefix(r.refused.Error(), "onnx: ")
			if _, rest, ok := strings.Cut(reason, "not supported: "); ok {
				reason = rest
			}
			reasons[reason] = append(reasons[reason], r.name)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n| operator | passed | refused | failed |\n|---|--:|--:|--:|\n")
	for _, op := range slices.Sorted(maps.Keys(counts)) {
		c := counts[op]
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", op, c.passed, c.refused, c.failed)
	}
	fmt.Fprintf(&b, "| all tests | %d | %d | %d |\n\n| refused because of | tests |\n|---|---|\n", all.passed, all.refused, all.failed)
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&b, "| %s | %s |\n", reason, strings.Join(reasons[reason], ", "))
	}
	return b.String() + "\n"
}

// perOperator returns the counts of the operators of a test.
func perOperator[C any](r nodeTest, counts map[string]*C, newCount func() *C) []*C {
	var list []*C
	for _, op := range r.operators {
		if counts[op] == nil {
			counts[op] = newCount()
		}
		list = append(list, counts[op])
	}
	return list
}
