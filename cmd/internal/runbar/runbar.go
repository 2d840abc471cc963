// Package runbar shows a training on the console: downloads, a bar within an epoch, a line after it.
package runbar

import (
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/train"
)

// Bar shows a run.
type Bar struct {
	out, bars io.Writer
	epochs    int
	bar       *cli.Bar
}

// New returns a Bar for a run of a number of epochs. Lines go to out, bars to bars.
func New(out, bars io.Writer, epochs int) *Bar { return &Bar{out: out, bars: bars, epochs: epochs} }

// Stage prints which parameters begin to train, and whether features are kept. It is for
// [train.Callback].
func (b *Bar) Stage(s train.Stage) error {
	b.Clear()
	if text := s.String(); text != "" {
		fmt.Fprintln(b.out, text)
	}
	return nil
}

// Step is for [train.Callback].
func (b *Bar) Step(s train.Step) error {
	if b.bar == nil {
		b.bar = cli.NewBar(b.bars, int64(s.StepsPerEpoch)*int64(s.Images), "images")
	}
	b.bar.Add(s.Images, "epoch %d/%d  loss %.4f  accuracy %5.2f %%", s.Epoch, s.Epochs, s.Loss, 100*s.Accuracy)
	return nil
}

// Epoch is for [train.Callback].
func (b *Bar) Epoch(e train.Epoch) error {
	b.Clear()
	fmt.Fprintf(b.out, "epoch %*d/%d  %s\n", len(fmt.Sprint(b.epochs)), e.Epoch, b.epochs, e)
	return nil
}

// Clear removes the bar from the console.
func (b *Bar) Clear() {
	b.bar.Clear()
	b.bar = nil
}
