package graph

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"unicode"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/ancestry"
)

// checkName refuses names of layers that patterns and files could not hold.
func checkName(name string) error {
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-/", r) {
			return fmt.Errorf("the name has a %q: use only letters, digits, and . _ - / between them", r)
		}
	}
	if name == "" || strings.Trim(name, "./") != name {
		return errors.New("the name is empty, or begins or ends with . or /: use only letters, digits, and . _ - / between them")
	}
	return nil
}

// maxElements is the largest number of elements of a tensor.
const maxElements = math.MaxInt32

// checkElements returns an error if a tensor of this shape would have too many elements.
func checkElements(shape []int) error {
	n := 1
	for _, size := range shape {
		if size > 0 && n > maxElements/size {
			return fmt.Errorf("shape %v has more than %d elements", tensor.Shape(shape), maxElements)
		}
		n *= size
	}
	return nil
}

// declareNet calls net and turns a panic in it into an error that says where. After a failed
// layer, whose node is nil, a panic is a consequence of that error. Otherwise it is a mistake
// in net or an error of a gorgonia operation under gorgonia.Must.
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

// panicSite returns the innermost file and line of the panic outside the runtime and
// gorgonia.
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

// checkNetwork reports logits of a wrong shape, an input or a layer that the logits do not
// depend on, and a variable that would neither be learned nor saved.
func checkNetwork(c *compilation) error {
	b := c.builder
	if c.logits == nil {
		return errors.New("the network returned no logits: return the node of its last layer")
	}
	if err := b.checkLogits(c.logits, c.cfg.Batch); err != nil {
		return err
	}
	used := ancestry.Of(c.logits)
	if len(b.fromNodes) > 0 { // the layers that these inputs replace need not be used
		for name, in := range b.fromNodes {
			if !used[in] {
				return fmt.Errorf("the logits do not depend on the layer %q to start from", name)
			}
		}
		if used[c.images] {
			return errors.New("the layers to start from are not enough: the logits also depend on the images by another path")
		}
		return nil
	}
	if !used[c.images] {
		return errors.New("the network's logits do not depend on its input: pass x to the first layer")
	}
	for _, l := range b.layers {
		if !used[l.Node] {
			return fmt.Errorf("%s %q: its output is used by no other layer and is not the result: use it or leave it out", l.Kind, l.Name)
		}
	}
	for _, n := range b.graph.AllNodes() {
		if used[n] && n.Op() == nil && b.paramNodes[n.Name()] != n && !b.noGrad[n] && n != c.images {
			return fmt.Errorf("the variable %q would be neither learned nor saved: declare it with Builder.Param, or as a constant with gorgonia.NewConstant", n.Name())
		}
	}
	return nil
}

// checkLogits refuses logits that are not of shape batch, classes or come from a softmax.
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
