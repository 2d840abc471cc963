package chart

import (
	"fmt"
	"strings"
)

// Sparkline returns a small curve of values at equal distances, for a cell of a table. A dot
// marks the last value. Low and high are the values at the bottom and at the top.
func Sparkline(name string, values []float64, low, high float64) *Chart {
	c := &Chart{Width: 120, Height: 28, Name: name}
	f := frame{left: 4, top: 4, right: 112, bottom: 24}
	x := Axis{Low: 0, High: max(1, float64(len(values)-1))}
	y := Axis{Low: low, High: high}
	y.fit()
	var b strings.Builder
	pen, last := "M", ""
	b.WriteString(`<g class="c0"><path class="line" d="`)
	for i, v := range values {
		if !finite(v, 0) {
			pen = "M"
			continue
		}
		at := [2]string{number(f.x(&x, float64(i))), number(f.y(&y, min(max(v, y.Low), y.High)))}
		b.WriteString(pen + at[0] + " " + at[1])
		pen, last = "L", fmt.Sprintf(`<circle class="dot" cx="%s" cy="%s" r="2.6"/>`, at[0], at[1])
	}
	b.WriteString(`"/>` + last + `</g>`)
	c.content = b.String()
	return c
}
