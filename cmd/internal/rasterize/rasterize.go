// Package rasterize paints the SVG drawings of package diagram as pixels. It knows the elements
// that these have: rectangles, paths, texts and translated groups.
package rasterize

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// maxPixels bounds the size of a picture.
const maxPixels = 256 << 20

// Paint returns a drawing with scale pixels for each of its units. It is an error if the drawing has
// an element that is not known, or more than 256 megapixels.
func Paint(svg string, scale float64) (image.Image, error) {
	p := &painter{scale: scale, faces: map[string]font.Face{}}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("drawing: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = p.start(d, t)
		case xml.EndElement:
			p.end(t)
		}
		if err != nil {
			return nil, fmt.Errorf("drawing: element %v: %w", token, err)
		}
	}
	if p.dc == nil {
		return nil, errors.New("drawing: there is no svg element")
	}
	return p.dc.Image(), nil
}

type painter struct {
	dc       *gg.Context
	scale    float64
	fontSize float64
	anchor   string // text-anchor of the drawing
	faces    map[string]font.Face
}

// attributes are those of an element.
type attributes map[string]string

func (a attributes) number(name string) float64 {
	v, _ := strconv.ParseFloat(a[name], 64) // a missing or wrong one is 0, as in browsers
	return v
}

func attributesOf(e xml.StartElement) attributes {
	a := attributes{}
	for _, x := range e.Attr {
		a[x.Name.Local] = x.Value
	}
	return a
}

// start paints an element that begins.
func (p *painter) start(d *xml.Decoder, e xml.StartElement) error {
	a := attributesOf(e)
	if p.dc == nil && e.Name.Local != "svg" {
		return errors.New("it is outside of svg")
	}
	switch e.Name.Local {
	case "svg":
		w, h := a.number("width")*p.scale, a.number("height")*p.scale
		if !(w >= 1 && h >= 1 && w*h <= maxPixels) {
			return fmt.Errorf("%.0f x %.0f pixels, want at least 1 x 1 and at most %d in all; SVG has no limit", w, h, maxPixels)
		}
		p.dc = gg.NewContext(int(w), int(h))
		p.dc.Scale(p.scale, p.scale)
		p.fontSize, p.anchor = a.number("font-size"), a["text-anchor"]
	case "defs":
		return d.Skip() // the pattern of frozen boxes, which hatch paints
	case "g":
		p.dc.Push()
		var x, y float64
		if _, err := fmt.Sscanf(a["transform"], "translate(%g %g)", &x, &y); err != nil {
			return fmt.Errorf("transform %q, want translate(x y)", a["transform"])
		}
		p.dc.Translate(x, y)
	case "rect":
		p.rect(a)
	case "path":
		if err := p.path(a["d"]); err != nil {
			return err
		}
		p.finish(a)
	case "text":
		return p.text(d, e, a)
	default:
		return errors.New("it is not known")
	}
	return nil
}

func (p *painter) end(e xml.EndElement) {
	if e.Name.Local == "g" {
		p.dc.Pop()
	}
}

// finish fills the current path and draws its outline.
func (p *painter) finish(a attributes) {
	fill := a["fill"]
	if fill == "white" {
		fill = "#ffffff"
	}
	if _, ok := a["fill"]; !ok && a["stroke"] == "" {
		fill = "#000000"
	}
	if fill != "" && fill != "none" {
		p.dc.SetHexColor(fill)
		p.dc.FillPreserve()
	}
	if a["stroke"] == "" {
		p.dc.ClearPath()
		return
	}
	p.dc.SetHexColor(a["stroke"])
	width := a.number("stroke-width")
	if width == 0 {
		width = 1
	}
	p.dc.SetLineWidth(width * p.scale)
	p.dc.SetLineCapButt()
	var dashes []float64
	for _, field := range strings.Fields(a["stroke-dasharray"]) {
		v, _ := strconv.ParseFloat(field, 64)
		dashes = append(dashes, v*p.scale)
	}
	p.dc.SetDash(dashes...)
	p.dc.Stroke()
}

func (p *painter) rect(a attributes) {
	x, y, w, h := a.number("x"), a.number("y"), a.number("width"), a.number("height")
	draw := func() {
		if r := min(a.number("rx"), w/2, h/2); r > 0 {
			p.dc.DrawRoundedRectangle(x, y, w, h, r)
		} else {
			p.dc.DrawRectangle(x, y, w, h)
		}
	}
	if strings.HasPrefix(a["fill"], "url(") {
		a["fill"] = "none"
		draw()
		p.hatch(x, y, w, h)
	}
	draw()
	p.finish(a)
}

// hatch fills the current path with diagonal lines, as the pattern of frozen boxes does.
func (p *painter) hatch(x, y, w, h float64) {
	p.dc.Push()
	p.dc.SetHexColor("#eef4fb")
	p.dc.ClipPreserve()
	p.dc.Fill()
	p.dc.SetHexColor("#a9c4e0")
	p.dc.SetLineWidth(p.scale)
	p.dc.SetDash()
	const distance = 6
	for k := 0.0; k < w+h; k += distance {
		p.dc.DrawLine(x+k, y, x+k-h, y+h)
		p.dc.Stroke()
	}
	p.dc.ResetClip()
	p.dc.Pop()
}

// path adds the commands M, C, V, l, h, v, H, L and z to the current path.
func (p *painter) path(text string) error {
	spaced := strings.NewReplacer("M", " M ", "C", " C ", "V", " V ", "H", " H ", "L", " L ", "l", " l ", "h", " h ", "v", " v ", "z", " z ", ",", " ").Replace(text)
	// A minus may stand for a separator: "l-4 -7".
	fields := strings.Fields(spaced)
	var x, y float64
	for i := 0; i < len(fields); {
		command := fields[i]
		i++
		take := func(n int) ([]float64, error) {
			if i+n > len(fields) {
				return nil, fmt.Errorf("path %q ends after %s", text, command)
			}
			v := make([]float64, n)
			for k := range v {
				var err error
				if v[k], err = strconv.ParseFloat(fields[i+k], 64); err != nil {
					return nil, fmt.Errorf("path %q: %w", text, err)
				}
			}
			i += n
			return v, nil
		}
		n := map[string]int{"M": 2, "L": 2, "l": 2, "C": 6, "V": 1, "H": 1, "h": 1, "v": 1, "z": 0}
		count, ok := n[command]
		if !ok {
			return fmt.Errorf("path %q has the command %q", text, command)
		}
		for first := true; first || count > 0 && i < len(fields) && n[fields[i]] == 0 && fields[i] != "z"; first = false {
			v, err := take(count)
			if err != nil {
				return err
			}
			switch command {
			case "z":
				p.dc.ClosePath()
				continue
			case "M", "L":
				x, y = v[0], v[1]
			case "l":
				x, y = x+v[0], y+v[1]
			case "C":
				x, y = v[4], v[5]
				p.dc.CubicTo(v[0], v[1], v[2], v[3], x, y)
				continue
			case "V":
				y = v[0]
			case "v":
				y += v[0]
			case "H":
				x = v[0]
			case "h":
				x += v[0]
			}
			if command == "M" {
				p.dc.MoveTo(x, y)
			} else {
				p.dc.LineTo(x, y)
			}
		}
	}
	return nil
}

// text paints a text in the font of its weight and style.
func (p *painter) text(d *xml.Decoder, e xml.StartElement, a attributes) error {
	var content struct {
		Text string `xml:",chardata"`
	}
	if err := d.DecodeElement(&content, &e); err != nil {
		return err
	}
	face, err := p.face(a["font-weight"] + a["font-style"])
	if err != nil {
		return err
	}
	p.dc.SetFontFace(face)
	color, anchor := a["fill"], a["text-anchor"]
	if color == "" {
		color = "#000000"
	}
	if anchor == "" {
		anchor = p.anchor
	}
	p.dc.SetHexColor(color)
	width, _ := p.dc.MeasureString(content.Text)
	x, y := p.dc.TransformPoint(a.number("x"), a.number("y"))
	x -= width * map[string]float64{"middle": 0.5, "end": 1}[anchor]
	p.dc.Push()
	p.dc.Identity() // the face has the size of the pixels already
	p.dc.DrawString(content.Text, x, y)
	p.dc.Pop()
	return nil
}

func (p *painter) face(style string) (font.Face, error) {
	if f := p.faces[style]; f != nil {
		return f, nil
	}
	content := goregular.TTF
	switch style {
	case "bold":
		content = gobold.TTF
	case "italic":
		content = goitalic.TTF
	}
	parsed, err := opentype.Parse(content)
	if err != nil {
		return nil, err
	}
	f, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: p.fontSize * p.scale, DPI: 72})
	p.faces[style] = f
	return f, err
}
