package graph

// Gorgonia's operations between layers
//
// A network may use operations of gorgonia between its layers. Some of them are wrong in
// gorgonia 0.9.18, most of them only for some shapes. stockRules lists what is known. The pass
// "check operations" refuses what is wrong for the shapes at hand, and [CheckOps] examines
// what the list does not have.
//
// The rules recognize an operation by its type, and read its settings from its fields by
// reflection: gorgonia exports neither. stock_test.go compares each rule with the
// results of the operation, so a gorgonia that behaves otherwise fails the tests.

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
)

// A verdict says what is known of an operation.
type verdict int

const (
	unproven      verdict = iota // nothing: [CheckOps] examines it
	right                        // values and gradients are right, and each row depends on the same row of the inputs
	rightByRow                   // values and gradients are right; [CheckOps] examines whether rows mix
	wrongValue                   // refused in every session
	wrongGradient                // refused where a gradient is computed
)

// A stockRule gives the verdict on the operations that it applies to.
type stockRule struct {
	function string // of gorgonia, for errors
	applies  func(b *Builder, u *stockUse) bool
	verdict  verdict
	fault    string // of a wrong operation
	use      string // what stands in for a wrong operation
}

// stockRules are the rules in their order: the first one that applies decides. The wrong
// shapes of an operation come before the right ones.
var stockRules = []stockRule{
	// Wrong in every shape.
	{"Dropout", isKind("dropoutOp"), wrongValue,
		"drops entries in evaluation too, divides its gradient by the wrong factor, and is seeded from the clock", "Builder.Dropout"},
	{"BatchNorm", isKind("BatchNormOp"), wrongValue,
		"loses its running statistics, and counts the rows that a smaller last batch leaves over", "Builder.BatchNorm"},
	{"random node", isKind("randomOp"), wrongValue,
		"is seeded from the clock, so no run can be repeated", "Builder.Dropout, or Builder.Apply with numbers that follow from the inputs"},
	{"LogSumExp", isLogSumExp, wrongValue,
		"computes log(sum(exp(x-max)) + max)", "Builder.Max, Builder.Sum and gorgonia's Exp and Log"},
	{"GlobalAveragePool2D", isKind("globalAveragePoolOp"), wrongGradient,
		"has no gradient", "Builder.GlobalAvgPool"},
	{"AveragePool2D", isKind("avgPoolOp"), wrongGradient,
		"has a wrong gradient", "Builder.AvgPool"},
	{"InverseSqrt", isElementwise("invSqrt"), wrongGradient,
		"has a wrong gradient", "gorgonia's Inverse of Sqrt, or Builder.Apply"},
	{"Log2", isElementwise("log2"), wrongGradient,
		"has a gradient that lacks the factor 1/ln 2", "gorgonia's Log times 1/ln 2, or Builder.Apply"},

	{"NewConstant", allOf(isKind("constantTensor"), lacksName), wrongValue,
		"without a name is taken for every other constant that prints the same", "gorgonia.WithName and a name for each constant"},

	// Wrong in some shapes.
	{"MaxPool2D with four paddings", hasFourPaddings, wrongValue,
		"gives wrong values", "Builder.MaxPool with Pad"},
	{"Sum or Mean", allOf(isKind("sumOp"), reducesWrongly), wrongValue,
		"gives wrong values for this shape and axis", "Builder.Sum, Builder.Mean or Builder.GlobalAvgPool"},
	{"Max", allOf(isKind("maxOp"), reducesWrongly), wrongValue,
		"gives wrong values for this shape and axis", "Builder.Max"},
	{"Max", allOf(isKind("maxOp"), alongFifthAxis), wrongGradient,
		"has no gradient along a fifth axis", "Builder.Max"},
	{"Sum or Mean", allOf(isKind("sumOp"), mixesImages), wrongValue,
		"over the batch adds the rows that a smaller last batch leaves over", "Builder.Sum or Builder.Mean over the other axes"},
	{"Max", allOf(isKind("maxOp"), mixesImages), wrongValue,
		"over the batch reads the rows that a smaller last batch leaves over", "Builder.Max over the other axes"},
	{"SoftMax", allOf(isKind("softmaxOp"), mixesImages), wrongValue,
		"along the batch reads the rows that a smaller last batch leaves over", "Builder.Softmax"},
	{"Broadcast operation", allOf(isKind("repeatOp"), repeatsWrongly), wrongGradient,
		"has a wrong gradient with respect to what it repeats along this axis",
		"Builder.Mul, Builder.Scale or Builder.SqueezeExcite for a product, and for a sum the bias of Builder.Conv, Builder.Dense or Builder.BatchNorm"},
	{"Tensordot", allOf(isKind("tensordotOp"), hasOneImage), wrongValue,
		"fails on a batch of one image", "Builder.Dense"},

	// Right in all other shapes.
	{"an elementwise function", isElementwise("abs", "sin", "cos", "exp", "ln", "neg", "square", "sqrt", "inv", "cube",
		"tanh", "sigmoid", "log1p", "expm1", "softplus"), right, "", ""},
	{"arithmetic", isArithmetic, right, "", ""},
	{"a constant or a size", isKind("constantScalar", "constantTensor", "sizeOp"), right, "", ""},
	{"Read", isKind("readOp"), right, "", ""},
	{"Broadcast, Sum, Mean, Max", isKind("repeatOp", "sumOp", "maxOp"), rightByRow, "", ""},
	{"SoftMax, LogSoftMax", isKind("softmaxOp"), rightByRow, "", ""},
	{"Mul", isMatrixProduct, rightByRow, "", ""},
	{"Reshape, Transpose, Concat, Slice", isKind("reshapeOp", "transposeOp", "concatOp", "sliceOp"), rightByRow, "", ""},
	{"Conv2d", isKind("im2colOp"), rightByRow, "", ""},
	{"MaxPool2D", isKind("maxPoolOp"), rightByRow, "", ""},
}

// A stockUse is an operation of gorgonia, or of a package other than this one, in a network.
type stockUse struct {
	node     *gorgonia.Node
	inputs   gorgonia.Nodes
	kind     string     // of the operation, see kindOf
	rule     *stockRule // nil if none applies
	oneImage bool       // a session runs the operation on one image
}

// verdict returns what is known of the operation.
func (u *stockUse) verdict() verdict {
	if u.rule == nil {
		return unproven
	}
	return u.rule.verdict
}

// where names the operation, the shapes of its inputs and the layers before it, for errors.
func (b *Builder) where(u *stockUse) string {
	name := u.node.Op().String()
	if u.rule != nil {
		name = fmt.Sprintf("%s (%s)", u.rule.function, name)
	}
	if !strings.Contains(u.kind, ".") {
		name = "gorgonia's " + name
	}
	var of []string
	for _, in := range u.inputs {
		if in.Dims() > 0 {
			of = append(of, fmt.Sprint(in.Shape()))
		}
	}
	if of != nil {
		name += " of " + strings.Join(of, ", ")
	}
	if before := b.layersBefore(u.node); before != nil {
		name += " after " + strings.Join(before, ", ")
	}
	return name
}

// layersBefore lists the layers that n is computed from without another layer in between.
func (b *Builder) layersBefore(n *gorgonia.Node) []string {
	layerOf := map[*gorgonia.Node]Layer{}
	for _, l := range b.layers {
		layerOf[l.Node] = l
	}
	var names []string
	visited := map[*gorgonia.Node]bool{}
	var visit func(n *gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		for _, in := range inputsOf(n) {
			if visited[in] {
				continue
			}
			visited[in] = true
			if l, ok := layerOf[in]; ok {
				names = append(names, fmt.Sprintf("%s %q", l.Kind, l.Name))
			} else {
				visit(in)
			}
		}
	}
	visit(n)
	return names
}

// stockUses returns the operations that root is computed from and that are not this
// package's, each after its inputs. oneImage says that a session will run them on one image.
func (b *Builder) stockUses(root *gorgonia.Node, oneImage bool) (uses []*stockUse) {
	for _, n := range ordered(root) {
		if _, own := n.Op().(*op); own || n.Op() == nil {
			continue
		}
		u := &stockUse{node: n, inputs: inputsOf(n), kind: kindOf(n.Op()), oneImage: oneImage}
		for i := range stockRules {
			if stockRules[i].applies(b, u) {
				u.rule = &stockRules[i]
				break
			}
		}
		uses = append(uses, u)
	}
	return uses
}

// checkOperations refuses the operations of gorgonia that are wrong for the session.
func checkOperations(c *compilation) error {
	b := c.builder
	for _, u := range b.stockUses(c.logits, c.cfg.Batch == 1 && c.purpose&forSessions != 0) {
		needsGradient := slices.ContainsFunc(u.inputs, b.needsGradient)
		if v := u.verdict(); v == wrongValue || v == wrongGradient && needsGradient {
			return fmt.Errorf("%s %s in gorgonia 0.9.18: use %s", b.where(u), u.rule.fault, u.rule.use)
		}
	}
	return nil
}

// ordered returns root and the nodes that it is computed from, each after its inputs.
func ordered(root *gorgonia.Node) (list gorgonia.Nodes) {
	found := map[*gorgonia.Node]bool{}
	var visit func(n *gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		if found[n] {
			return
		}
		found[n] = true
		for _, in := range inputsOf(n) {
			visit(in)
		}
		list = append(list, n)
	}
	visit(root)
	return list
}

// kindOf returns the name of the operation's type: "sumOp" for one of gorgonia,
// "package.Type" for another.
func kindOf(o gorgonia.Op) string {
	return strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", o), "*"), "gorgonia.")
}

// field returns a field of the operation of n, by reflection.
func field(n *gorgonia.Node, name string) reflect.Value {
	return reflect.Indirect(reflect.ValueOf(n.Op())).FieldByName(name)
}
