package main

import (
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/train"
)

// progress shows a run: a bar within an epoch, a line after it.
type progress struct {
	out, bars io.Writer
	epochs    int
	bar       *cli.Bar
}

func (p *progress) step(s train.Step) error {
	if p.bar == nil {
		p.bar = cli.NewBar(p.bars, int64(s.Steps)*int64(s.Images), "images")
	}
	p.bar.Add(s.Images, "epoch %d/%d  loss %.4f  accuracy %5.2f %%", s.Epoch, s.Epochs, s.Loss, 100*s.Accuracy)
	return nil
}

func (p *progress) epoch(e train.Epoch) error {
	p.clear()
	fmt.Fprintf(p.out, "epoch %*d/%d  loss %.4f  accuracy %5.2f %%", len(fmt.Sprint(p.epochs)), e.Epoch, p.epochs, e.TrainLoss, 100*e.TrainAccuracy)
	if v := e.Validation; v != nil {
		fmt.Fprintf(p.out, "  validation loss %.4f  accuracy %5.2f %%", v.Loss, 100*v.Accuracy)
	}
	if a := e.Average; a != nil {
		fmt.Fprintf(p.out, "  averaged %5.2f %%", 100*a.Accuracy)
	}
	fmt.Fprintf(p.out, "  %.1f s  %.0f images/s\n", e.Seconds, e.ImagesPerSecond)
	return nil
}

func (p *progress) clear() {
	if p.bar != nil {
		p.bar.Clear()
		p.bar = nil
	}
}
