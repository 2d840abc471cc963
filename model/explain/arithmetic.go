package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
)

// Arithmetic shows how one output value of a layer is computed from the values that it reads.
type Arithmetic struct {
	Layer, Kind string
	At          []int      // indices of the value: row, column and channel, or the unit
	Value       float64    // as the layer computed it
	Formula     string     // "sum of input x weight + bias"
	Terms       []Term     // what the formula reads, apart from Bias
	Constants   []Constant // further numbers in the formula, such as the statistics of a batch normalization
	Bias        float64    // 0 if the layer has none
	Result      float64    // of the formula, from the terms, in float64
	Line        string     // the formula with its numbers, in one line

	err error // of the call that returned it
}

// Constant is a number in the formula of an [Arithmetic] that no input value is multiplied by alone.
type Constant struct {
	Name  string // "variance"
	Value float64
}

// Term is an input value of an [Arithmetic] with its weight.
type Term struct {
	From    string  // layer that computed the input value, or "images"
	At      []int   // indices of the value in the output of From
	Row     int     // within the window of a convolution or a pooling, from the top
	Column  int     // the same, from the left
	Padding bool    // the window reaches beyond the input here, which counts as 0
	Input   float64 // the value
	Weight  float64 // by which it is multiplied; 1 if there is none
}

// Arithmetic evaluates the network on an image and returns how the value of a layer at the given
// indices is computed: row, column and channel of an image, or the unit of a vector. Rows, columns,
// channels and units count from 0. The input of the first layer is the normalized image, see
// [inkstone/model.Model.Normalizer]. For a custom operation there are no terms, only its value. The
// layer [Probabilities] has a unit for each class.
func (e *Explainer) Arithmetic(pixels []byte, layer string, at ...int) (result *Arithmetic, err error) {
	defer e.carry(&err, func() { result = &Arithmetic{err: err} })
	if layer == Probabilities && !slices.Contains(e.Layers(), layer) {
		return e.probability(pixels, at)
	}
	l, err := e.layer(layer)
	if err != nil {
		return nil, err
	}
	a, err := e.activations(pixels, layer)
	if err != nil {
		return nil, err
	}
	out := a.Outputs()[0]
	c := &computation{layer: l, at: at, out: operand{name: layer, shape: perImage(l, out.Shape()), values: out.Data().([]float32)}}
	if err := c.out.check(at); err != nil {
		return nil, fmt.Errorf("explain: layer %q: %w", layer, err)
	}
	for _, declared := range a.Builder().Layers() {
		if declared.Name == layer {
			c.inputs = operandsOf(declared.Node, a.Builder().Layers())
		}
	}
	return c.arithmetic(), nil
}

// perImage returns a shape without the batch, which a custom parameter does not have.
func perImage(l graph.Layer, s tensor.Shape) []int {
	if l.Kind == "param" {
		return s
	}
	return s[1:]
}

// An operand is a value that a layer reads or computes, for one image.
type operand struct {
	name   string
	shape  []int // without the batch
	values []float32
}

// check refuses indices outside of the operand.
func (o operand) check(at []int) error {
	if len(at) != len(o.shape) {
		return fmt.Errorf("the indices %v, want %d for its output of shape %v", at, len(o.shape), o.shape)
	}
	for i, k := range at {
		if k < 0 || k >= o.shape[i] {
			return fmt.Errorf("the index %d is %d, want 0 to %d for its output of shape %v", i+1, k, o.shape[i]-1, o.shape)
		}
	}
	return nil
}

// offset returns the place of a value.
func (o operand) offset(at []int) int {
	k := 0
	for i, index := range at {
		k = k*o.shape[i] + index
	}
	return k
}

// at returns the indices of a place.
func (o operand) at(offset int) []int {
	at := make([]int, len(o.shape))
	for i, size := range slices.Backward(o.shape) {
		at[i], offset = offset%size, offset/size
	}
	return at
}

func (o operand) value(at []int) float64 { return float64(o.values[o.offset(at)]) }

// operandsOf returns the values that a node reads, after a run that ended with it.
func operandsOf(n *gorgonia.Node, layers []graph.Layer) []operand {
	layerOf := map[*gorgonia.Node]graph.Layer{}
	for _, l := range layers {
		layerOf[l.Node] = l
	}
	var list []operand
	for it := n.Graph().From(n.ID()); it.Next(); {
		in := it.Node().(*gorgonia.Node)
		d, ok := in.Value().(*tensor.Dense)
		if !ok {
			continue
		}
		values, ok := d.Data().([]float32)
		if !ok {
			continue
		}
		o := operand{in.Name(), d.Shape(), values}
		l, isLayer := layerOf[in]
		if isLayer && l.Kind != "param" || in.Op() != nil || in.Name() == "images" {
			o.shape = o.shape[min(1, len(o.shape)):]
		}
		list = append(list, o)
	}
	return list
}

// A computation is a value of a layer with what it is computed from.
type computation struct {
	layer  graph.Layer
	at     []int
	inputs []operand
	out    operand
	result *Arithmetic
}

// arithmetic applies the formula of the layer's kind.
func (c *computation) arithmetic() *Arithmetic {
	a := &Arithmetic{Layer: c.layer.Name, Kind: c.layer.Kind, At: slices.Clone(c.at), Value: c.out.value(c.at)}
	c.result = a
	f, ok := formulas[c.layer.Kind]
	if !ok || len(c.inputs) == 0 && c.layer.Kind != "param" {
		a.Formula, a.Result = "a custom operation", a.Value
		a.Line = fmt.Sprintf("%s computes %s", c.layer.Kind, number(a.Value))
		return a
	}
	f(c)
	return a
}

// add appends a term that reads a value of an input.
func (c *computation) add(in operand, at []int, weight float64) *Term {
	c.result.Terms = append(c.result.Terms, Term{From: in.name, At: slices.Clone(at), Input: in.value(at), Weight: weight})
	return &c.result.Terms[len(c.result.Terms)-1]
}

// sum sets the result to the sum of the products and the bias.
func (c *computation) sum() {
	a, products := c.result, 0.0
	for _, t := range a.Terms {
		products += t.Input * t.Weight
	}
	a.Result = products + a.Bias
	a.Line = fmt.Sprintf("%d products: %s", len(a.Terms), number(products))
	if a.Bias != 0 {
		a.Line += fmt.Sprintf(", bias %s", number(a.Bias))
	}
	a.Line += fmt.Sprintf(", sum %s", number(a.Result))
}

func number(v float64) string {
	return strings.Replace(fmt.Sprintf("%.5g", v), "-", "−", 1)
}

// Error returns the distance between the layer's value and the result of the formula, relative to
// the sum of the magnitudes that the formula adds up.
func (a *Arithmetic) Error() float64 {
	size := math.Abs(a.Bias) + math.Abs(a.Value)
	for _, t := range a.Terms {
		size += math.Abs(t.Input * t.Weight)
	}
	return math.Abs(a.Value-a.Result) / max(size, math.SmallestNonzeroFloat64)
}
