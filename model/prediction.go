package model

import (
	"fmt"
	"image"
	"slices"

	"inkstone/internal/failed"
	"inkstone/internal/inline"
	"inkstone/internal/table"
)

// Prediction is the answer of a model for one image.
type Prediction struct {
	Class         int       // the class with the largest probability, an index into Classes
	Classes       []string  // names of the classes
	Probabilities []float64 // of each class

	pixels        []byte // of the image, row by row
	height, width int
	err           error // of the call that returned it
}

// Predict evaluates the network on one image, height x width bytes from 0 for black to 255 for
// white. For many images a [Classifier] is faster. With an error Predict returns a prediction
// that shows the error.
func (m *Model) Predict(pixels []byte) (p *Prediction, err error) {
	defer func() {
		if err != nil {
			p = &Prediction{err: err}
		}
	}()
	c, err := m.Classifier(1, 0)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	probabilities, err := c.Probabilities(pixels)
	if err != nil {
		return nil, err
	}
	return &Prediction{
		Class: slices.Index(probabilities, slices.Max(probabilities)), Classes: m.Classes, Probabilities: probabilities,
		pixels: slices.Clone(pixels), height: m.Height, width: m.Width,
	}, nil
}

// table returns the classes with their probabilities, the largest first.
func (p *Prediction) table() *table.Table {
	order := make([]int, len(p.Probabilities))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p.Probabilities[a] > p.Probabilities[b]:
			return -1
		case p.Probabilities[a] < p.Probabilities[b]:
			return 1
		}
		return 0
	})
	t := &table.Table{Columns: table.Columns(1, "class", "probability")}
	for _, k := range order {
		t.Add(p.Classes[k], fmt.Sprintf("%.2f %%", 100*p.Probabilities[k]))
	}
	return t
}

// String returns the classes with their probabilities, the largest first.
func (p *Prediction) String() string {
	if p.err != nil {
		return failed.Text("prediction", p.err)
	}
	return p.table().String()
}

// HTML returns the image as the network sees it beside the table of String, for a notebook or a
// page.
func (p *Prediction) HTML() string {
	if p.err != nil {
		return failed.HTML("prediction", p.err)
	}
	img := image.NewGray(image.Rect(0, 0, p.width, p.height))
	copy(img.Pix, p.pixels)
	seen := fmt.Sprintf("what the network sees, %d x %d pixels", p.height, p.width)
	return fmt.Sprintf(`%s<div style="display:inline-block;margin:4px;vertical-align:top">%s</div>`,
		inline.Figure(inline.Enlarged(img, seenWidth), seenWidth, seen, seen), p.table().HTML())
}

// seenWidth is the width in pixels at which an image is shown that a network sees.
const seenWidth = 280
