package diagram

import (
	"fmt"
	"strings"
)

// dotStyles are the attributes of the boxes of each role.
var dotStyles = [...]string{
	roleInput:    `style="rounded,filled", fillcolor="#f2f2f2"`,
	roleParam:    `style=filled, fillcolor="#eef5eb", penwidth=2`,
	roleFrozen:   `style="filled,dotted", fillcolor="#e3eef9", penwidth=2`,
	roleForward:  `style=solid`,
	roleBackward: `style="filled,dashed", fillcolor="#fdf3ea"`,
}

// DOT returns the drawing in the language of Graphviz (https://graphviz.org/doc/info/lang.html),
// which its program dot lays out. Frozen boxes have dotted lines, gradients dashed ones.
func (d *Diagram) DOT() string {
	var s strings.Builder
	s.WriteString("digraph network {\n  node [shape=box, fontname=Helvetica, fontsize=11]\n")
	id := map[*box]int{}
	blocks := map[string][]int{}
	var names []string
	for i, b := range d.boxes {
		id[b] = i
		fmt.Fprintf(&s, "  n%d [label=%s, %s]\n", i, dotText(b.lines), dotStyles[b.role])
		if b.folded == nil {
			continue
		}
		if b.folded.back {
			fmt.Fprintf(&s, "  g%d [label=%s, %s]\n", i, dotText(b.folded.gradientLines()), dotStyles[roleBackward])
			fmt.Fprintf(&s, "  n%d -> g%d [style=dotted, constraint=false]\n", i, i)
		}
		if name := b.folded.block; name != "" {
			if blocks[name] == nil {
				names = append(names, name)
			}
			blocks[name] = append(blocks[name], i)
		}
	}
	for k, name := range names {
		fmt.Fprintf(&s, "  subgraph cluster%d {\n    label=%s; color=gray\n   ", k, dotText([]string{name}))
		for _, i := range blocks[name] {
			fmt.Fprintf(&s, " n%d", i)
			if d.boxes[i].folded.back {
				fmt.Fprintf(&s, " g%d", i)
			}
		}
		s.WriteString("\n  }\n")
	}
	for i, b := range d.boxes {
		for _, f := range b.from {
			style := ""
			if b.role == roleBackward {
				style = " [style=dashed]"
			}
			fmt.Fprintf(&s, "  n%d -> n%d%s\n", id[f], i, style)
			if b.folded != nil && b.folded.flows[f] {
				fmt.Fprintf(&s, "  g%d -> g%d [style=dashed, constraint=false]\n", i, id[f])
			}
		}
	}
	s.WriteString("}\n")
	return s.String()
}

// dotText returns lines as a quoted string.
func dotText(lines []string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.Join(lines, "\n"))
	return `"` + strings.ReplaceAll(escaped, "\n", `\n`) + `"`
}

// gradientLines returns the names of the gradients of a box.
func (f *foldedBox) gradientLines() []string {
	var lines []string
	for _, name := range f.gradients {
		lines = append(lines, "∂ "+name)
	}
	if f.added > 0 {
		lines = append(lines, fmt.Sprintf("sum of %d gradients", f.added))
	}
	if lines == nil {
		lines = []string{"∂ input"}
	}
	return lines
}
