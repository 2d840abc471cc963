package chart

import (
	"fmt"
	"math"
	"strings"
)

// Series is a list of points of a plot.
type Series struct {
	Name string // in the legend; "" for no entry
	X, Y []float64
	// Low and High are the ends of an interval around each point; nil for none. A line has a
	// band, and points without a line have whiskers.
	Low, High []float64
	Color     int      // from 0; colors repeat after [Colors]
	NoLine    bool     // dots alone
	Bars      bool     // bars from the bottom of the plot
	Reference bool     // a thin gray line without dots
	Titles    []string // text of each point for a pointer; nil for none
}

// Plot is a plot of series over two axes.
type Plot struct {
	Name, Description string
	X, Y              Axis
	Series            []Series
	Rings             []Point // points that a ring marks
	Width, Height     float64 // 0 for 380 x 250
}

// Point is a point of a plot.
type Point struct{ X, Y float64 }

// fewPoints is the largest number of points of a line that dots mark.
const fewPoints = 40

// The largest numbers of ticks of the axes.
const xTicks, yTicks = 8, 6

// frame is the place of the plot area in the chart.
type frame struct{ left, top, right, bottom float64 }

// Draw returns the chart. Points that are not finite are left out.
func (p *Plot) Draw() *Chart {
	c := &Chart{Width: p.Width, Height: p.Height, Name: p.Name, Description: p.Description}
	if c.Width == 0 {
		c.Width, c.Height = 380, 250
	}
	x, y := p.X, p.Y
	for _, s := range p.Series {
		for i := range s.X {
			if !finite(s.X[i], s.Y[i]) {
				continue
			}
			x.values, y.values = append(x.values, s.X[i]), append(y.values, s.Y[i])
			if s.Low != nil && finite(s.Low[i], s.High[i]) {
				y.values = append(y.values, s.Low[i], s.High[i])
			}
		}
	}
	x.fit()
	y.fit()
	left := 58.0
	for _, v := range y.ticks(yTicks) {
		left = max(left, textWidth(y.format(v))+28)
	}
	right := 14.0
	if ticks := x.ticks(xTicks); len(ticks) > 0 {
		right = max(right, textWidth(x.format(ticks[len(ticks)-1]))/2+2)
	}
	legend, height := p.legend(left, c.Width-left-right)
	f := frame{left: left, top: 10 + height, right: c.Width - right, bottom: c.Height - 42}
	var b strings.Builder
	b.WriteString(legend)
	drawAxes(&b, f, &x, &y)
	for _, s := range p.Series {
		drawSeries(&b, f, &x, &y, s)
	}
	for _, r := range p.Rings {
		if finite(r.X, r.Y) {
			fmt.Fprintf(&b, `<circle class="ring" cx="%s" cy="%s" r="6"/>`, number(f.x(&x, r.X)), number(f.y(&y, r.Y)))
		}
	}
	c.content = b.String()
	return c
}

func (f frame) x(a *Axis, v float64) float64 { return f.left + a.pos(v)*(f.right-f.left) }
func (f frame) y(a *Axis, v float64) float64 { return f.bottom - a.pos(v)*(f.bottom-f.top) }

// legend returns the entries of the series with names, in rows from left on of at most a width,
// and their height.
func (p *Plot) legend(left, width float64) (string, float64) {
	const row, key = 18, 24
	var b strings.Builder
	x, y := left, 14.0
	entries := 0
	for _, s := range p.Series {
		if s.Name == "" {
			continue
		}
		name := shorten(s.Name, int((width-key)/6.8))
		need := key + 6 + textWidth(name) + 14
		if entries++; entries > 1 && x+need > left+width {
			x, y = left, y+row
		}
		fmt.Fprintf(&b, `<g class="%s">`, s.class())
		switch {
		case s.Bars:
			fmt.Fprintf(&b, `<rect class="bar" x="%s" y="%s" width="12" height="10"/>`, number(x+key-12), number(y-9))
		case s.NoLine:
			fmt.Fprintf(&b, `<circle class="dot" cx="%s" cy="%s" r="3"/>`, number(x+key/2), number(y-4))
		default:
			fmt.Fprintf(&b, `<path class="%s" d="M%s %sh%d"/>`, s.lineClass(), number(x), number(y-4), key)
		}
		fmt.Fprintf(&b, `<text x="%s" y="%s">%s</text></g>`, number(x+key+6), number(y), escape(name))
		x += need
	}
	if entries == 0 {
		return "", 0
	}
	return b.String(), y + 4
}

func (s *Series) class() string { return fmt.Sprintf("c%d", s.Color%Colors) }

func (s *Series) lineClass() string {
	if s.Reference {
		return "axis d2"
	}
	return fmt.Sprintf("line d%d", s.Color%Colors)
}

// drawAxes draws the grid, the ticks and the labels.
func drawAxes(b *strings.Builder, f frame, x, y *Axis) {
	for _, v := range y.ticks(yTicks) {
		at := number(f.y(y, v))
		fmt.Fprintf(b, `<path class="grid" d="M%s %sH%s"/><text class="soft" x="%s" y="%s" dy="4" text-anchor="end">%s</text>`,
			number(f.left), at, number(f.right), number(f.left-6), at, escape(y.format(v)))
	}
	for _, v := range x.ticks(xTicks) {
		at := number(f.x(x, v))
		fmt.Fprintf(b, `<path class="axis" d="M%s %sv4"/><text class="soft" x="%s" y="%s" text-anchor="middle">%s</text>`,
			at, number(f.bottom), at, number(f.bottom+17), escape(x.format(v)))
	}
	fmt.Fprintf(b, `<path class="axis" d="M%s %sH%s"/>`, number(f.left), number(f.bottom), number(f.right))
	fmt.Fprintf(b, `<text class="soft" x="%s" y="%s" text-anchor="end">%s</text>`, number(f.right), number(f.bottom+35), escape(x.label()))
	if y.label() != "" {
		fmt.Fprintf(b, `<text class="soft" transform="translate(13 %s) rotate(-90)" text-anchor="middle">%s</text>`, number((f.top+f.bottom)/2), escape(y.label()))
	}
}

func drawSeries(b *strings.Builder, f frame, x, y *Axis, s Series) {
	fmt.Fprintf(b, `<g class="%s">`, s.class())
	defer b.WriteString("</g>\n")
	if s.Bars {
		drawBars(b, f, x, y, s)
		return
	}
	if s.Low != nil {
		drawIntervals(b, f, x, y, s)
	}
	var path strings.Builder
	pen := "M"
	for i := range s.X {
		if !finite(s.X[i], s.Y[i]) {
			pen = "M" // a gap
			continue
		}
		path.WriteString(pen + number(f.x(x, s.X[i])) + " " + number(f.y(y, s.Y[i])))
		pen = "L"
	}
	if !s.NoLine {
		fmt.Fprintf(b, `<path class="%s" d="%s"/>`, s.lineClass(), path.String())
	}
	if s.Reference || !s.NoLine && len(s.X) > fewPoints {
		return
	}
	for i := range s.X {
		if finite(s.X[i], s.Y[i]) {
			fmt.Fprintf(b, `<circle class="dot" cx="%s" cy="%s" r="2.6">%s</circle>`, number(f.x(x, s.X[i])), number(f.y(y, s.Y[i])), s.title(i))
		}
	}
}

// title returns the title element of a point.
func (s *Series) title(i int) string {
	if s.Titles == nil {
		return ""
	}
	return "<title>" + escape(s.Titles[i]) + "</title>"
}

// drawBars draws bars that fill the distance between points.
func drawBars(b *strings.Builder, f frame, x, y *Axis, s Series) {
	if len(s.X) == 0 {
		return
	}
	width := (f.right - f.left) / float64(len(s.X))
	for i := range s.X {
		top := f.y(y, max(s.Y[i], y.Low))
		if h := f.bottom - top; finite(s.X[i], s.Y[i]) && h > 0 {
			fmt.Fprintf(b, `<rect class="bar" x="%s" y="%s" width="%s" height="%s">%s</rect>`,
				number(f.x(x, s.X[i])-width*0.42), number(top), number(width*0.84), number(h), s.title(i))
		}
	}
}

// drawIntervals draws a band or whiskers.
func drawIntervals(b *strings.Builder, f frame, x, y *Axis, s Series) {
	var there, back string
	pen := "M"
	for i := range s.X {
		if !finite(s.X[i], s.Low[i]) || !finite(s.High[i], 0) {
			continue
		}
		at, low, high := number(f.x(x, s.X[i])), number(f.y(y, s.Low[i])), number(f.y(y, s.High[i]))
		if s.NoLine {
			fmt.Fprintf(b, `<path class="line" d="M%s %sV%s"/>`, at, low, high)
			continue
		}
		there += pen + at + " " + low
		back = "L" + at + " " + high + back
		pen = "L"
	}
	if there != "" {
		fmt.Fprintf(b, `<path class="band" d="%s%sz"/>`, there, back)
	}
}

func finite(v, w float64) bool { return !math.IsNaN(v-v) && !math.IsNaN(w-w) }
