package main

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"slices"

	"inkstone/internal/atomicfile"
	"inkstone/internal/oneline"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/picture"
)

// prediction is the class of a picture, with the probability of each class.
type prediction struct {
	File          string      `json:"file"`
	Label         string      `json:"label"`                   // of several characters: one after the other
	Probabilities []float64   `json:"probabilities,omitempty"` // in the order of the classes; absent for several characters
	Characters    []character `json:"characters,omitempty"`    // from left to right, if there are several
	Doubts        []string    `json:"doubts,omitempty"`        // why the label may be wrong
}

// character is one of several characters of a picture.
type character struct {
	Label         string    `json:"label"`
	Probabilities []float64 `json:"probabilities"`
}

// sure is the probability below which the class of a character is doubtful.
const sure = 0.7

// predictPictures prints the class of every picture. If some cannot be read, it prints the
// others and returns an error.
func predictPictures(ctx context.Context, s *settings, models []*model.Model, stdout, stderr io.Writer) error {
	m := models[0]
	if m.Height != picture.Size || m.Width != picture.Size {
		return fmt.Errorf("model file %s expects images of %dx%d, but pictures are scaled to %dx%d", s.models[0], m.Height, m.Width, picture.Size, picture.Size)
	}
	e, err := newEnsemble(s, models, 1)
	if err != nil {
		return err
	}
	defer e.Close()
	c := &collector{limit: s.megapixels << 20}
	for _, name := range s.pictures {
		if err := c.add(name); err != nil {
			return err
		}
	}
	if c.skipped > 0 {
		fmt.Fprintf(stderr, "%d files without the extension of a picture were passed over\n", c.skipped)
	}
	print := newPrinter(s, m.Classes, c.inputs, stdout)
	var failed []error
	var seen []*image.Gray
	right, labeled := 0, 0
	for _, in := range c.inputs {
		p, err := in.read(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		r, images, err := predict(e, m.Classes, in.name, p)
		if err != nil {
			return err
		}
		if s.show != "" {
			seen = append(seen, images...)
		}
		if in.label != "" {
			labeled++
			if r.Label == in.label {
				right++
			}
		}
		if err := print(r); err != nil {
			return err
		}
		for _, doubt := range r.Doubts {
			if !s.json && !s.csv {
				fmt.Fprintln(stderr, oneline.Escape(fmt.Sprintf("warning: %s: doubtful: %s", in.name, doubt)))
			}
		}
	}
	if labeled > 0 {
		fmt.Fprintf(stderr, "%d of %d answers agree with the labels (%.2f %%)\n", right, labeled, 100*float64(right)/float64(labeled))
	}
	if s.show != "" && len(seen) > 0 {
		if err := writeSheet(s.show, seen); err != nil {
			return err
		}
	}
	if len(failed) > 1 {
		return fmt.Errorf("%d of %d pictures could not be read; the first: %w", len(failed), len(c.inputs), failed[0])
	}
	if len(failed) == 1 {
		return failed[0]
	}
	return nil
}

// predict returns the class of a picture, and the images that the models saw. A row of
// characters is read one by one if each class is a digit.
func predict(e *train.Ensemble, classes []string, file string, p *picture.Picture) (*prediction, []*image.Gray, error) {
	images := []*image.Gray{p.Image}
	if allDigits(classes) {
		images = p.Row
	}
	r := &prediction{File: file, Doubts: p.Doubts}
	for _, img := range images {
		probabilities, err := e.Probabilities(img.Pix)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		c := character{classes[ranking(probabilities)[0]], probabilities}
		r.Label += c.Label
		r.Characters = append(r.Characters, c)
		if highest := slices.Max(probabilities); highest < sure {
			r.Doubts = append(r.Doubts, fmt.Sprintf("%s has a probability of only %.0f %%", c.Label, 100*highest))
		}
	}
	if len(images) == 1 {
		r.Probabilities, r.Characters = r.Characters[0].Probabilities, nil
	}
	return r, images, nil
}

// allDigits reports whether all classes are single digits, so that several in a row can be read
// one by one. The parts of another symbol, such as 八, belong together.
func allDigits(classes []string) bool {
	return !slices.ContainsFunc(classes, func(c string) bool { return len(c) != 1 || c[0] < '0' || c[0] > '9' })
}

// ranking returns the indices of the classes, the most probable first.
func ranking(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	return order
}

// writeSheet writes a PNG file with images side by side in rows of ten, each four times as
// large as it is.
func writeSheet(path string, images []*image.Gray) error {
	const columns, scale, cell = 10, 4, picture.Size*4 + 4
	rows := (len(images) + columns - 1) / columns
	sheet := image.NewGray(image.Rect(0, 0, min(len(images), columns)*cell, rows*cell))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	for i, img := range images {
		left, top := i%columns*cell+2, i/columns*cell+2
		for y := range picture.Size * scale {
			for x := range picture.Size * scale {
				sheet.SetGray(left+x, top+y, img.GrayAt(x/scale, y/scale))
			}
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, sheet) })
}
