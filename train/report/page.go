package report

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"inkstone/internal/atomicfile"
	"inkstone/internal/chart"
	"inkstone/train"
)

// Run is a run to report on.
type Run struct {
	Folder     string
	Robustness *train.Robustness // nil if it was not measured
}

// Page returns the report of a run as HTML, or that of several runs, which compares them. The
// language is "en" or "zh". The report has what the folders have: a run in progress or with
// damaged files is reported too, and the report says so. Page returns an error if a folder has
// no configuration that can be read.
func Page(runs []Run, language string) ([]byte, error) {
	l, err := languageOf(language)
	if err != nil {
		return nil, err
	}
	var contents []*content
	for _, r := range runs {
		c, err := read(l, r)
		if err != nil {
			return nil, err
		}
		contents = append(contents, c)
	}
	switch len(contents) {
	case 0:
		return nil, errors.New("report: no run to report on")
	case 1:
		return contents[0].page(l).render()
	}
	return comparison(l, contents).render()
}

// WritePage writes the report that [Page] returns to a file, completely or not at all.
func WritePage(path string, runs []Run, language string) error {
	content, err := Page(runs, language)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, content)
}

// page is what the template shows.
type page struct {
	L               language
	Title, Subtitle string
	Notices         []string // what the reader must know first
	Tiles           []tile
	Sections        []*section
	Style           template.CSS
}

// tile is a number with its name and a remark.
type tile struct{ Name, Value, Remark string }

// section is a part of the page. What is empty is left out.
type section struct {
	ID, Title string
	Lead      []string // paragraphs
	Split     bool     // figures and tables side by side
	Figures   []figure
	Cards     []card
	Tables    []*grid
	Settings  []setting
	Plain     string   // text in columns
	More      *section // folded away below a line
}

// figure is a chart with small pictures below it.
type figure struct {
	SVG     template.HTML
	Caption string
	Strip   []thumb
}

// thumb is a small picture.
type thumb struct {
	Source    template.URL
	Alt, Text string
}

// card is an image with the probabilities of some classes.
type card struct {
	Source           template.URL // "" without a picture
	Alt              string
	Label, Predicted string
	Remark           string
	Bars             []bar
}

// bar is a probability in percent.
type bar struct {
	Name    string
	Percent float64
	Text    string
	Class   string // good, bad or other
}

// grid is a table.
type grid struct {
	Caption string
	Heads   []head
	Rows    [][]cell
}

// remove removes the columns from one index up to another.
func (g *grid) remove(from, to int) {
	g.Heads = slices.Delete(g.Heads, from, to)
	for i := range g.Rows {
		g.Rows[i] = slices.Delete(g.Rows[i], from, to)
	}
}

type head struct {
	Text  string
	Right bool
}

// cell is a cell of a table: a text or a chart.
type cell struct {
	Text string
	SVG  template.HTML
	Mark bool // bold
}

// longText is the number of characters above which the text of a cell has several lines.
const longText = 20

// Long reports whether the text of a cell may be divided into lines.
func (c cell) Long() bool { return utf8.RuneCountInString(c.Text) > longText }

// Breaks returns the text with places where it may be divided: after commas, slashes and the like.
func (c cell) Breaks() template.HTML {
	var b strings.Builder
	for _, r := range c.Text {
		b.WriteString(template.HTMLEscapeString(string(r)))
		if strings.ContainsRune(",/:;", r) {
			b.WriteString("<wbr>")
		}
	}
	return template.HTML(b.String())
}

type setting struct{ Name, Value string }

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
)

// render returns the page as HTML.
func (p *page) render() ([]byte, error) {
	p.Style = template.CSS(chart.Style + pageCSS)
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, p)
	return b.Bytes(), err
}

// add appends a section unless it is nil.
func (p *page) add(s *section) {
	if s != nil {
		p.Sections = append(p.Sections, s)
	}
}

// figures returns charts as figures.
func figures(charts ...*chart.Chart) []figure {
	var list []figure
	for _, c := range charts {
		list = append(list, figure{SVG: svg(c), Caption: c.Name})
	}
	return list
}

// svg returns a chart, whose texts package chart has escaped.
func svg(c *chart.Chart) template.HTML { return template.HTML(c.SVG()) }

// texts returns cells with these texts.
func texts(list ...string) []cell {
	cells := make([]cell, len(list))
	for i, text := range list {
		cells[i].Text = text
	}
	return cells
}

// heads returns the heads of columns. The first left columns are aligned to the left.
func heads(left int, names ...string) []head {
	list := make([]head, len(names))
	for i, name := range names {
		list[i] = head{name, i >= left}
	}
	return list
}
