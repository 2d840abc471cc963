package chart

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTicks(t *testing.T) {
	for _, tc := range []struct {
		axis Axis
		n    int
		want string
	}{
		{Axis{Low: 0, High: 2, Whole: true}, 8, "[0 1 2]"},
		{Axis{Low: 0, High: 30, Whole: true}, 8, "[0 5 10 15 20 25 30]"},
		{Axis{Low: 0, High: 1000}, 8, "[0 200 400 600 800 1000]"},
		{Axis{Low: 0, High: 0.3}, 4, "[0 0.1 0.2 0.3]"},
		{Axis{Low: -60, High: 60}, 8, "[-60 -40 -20 0 20 40 60]"},
		{Axis{Low: 0.02, High: 0.3, Log: true}, 6, "[0.02 0.05 0.1 0.2]"},
		{Axis{Low: 1e-6, High: 10, Log: true}, 8, "[1e-06 1e-05 0.0001 0.001 0.01 0.1 1 10]"},
		{Axis{Low: 1e-6, High: 10, Log: true}, 4, "[1e-06 0.0001 0.01 1]"},
	} {
		tc.axis.fit()
		if got := fmt.Sprint(tc.axis.ticks(tc.n)); got != tc.want {
			t.Errorf("from %v to %v: %s, want %s", tc.axis.Low, tc.axis.High, got, tc.want)
		}
	}
}

// Any values give a finite axis with ends that differ.
func TestFit(t *testing.T) {
	for _, values := range [][]float64{nil, {0}, {5}, {-5}, {1, 1}, {0, 1}, {1e-300, 1e300}} {
		for _, log := range []bool{false, true} {
			a := Axis{Log: log, values: values}
			a.fit()
			if !(a.Low < a.High) || math.IsInf(a.Low, 0) || math.IsInf(a.High, 0) {
				t.Errorf("%v: from %v to %v", values, a.Low, a.High)
			}
			for _, v := range values {
				if p := a.pos(v); !(p >= 0 && p <= 1) {
					t.Errorf("%v: the place of %v is %v", values, v, p)
				}
			}
			if n := len(a.ticks(6)); n > 9 {
				t.Errorf("%v: %d ticks", values, n)
			}
		}
	}
}

// positions returns the numbers after "M" and "L" in the path of the first line.
func firstLine(t *testing.T, svg string) string {
	t.Helper()
	_, rest, ok := strings.Cut(svg, `<path class="line d0" d="`)
	path, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no line in %s", svg)
	}
	return path
}

// The points of a line lie where the axes put them, and a value that is not finite is a gap.
func TestPlotPoints(t *testing.T) {
	p := Plot{Name: "test", X: Axis{Low: 0, High: 4}, Y: Axis{Low: 0, High: 10},
		Series: []Series{{X: []float64{0, 1, 2, 4}, Y: []float64{0, 5, math.NaN(), 10}}}, Width: 472, Height: 252}
	// The plot area goes from 58 to 458 and from 210 up to 10.
	if got, want := firstLine(t, p.Draw().SVG()), "M58 210L158 110M458 10"; got != want {
		t.Errorf("the line is %q, want %q", got, want)
	}
	p.Y.Reversed = true
	if got, want := firstLine(t, p.Draw().SVG()), "M58 10L158 110M458 210"; got != want {
		t.Errorf("reversed, the line is %q, want %q", got, want)
	}
	p.Y = Axis{Low: 1, High: 100, Log: true}
	p.Series[0].Y = []float64{1, 10, 10, 100}
	if got, want := firstLine(t, p.Draw().SVG()), "M58 210L158 110L258 110L458 10"; got != want {
		t.Errorf("on a logarithmic axis, the line is %q, want %q", got, want)
	}
}

// valid parses a chart as XML and returns its texts.
func valid(t *testing.T, c *Chart) []string {
	t.Helper()
	var texts []string
	d := xml.NewDecoder(strings.NewReader(c.Standalone()))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatalf("%v in %s", err, c.Standalone())
		}
		if data, ok := token.(xml.CharData); ok {
			texts = append(texts, string(data))
		}
	}
}

// Names of any kind are texts, never markup.
func TestNames(t *testing.T) {
	for _, name := range []string{"数字 «7»", `<script>alert("1")</script>`, "a\x00b\n\uffff", "'&amp;"} {
		plot := Plot{Name: name, Description: name, X: Axis{Label: name}, Y: Axis{Label: name},
			Series: []Series{{Name: name, X: []float64{1}, Y: []float64{1}, Titles: []string{name}}}}
		heat := Heatmap{Name: name, Names: []string{name, "b"}, At: func(i, j int) int { return i + j }, Title: func(i, j int) string { return name }}
		for _, c := range []*Chart{plot.Draw(), heat.Draw(), Sparkline(name, []float64{1, 2}, 1, 2), Stack(name, plot.Draw(), heat.Draw())} {
			texts := valid(t, c)
			if strings.Contains(c.SVG(), "<script") {
				t.Errorf("%q becomes markup", name)
			}
			if name[0] == 0xe6 && c.Width > 200 && !slices.Contains(texts, name) {
				t.Errorf("the texts %q lack %q", texts, name)
			}
		}
	}
}

func TestHeatmapSizes(t *testing.T) {
	for _, n := range []int{1, 2, 32, 33, 256} {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("类 %d with a name that is too long", i)
		}
		m := Heatmap{Name: "test", Names: names, At: func(i, j int) int { return i * j }, Title: func(i, j int) string { return "" }}
		c := m.Draw()
		if numbers := strings.Contains(c.SVG(), ">1</text>"); c.Width > 6000 || numbers != (n > 1 && n <= 32) {
			t.Errorf("%d names: width %v, numbers %v", n, c.Width, numbers)
		}
	}
}

func TestSparkline(t *testing.T) {
	svg := Sparkline("errors", []float64{2, 1, 0}, 0, 2).SVG()
	if want := `d="M4 4L58 14L112 24"`; !strings.Contains(svg, want) || strings.Count(svg, "<circle") != 1 {
		t.Errorf("the curve is %s, want %s", svg, want)
	}
	if svg := Sparkline("one", []float64{1}, 1, 1).SVG(); !strings.Contains(svg, "<circle") {
		t.Errorf("one value is %s", svg)
	}
}

// A free drawing is put into the element as it is, with its name and its description.
func TestFree(t *testing.T) {
	svg := Free("a <name>", "what it shows", 30, 20, `<path d="M0 0"/>`).Standalone()
	for _, part := range []string{`aria-label="a &lt;name&gt;"`, "<desc>what it shows</desc>", `viewBox="0 0 30 20"`, `<path d="M0 0"/></svg>`} {
		if !strings.Contains(svg, part) {
			t.Errorf("%s lacks %s", svg, part)
		}
	}
}
