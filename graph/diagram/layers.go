package diagram

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
)

// Layers draws layers, as [graph.Describe] and [graph.Builder.Layers] list them, and the
// inputs that they read. Each box has the layer's name and kind, the shape of its output
// without the batch axis, and the number of its parameters.
func Layers(layers []graph.Layer) *Diagram {
	d := &Diagram{}
	boxOf := map[*gorgonia.Node]*box{}
	params := map[string]bool{} // names of the parameters, which are part of their layer's box
	for _, l := range layers {
		for _, p := range l.Params {
			params[p.Name()] = true
		}
	}
	// sources lists the boxes that n is computed from. It draws inputs when it meets them
	// and skips operations that are not layers.
	var sources func(n *gorgonia.Node) []*box
	sources = func(n *gorgonia.Node) (found []*box) {
		if n == nil {
			return nil // a layer without its node, see model.Model.Layers
		}
		for it := n.Graph().From(n.ID()); it.Next(); {
			c := it.Node().(*gorgonia.Node)
			switch {
			case boxOf[c] != nil:
				found = append(found, boxOf[c])
			case c.Op() != nil:
				found = append(found, sources(c)...)
			case !params[c.Name()]:
				boxOf[c] = d.add(roleInput, c.Name(), perImage(c.Shape()))
				found = append(found, boxOf[c])
			}
		}
		return found
	}
	for _, l := range layers {
		from := sources(l.Node)
		b := d.add(roleForward, l.Name)
		if !strings.HasPrefix(l.Name, l.Kind) {
			b.lines[0] += " (" + l.Kind + ")"
		}
		b.lines = append(b.lines, perImage(l.Output))
		if n, frozen := countLearned(l.Params); n > 0 {
			b.role = roleParam
			text := fmt.Sprintf("%d parameters", n)
			if frozen {
				b.role, text = roleFrozen, text+", frozen"
			}
			b.lines = append(b.lines, text)
		}
		b.from = from
		boxOf[l.Node] = b
	}
	return d
}

// countLearned counts the elements that are learned, which leaves out statistics, and
// reports whether all of them are frozen.
func countLearned(params []*graph.Param) (n int, frozen bool) {
	frozen = true
	for _, p := range params {
		if !p.Statistic() {
			n += p.Len()
			frozen = frozen && p.Frozen()
		}
	}
	return n, frozen
}

// perImage writes a shape without its first axis, the batch.
func perImage(s tensor.Shape) string {
	if len(s) < 2 {
		return shapeText(s)
	}
	return shapeText(s[1:])
}
