package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The dimensions of all charts.
const (
	chartWidth  = 16 * vg.Centimeter
	chartHeight = 8 * vg.Centimeter // of one chart
	chartMargin = 3 * vg.Millimeter
	chartDPI    = 120
	fewPoints   = 40 // largest number of points of a line that are marked by dots
)

var (
	ink    = color.RGBA{60, 60, 60, 255}
	grid   = color.RGBA{228, 228, 228, 255}
	blue   = color.RGBA{31, 119, 180, 255}
	orange = color.RGBA{226, 106, 10, 255}
	green  = color.RGBA{44, 140, 60, 255}
)

// series are the colors of the lines of a chart, in order.
var series = []color.Color{blue, orange, green}

// newChart returns an empty chart: sans-serif, with a light grid and a legend.
func newChart(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	for _, s := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		s.Font.Variant, s.Color = "Sans", ink
	}
	p.Title.TextStyle.Font.Size, p.Title.Padding = font.Length(12), 2*vg.Millimeter
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Size, a.Tick.Label.Font.Size = 10, 9
		a.LineStyle.Color, a.Tick.LineStyle.Color = ink, ink
	}
	p.Legend.TextStyle.Font.Size, p.Legend.ThumbnailWidth, p.Legend.Padding = 10, 6*vg.Millimeter, 1*vg.Millimeter
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = grid, grid
	p.Add(g)
	return p
}

// addLine adds a line through the points, with dots if they are few. If name is not "", the
// legend has an entry for the line.
func addLine(p *plot.Plot, name string, points plotter.XYs, c color.Color) error {
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = c, vg.Points(1.6)
	p.Add(line)
	if name != "" {
		p.Legend.Add(name, line)
	}
	if len(points) > fewPoints {
		return nil
	}
	return addDots(p, points, draw.GlyphStyle{Color: c, Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}})
}

// addRing adds rings around points.
func addRing(p *plot.Plot, points plotter.XYs) error {
	return addDots(p, points, draw.GlyphStyle{Color: ink, Radius: vg.Points(5), Shape: draw.RingGlyph{}})
}

// addDots adds a glyph at each point.
func addDots(p *plot.Plot, points plotter.XYs, style draw.GlyphStyle) error {
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	dots.GlyphStyle = style
	p.Add(dots)
	return nil
}

// stack draws charts one below another, with their axes aligned.
func stack(charts ...*plot.Plot) image.Image {
	img := vgimg.NewWith(vgimg.UseWH(chartWidth, vg.Length(len(charts))*chartHeight), vgimg.UseDPI(chartDPI))
	rows := make([][]*plot.Plot, len(charts))
	for i, p := range charts {
		rows[i] = []*plot.Plot{p}
	}
	tiles := draw.Tiles{
		Rows: len(charts), Cols: 1, PadY: 2 * chartMargin,
		PadTop: chartMargin, PadBottom: chartMargin, PadLeft: chartMargin, PadRight: 2 * chartMargin,
	}
	for i, row := range plot.Align(rows, tiles, draw.New(img)) {
		charts[i].Draw(row[0])
	}
	return img.Image()
}

// wholeTicks places at most about ten ticks at integers.
type wholeTicks struct{}

func (wholeTicks) Ticks(low, high float64) []plot.Tick {
	step := 1.0
	for i := 0; (high-low)/step > 10; i++ {
		step *= []float64{2, 2.5, 2}[i%3]
	}
	var ticks []plot.Tick
	for v := math.Ceil(low/step) * step; v <= high; v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'f', -1, 64)})
	}
	return ticks
}

// roundTicks places the ticks of a logarithmic axis at 1, 2 and 5 times the powers of ten. On a
// long axis only the powers of ten have labels.
type roundTicks struct {
	label func(v float64) string
}

func (r roundTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	for e := first; e <= last; e++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow(10, e)
			if v < low*(1-1e-9) || v > high*(1+1e-9) {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 || last-first <= 3 {
				t.Label = r.label(v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// relabeled places the ticks as gonum does, with custom labels.
type relabeled struct {
	label func(v float64) string
}

func (r relabeled) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = r.label(ticks[i].Value)
		}
	}
	return ticks
}

// plainNumber returns a number with three significant digits.
func plainNumber(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

// accuracyOf returns the accuracy in percent for an error rate from 0 to 1.
func accuracyOf(rate float64) string {
	return fmt.Sprintf("%s %%", strconv.FormatFloat(100-100*rate, 'g', 6, 64))
}
