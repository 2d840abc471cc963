// Package diagram draws networks: the layers that a network declares ([Layers]), and the
// nodes of an expression graph, all of them ([Graph]) or folded by layer and block ([Folded]),
// before or after a run.
//
// A drawing is a [Diagram]. Its HTML method is what notebooks show, its SVG method returns the
// content of a file, its String method lists the same boxes as text, and its DOT method returns
// them in the language of Graphviz. The same network gives the same drawing.
package diagram

import (
	"fmt"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"inkstone/internal/failed"
)

// Diagram is a drawing of a graph, with the inputs at the top and the result at the
// bottom. Each box stands for a layer or a node and is joined to the boxes that it is
// computed from.
type Diagram struct {
	Legend Legend // of a folded drawing; the zero value is in English

	boxes []*box // each after the boxes that it is computed from
	err   error  // of the call that returned it
}

// Failed returns a drawing that stands for one that could not be made: it is empty, and as HTML it
// shows err.
func Failed(err error) *Diagram { return &Diagram{err: err} }

// role selects the colors of a box.
type role int

const (
	roleInput    role = iota // a leaf: an image, a label, a constant
	roleParam                // a parameter, or a layer with parameters
	roleFrozen               // a layer whose parameters are all frozen
	roleForward              // an operation of the forward pass
	roleBackward             // an operation of the backward pass
)

// box is a layer or a node of the drawing or, if bend is set, an invisible point where an
// edge crosses a row.
type box struct {
	lines []string // the first is the name
	role  role
	bend  bool
	from  []*box // the boxes that it is computed from

	folded *foldedBox // of a folded drawing, otherwise nil
	flow   []bool     // for each of from, whether a gradient flows back to it; set by layout

	row, col      int     // row from the top, place within the row
	x, y          float64 // center
	width, height float64
}

// add appends a box.
func (d *Diagram) add(r role, lines ...string) *box {
	b := &box{role: r, lines: lines}
	d.boxes = append(d.boxes, b)
	return b
}

// String lists the boxes, one in a line, each with the boxes that it is computed from:
// "relu1: 26 × 26 × 32 <- conv1".
func (d *Diagram) String() string {
	if d.err != nil {
		return failed.Text("diagram", d.err)
	}
	var s strings.Builder
	for _, b := range d.boxes {
		s.WriteString(b.lines[0])
		if len(b.lines) > 1 {
			fmt.Fprintf(&s, ": %s", strings.Join(b.lines[1:], ", "))
		}
		separator := " <- "
		for _, f := range b.from {
			s.WriteString(separator + f.lines[0])
			separator = ", "
		}
		s.WriteByte('\n')
	}
	return s.String()
}

// shapeText writes a shape as "26 × 26 × 32".
func shapeText(s tensor.Shape) string {
	parts := make([]string, len(s))
	for i, n := range s {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, " × ")
}
