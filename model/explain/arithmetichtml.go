package explain

import (
	"cmp"
	"fmt"
	"html"
	"image/color"
	"math"
	"slices"
	"strings"

	"inkstone/internal/failed"
)

// shownTerms is the number of terms that the text of an [Arithmetic] lists.
const shownTerms = 12

// shownChannels is the number of channels whose windows its HTML shows.
const shownChannels = 4

// place writes indices as "(3, 4, 0)".
func place(at []int) string {
	parts := make([]string, len(at))
	for i, k := range at {
		parts[i] = fmt.Sprint(k)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// title returns the value and its place: "conv1 (3, 4, 0) = 0.42".
func (a *Arithmetic) title() string {
	return fmt.Sprintf("%s %s = %s", a.Layer, place(a.At), number(a.Value))
}

// largest returns the terms with the largest products first.
func largest(terms []Term) []Term {
	sorted := slices.Clone(terms)
	slices.SortStableFunc(sorted, func(s, t Term) int {
		return cmp.Compare(math.Abs(t.Input*t.Weight), math.Abs(s.Input*s.Weight))
	})
	return sorted
}

// String returns the formula, the value, and the terms with the largest products, at most 12.
func (a *Arithmetic) String() string {
	if a.err != nil {
		return failed.Text(explanation, a.err)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s\n%s: %s\n%s\n", a.title(), a.Kind, a.Formula, a.Line)
	terms := largest(a.Terms)
	for _, t := range terms[:min(len(terms), shownTerms)] {
		if t.Padding {
			fmt.Fprintf(&s, "  padding            0 × %s\n", number(t.Weight))
			continue
		}
		fmt.Fprintf(&s, "  %s %s  %s × %s = %s\n", t.From, place(t.At), number(t.Input), number(t.Weight), number(t.Input*t.Weight))
	}
	if n := len(terms) - shownTerms; n > 0 {
		fmt.Fprintf(&s, "  and %d smaller products\n", n)
	}
	return s.String()
}

// HTML returns the formula and the values, for a notebook or a page. The window of a convolution or
// a pooling is shown beside its kernel, for the four channels with the largest sums; other layers show their
// terms in a table.
func (a *Arithmetic) HTML() string {
	if a.err != nil {
		return failed.HTML(explanation, a.err)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "<p><b>%s</b><br>%s: %s<br>%s</p>\n", html.EscapeString(a.title()), html.EscapeString(a.Kind), html.EscapeString(a.Formula), html.EscapeString(a.Line))
	if a.Kind == "conv" || a.Kind == "maxpool" || a.Kind == "avgpool" {
		a.writeWindows(&s)
	} else if len(a.Terms) > 1 {
		a.writeTerms(&s)
	}
	return s.String()
}

// channel is the part of a window in one channel.
type channel struct {
	index int
	terms []Term
	sum   float64 // of the products
}

// writeWindows writes the channels of a window, each as a table of values, weights and products.
func (a *Arithmetic) writeWindows(s *strings.Builder) {
	var channels []channel
	for _, t := range a.Terms {
		k := t.At[2]
		if len(channels) == 0 || channels[len(channels)-1].index != k {
			channels = append(channels, channel{index: k})
		}
		c := &channels[len(channels)-1]
		c.terms = append(c.terms, t)
		c.sum += t.Input * t.Weight
	}
	slices.SortStableFunc(channels, func(b, c channel) int { return cmp.Compare(math.Abs(c.sum), math.Abs(b.sum)) })
	rest := 0.0
	for i, c := range channels {
		if i >= shownChannels {
			rest += c.sum
			continue
		}
		fmt.Fprintf(s, `<div style="margin:6px 0">%s, channel %d`, html.EscapeString(c.terms[0].From), c.index)
		if a.Kind == "conv" {
			fmt.Fprintf(s, ": the products add up to %s", number(c.sum))
		}
		s.WriteString(`<div style="display:flex;flex-wrap:wrap;gap:8px;align-items:center">`)
		writeGrid(s, c.terms, func(t Term) string {
			if t.Padding {
				return "(0)"
			}
			return number3(t.Input)
		}, func(t Term) float64 { return t.Input })
		if a.Kind == "conv" {
			s.WriteString("<span>×</span>")
			writeGrid(s, c.terms, func(t Term) string { return number3(t.Weight) }, func(t Term) float64 { return t.Weight })
			s.WriteString("<span>=</span>")
			writeGrid(s, c.terms, func(t Term) string { return number3(t.Input * t.Weight) }, func(t Term) float64 { return t.Input * t.Weight })
		}
		s.WriteString("</div></div>\n")
	}
	if n := len(channels) - shownChannels; n > 0 {
		fmt.Fprintf(s, "<p>The products of the other %d channels add up to %s.</p>\n", n, number(rest))
	}
}

func number3(v float64) string {
	if v == 0 {
		return "0" // not -0
	}
	return strings.Replace(fmt.Sprintf("%.3g", v), "-", "−", 1)
}

// writeGrid writes a number for each place of a window, on a color that follows its size and sign.
func writeGrid(s *strings.Builder, terms []Term, text func(t Term) string, size func(t Term) float64) {
	scale := math.SmallestNonzeroFloat64
	for _, t := range terms {
		scale = max(scale, math.Abs(size(t)))
	}
	s.WriteString(`<table style="border-collapse:collapse;font-size:12px;font-variant-numeric:tabular-nums">`)
	for i, t := range terms {
		if i == 0 || t.Row != terms[i-1].Row {
			if i > 0 {
				s.WriteString("</tr>")
			}
			s.WriteString("<tr>")
		}
		c := blend(color.RGBA{255, 255, 255, 255}, 0.45*size(t)/scale) // light, so that the number can be read
		fmt.Fprintf(s, `<td style="border:1px solid #999;padding:2px 5px;text-align:right;color:#111;background:#%02x%02x%02x">%s</td>`, c.R, c.G, c.B, text(t))
	}
	s.WriteString("</tr></table>")
}

// writeTerms writes the terms with the largest products as a table.
func (a *Arithmetic) writeTerms(s *strings.Builder) {
	terms := largest(a.Terms)
	s.WriteString(`<table style="border-collapse:collapse;font-size:12px"><tr><th>input</th><th>value</th><th>weight</th><th>product</th></tr>`)
	for _, t := range terms[:min(len(terms), shownTerms)] {
		fmt.Fprintf(s, `<tr><td style="padding:0 8px 0 0">%s %s</td>`, html.EscapeString(t.From), place(t.At))
		for _, v := range []float64{t.Input, t.Weight, t.Input * t.Weight} {
			fmt.Fprintf(s, `<td style="padding:0 8px;text-align:right">%s</td>`, number(v))
		}
		s.WriteString("</tr>")
	}
	s.WriteString("</table>\n")
	if n := len(terms) - shownTerms; n > 0 {
		fmt.Fprintf(s, "<p>and %d smaller products</p>\n", n)
	}
}
