package numbers

import (
	"fmt"
	"math"
	"strings"

	"inkstone/docs/book/code"
	"inkstone/docs/book/marks"
)

// set stores the elements of a matrix as name.row.column.
func set(v marks.Values, name string, m code.Matrix) {
	for i, row := range m {
		for j, x := range row {
			v[fmt.Sprintf("%s.%d.%d", name, i, j)] = x
		}
	}
	v[name] = table(m)
}

// table returns a matrix as aligned text.
func table(m code.Matrix) string {
	var b strings.Builder
	for _, row := range m {
		for _, x := range row {
			fmt.Fprintf(&b, "%7.4g", x)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// window writes the products of a window and a kernel as a sum, with a line for each row.
func window(x, w code.Matrix, top, left int) string {
	var rows []string
	for m := range w {
		var terms []string
		for n := range w[m] {
			factor := fmt.Sprintf("%g", w[m][n])
			if w[m][n] < 0 {
				factor = "(" + factor + ")"
			}
			terms = append(terms, fmt.Sprintf(`%g\cdot%s`, x[top+m][left+n], factor))
		}
		rows = append(rows, strings.Join(terms, " + "))
	}
	return strings.Join(rows, ` \\
&+ `)
}

// algorithms computes the numbers of chapter 3.
func algorithms(v marks.Values) error {
	x, w := code.Stroke(), code.Edge()
	y := code.Conv(x, w, 1)
	set(v, "conv", y)
	v["conv.first"], v["conv.second"] = window(x, w, 0, 0), window(x, w, 0, 1)
	v["conv.rows"], v["conv.stride2"] = y.Rows(), code.Conv(x, w, 2).Rows()
	square := code.Square()
	set(v, "max", code.MaxPool(square, 2, 2))
	set(v, "avg", code.AvgPool(square, 2, 2))
	dx, dw := code.ConvBackward(x, w, code.Matrix{{1, 0, 0}, {0, 0, 0}, {0, 0, 0}}, 1)
	set(v, "convback.dx", dx)
	set(v, "convback.dw", dw)
	if err := threeWays(v); err != nil {
		return err
	}
	descend(v)
	return nil
}

// threeWays computes the gradient of the small network by hand, by differences and by the graph.
func threeWays(v marks.Values) error {
	s, image := code.NewSmall(), code.SmallImage()
	const label = 2
	v["small.loss"] = s.Loss(image, label)
	for k, p := range code.Softmax(s.Logits(image)) {
		v[fmt.Sprintf("small.p%d", k)] = p
	}
	byGraph, err := s.ByGraph(image, label)
	if err != nil {
		return err
	}
	byHand := s.ByHand(image, label).Parameters()
	differences := code.ByDifferences(func() float64 { return s.Loss(image, label) }, s.Parameters(), 1e-5)
	var worstGraph, worstDifference float64
	for i, p := range byHand {
		worstGraph = max(worstGraph, math.Abs(*p-byGraph[i]))
		worstDifference = max(worstDifference, math.Abs(*p-differences[i]))
		v[fmt.Sprintf("hand.%d", i)], v[fmt.Sprintf("difference.%d", i)], v[fmt.Sprintf("graph.%d", i)] = *p, differences[i], byGraph[i]
	}
	v["ways.parameters"], v["ways.evaluations"] = len(byHand), 2*len(byHand)
	v["ways.graph"], v["ways.difference"] = magnitude(worstGraph), magnitude(worstDifference)
	// The step of the differences: too large is wrong, too small is noise.
	for _, exponent := range []int{1, 3, 5, 7, 9, 11, 13} {
		d := code.ByDifferences(func() float64 { return s.Loss(image, label) }, s.Parameters(), math.Pow(10, -float64(exponent)))
		var worst float64
		for i, p := range byHand {
			worst = max(worst, math.Abs(*p-d[i]))
		}
		v[fmt.Sprintf("step.%d", exponent)] = magnitude(worst)
	}
	return nil
}

// magnitude returns the power of ten above an error, because the error itself depends on the processor.
func magnitude(v float64) string {
	if v == 0 {
		return "10^{-16}"
	}
	return fmt.Sprintf("10^{%.0f}", math.Ceil(math.Log10(max(v, 1e-16))))
}

// descend trains the small network on one image.
func descend(v marks.Values) {
	s, image := code.NewSmall(), code.SmallImage()
	for step := range 11 {
		if step == 0 || step == 1 || step == 2 || step == 5 || step == 10 {
			v[fmt.Sprintf("descend.%d", step)] = s.Loss(image, 2)
		}
		gradient := s.ByHand(image, 2).Parameters()
		for i, p := range s.Parameters() {
			*p -= 0.1 * *gradient[i]
		}
	}
}
