package main

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"slices"

	"inkstone/cmd/internal/pictures"
	"inkstone/cmd/internal/reading"
	"inkstone/internal/atomicfile"
	"inkstone/internal/oneline"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/picture"
)

// standardInput is what the name - stands for. Tests replace it.
var standardInput io.Reader = os.Stdin

// predictPictures prints the class of every picture. If some cannot be read, it prints the
// others and returns an error.
func predictPictures(ctx context.Context, s *settings, models []*model.Model, stdout, stderr io.Writer) error {
	if err := pictures.CheckModel("model file "+s.models[0], models[0]); err != nil {
		return err
	}
	list, err := pictures.Open(s.pictures, s.megapixels<<20, standardInput, stderr)
	if err != nil {
		return err
	}
	batch := 1
	if list.Several() {
		batch = testBatch
	}
	e, err := newEnsemble(s, models, batch)
	if err != nil {
		return err
	}
	defer e.Close()
	p := &predictor{settings: s, ensemble: e, classes: models[0].Classes, stderr: stderr, print: newPrinter(s, models[0].Classes, list.Width(), stdout)}
	if err := list.Each(ctx, p.add); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	if p.labeled > 0 {
		fmt.Fprintf(stderr, "%d of %d answers agree with the labels (%.2f %%)\n", p.right, p.labeled, 100*float64(p.right)/float64(p.labeled))
	}
	if s.show != "" && len(p.seen) > 0 {
		if err := writeSheet(s.show, p.seen); err != nil {
			return err
		}
	}
	return list.Unreadable()
}

// predictor evaluates pictures in batches and prints what the models read.
type predictor struct {
	*settings
	ensemble *train.Ensemble
	classes  []string
	stderr   io.Writer
	print    func(r *prediction) error

	waiting        []pictures.Input
	images         []*image.Gray // of the waiting pictures
	seen           []*image.Gray // for -show
	right, labeled int
}

// add adds a picture to the next batch, and evaluates the batch if it is full.
func (p *predictor) add(in pictures.Input) error {
	p.waiting = append(p.waiting, in)
	p.images = append(p.images, reading.Images(in.Picture, p.classes)...)
	if len(p.images) < p.ensemble.Batch() {
		return nil
	}
	return p.flush()
}

// flush evaluates and prints the pictures that wait.
func (p *predictor) flush() error {
	probabilities, err := probabilities(p.ensemble, p.images)
	switch {
	case err != nil && len(p.waiting) == 1:
		return fmt.Errorf("%s: %w", p.waiting[0].Name, err)
	case err != nil: // one of them alone will return the error, after the answers of those before it
		for _, in := range slices.Clone(p.waiting) {
			p.waiting, p.images = []pictures.Input{in}, reading.Images(in.Picture, p.classes)
			if err := p.flush(); err != nil {
				return err
			}
		}
		return nil
	}
	for _, in := range p.waiting {
		n := len(reading.Images(in.Picture, p.classes))
		if err := p.report(in, reading.New(p.classes, probabilities[:n], in.Picture.Doubts)); err != nil {
			return err
		}
		probabilities = probabilities[n:]
	}
	if p.show != "" {
		p.seen = append(p.seen, p.images...)
	}
	p.waiting, p.images = p.waiting[:0], p.images[:0]
	return nil
}

// probabilities returns the probability of each class for each image.
func probabilities(e *train.Ensemble, images []*image.Gray) ([][]float64, error) {
	var list [][]float64
	for batch := range slices.Chunk(images, e.Batch()) {
		flat, err := e.BatchProbabilities(len(batch), func(i int) []byte { return batch[i].Pix })
		if err != nil {
			return nil, err
		}
		list = slices.AppendSeq(list, slices.Chunk(slices.Clone(flat), len(flat)/len(batch)))
	}
	return list, nil
}

// report prints what the models read in a picture.
func (p *predictor) report(in pictures.Input, r *reading.Reading) error {
	if in.Label != "" {
		p.labeled++
		if r.Label == in.Label {
			p.right++
		}
	}
	if err := p.print(newPrediction(in.Name, r)); err != nil {
		return err
	}
	if p.json || p.csv {
		return nil
	}
	for _, doubt := range r.Doubts {
		fmt.Fprintln(p.stderr, oneline.Escape(fmt.Sprintf("warning: %s: doubtful: %s", in.Name, doubt)))
	}
	return nil
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
