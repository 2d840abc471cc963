package traincmd

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
		p.bar = cli.NewBar(p.bars, int64(s.StepsPerEpoch)*int64(s.Images), "images")
	}
	p.bar.Add(s.Images, "epoch %d/%d  loss %.4f  accuracy %5.2f %%", s.Epoch, s.Epochs, s.Loss, 100*s.Accuracy)
	return nil
}

func (p *progress) epoch(e train.Epoch) error {
	p.clear()
	fmt.Fprintf(p.out, "epoch %*d/%d  %s\n", len(fmt.Sprint(p.epochs)), e.Epoch, p.epochs, e)
	return nil
}

func (p *progress) clear() {
	p.bar.Clear()
	p.bar = nil
}
