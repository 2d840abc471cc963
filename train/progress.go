package train

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// progressEvery is the time between two lines within an epoch.
const progressEvery = 10 * time.Second

// Progress returns a callback that writes a line after each epoch, and every ten seconds
// within an epoch. It is for notebooks and logs, in which a bar cannot be redrawn. For
// [os.Stdout] it writes to the standard output of that time, since a notebook has another one in
// each cell.
func Progress(w io.Writer) Callback {
	if w == nil {
		return Callback{Start: func(*Trainer) error { return errors.New("progress: the writer is nil") }}
	}
	isStdout := w == io.Writer(os.Stdout)
	out := func() io.Writer {
		if isStdout {
			return os.Stdout
		}
		return w
	}
	epochs, last := 0, time.Now()
	return Callback{
		Start: func(t *Trainer) error {
			epochs, last = t.cfg.Epochs, time.Now()
			return nil
		},
		Step: func(s Step) error {
			if s.Step == s.StepsPerEpoch || time.Since(last) < progressEvery {
				return nil
			}
			last = time.Now()
			_, err := fmt.Fprintf(out(), "epoch %d/%d  step %d/%d  loss %.4f  accuracy %.2f %%\n",
				s.Epoch, s.Epochs, s.Step, s.StepsPerEpoch, s.Loss, 100*s.Accuracy)
			return err
		},
		Epoch: func(e Epoch) error {
			last = time.Now()
			_, err := fmt.Fprintf(out(), "epoch %d/%d  %s\n", e.Epoch, epochs, e)
			return err
		},
	}
}

// String returns the losses and accuracies in one line.
func (e Epoch) String() string {
	s := fmt.Sprintf("loss %.4f  accuracy %5.2f %%", e.TrainLoss, 100*e.TrainAccuracy)
	if v := e.Validation; v != nil {
		s += fmt.Sprintf("  validation loss %.4f  accuracy %5.2f %%", v.Loss, 100*v.Accuracy)
	}
	if a := e.Average; a != nil {
		s += fmt.Sprintf("  averaged %5.2f %%", 100*a.Accuracy)
	}
	return s + fmt.Sprintf("  %.1f s  %.0f images/s", e.Seconds, e.ImagesPerSecond)
}
