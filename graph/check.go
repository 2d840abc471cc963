package graph

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unicode"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// checkName reports a name of a layer that patterns and files could not take.
func checkName(name string) error {
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-/", r) {
			return fmt.Errorf("the name has a %q: take letters, digits, and . _ - / between them", r)
		}
	}
	if name == "" || strings.Trim(name, "./") != name {
		return errors.New("the name is empty, or begins or ends with . or /: take letters, digits, and . _ - / between them")
	}
	return nil
}

// declareNet runs net. A panic in it becomes an error that says where: after a failed
// layer it follows from the nil that the layer returned, otherwise it is a mistake of
// net's own, or of a stock operation under gorgonia.Must.
func (b *Builder) declareNet(net Net, x *gorgonia.Node) (logits *gorgonia.Node) {
	defer func() {
		if r := recover(); r != nil {
			after := "before its first layer"
			if n := len(b.layers); n > 0 {
				after = fmt.Sprintf("after %s %q", b.layers[n-1].Kind, b.layers[n-1].Name)
			}
			b.Fail(fmt.Errorf("the network failed %s, at %s: %v", after, panicSite(), r))
		}
	}()
	return net(b, x)
}

// panicSite is the file and line, outside the runtime and gorgonia, that panicked.
func panicSite() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for panicked := false; ; {
		f, more := frames.Next()
		stock := strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, "gorgonia.org/")
		if panicked && !stock {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		panicked = panicked || f.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}

// checkNet reports what is wrong with a network that is whole: logits of another
// shape, an input or a layer that leads nowhere, a leaf that would never be learned.
func (b *Builder) checkNet(x, logits *gorgonia.Node, batch int) error {
	if logits == nil {
		return errors.New("the network returned no logits: return the node of its last layer")
	}
	if err := b.checkLogits(logits, batch); err != nil {
		return err
	}
	used := below(logits)
	if len(b.given) > 0 { // what lies below the inputs is of no use
		for name, in := range b.given {
			if !used[in] {
				return fmt.Errorf("the logits do not depend on the layer %q to start from", name)
			}
		}
		if used[x] {
			return errors.New("the layers to start from are not enough: the logits depend on the image beside them")
		}
		return nil
	}
	if !used[x] {
		return errors.New("the network's logits do not depend on its input: pass x to the first layer")
	}
	for _, l := range b.layers {
		if !used[l.Node] {
			return fmt.Errorf("%s %q: its output is used by no other layer and is not the result: use it or leave it out", l.Kind, l.Name)
		}
	}
	for _, n := range b.graph.AllNodes() {
		if used[n] && n.Op() == nil && b.leaves[n.Name()] != n && !b.fixed[n] {
			return fmt.Errorf("the variable %q would be neither learned nor saved: declare it with Builder.Param, or as a constant with gorgonia.NewConstant", n.Name())
		}
	}
	return nil
}

func (b *Builder) checkLogits(logits *gorgonia.Node, batch int) error {
	last := fmt.Sprintf("the result %v", logits)
	for _, l := range b.layers {
		if l.Node == logits {
			last = fmt.Sprintf("%s %q", l.Kind, l.Name)
			if l.Kind == "softmax" {
				return fmt.Errorf("%s is the network's result: return its input, the logits; the loss and the classifier apply the softmax", last)
			}
		}
	}
	want := tensor.Shape{batch, b.classes}
	shape := logits.Shape()
	switch {
	case shape.Eq(want):
		return nil
	case shape.Dims() == 4:
		return fmt.Errorf("%s: the network's logits have shape %v, want %v: batch, classes; end with Flatten or GlobalAvgPool and a Dense of b.Classes() units", last, shape, want)
	}
	return fmt.Errorf("%s: the network's logits have shape %v, want %v: batch, classes; give the last layer b.Classes() units", last, shape, want)
}

// below is the set of root and all that it is computed from.
func below(root *gorgonia.Node) map[*gorgonia.Node]bool {
	found := map[*gorgonia.Node]bool{}
	var visit func(n *gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		if found[n] {
			return
		}
		found[n] = true
		for it := n.Graph().From(n.ID()); it.Next(); {
			visit(it.Node().(*gorgonia.Node))
		}
	}
	visit(root)
	return found
}
