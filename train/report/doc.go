// Package report draws training runs: the curves of a history, the heat map of a confusion
// matrix, the curve of a search for the learning rate, and whole reports.
//
// A [Picture] is SVG, which a notebook displays and [Picture.Write] writes to a file. A report is
// one HTML file, which needs neither a server nor scripts nor the network: [Write] makes that of
// a run, [Compare] that of several runs.
package report

import (
	"fmt"
	"io"

	"inkstone/internal/atomicfile"
	"inkstone/internal/chart"
	"inkstone/internal/failed"
	"inkstone/internal/inline"
)

// Picture is a drawing. Its colors are those for the dark if the reader's system is dark.
type Picture struct {
	chart *chart.Chart // an empty one with an error
	err   error        // of the call that returned it
}

// noPicture returns a picture that stands for one that could not be drawn: it shows the error.
func noPicture(err error) *Picture { return &Picture{chart: &chart.Chart{}, err: err} }

// carry makes p stand for the error of the function that returns it, if there is one.
func carry(p **Picture, err *error) {
	if *err != nil {
		*p = noPicture(*err)
	}
}

// SVG returns the picture as the content of an SVG file.
func (p *Picture) SVG() []byte { return []byte(p.chart.Standalone()) }

// HTML returns the picture as an image, for a notebook or a page.
func (p *Picture) HTML() string {
	if p.err != nil {
		return failed.HTML("picture", p.err)
	}
	return inline.Drawing(p.SVG(), p.chart.Name)
}

// String returns what the picture shows, and its size in pixels.
func (p *Picture) String() string {
	if p.err != nil {
		return failed.Text("picture", p.err)
	}
	return fmt.Sprintf("%s (picture of %.0f x %.0f pixels)", p.chart.Name, p.chart.Width, p.chart.Height)
}

// Write writes the picture to an SVG file, completely or not at all.
func (p *Picture) Write(path string) error {
	if p.err != nil {
		return p.err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(p.SVG())
		return err
	})
}
