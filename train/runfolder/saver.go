package runfolder

import (
	"errors"
	"fmt"
	"time"

	"inkstone/train"
)

// Saver writes files to the folder of a run while it trains: the metrics of each epoch, the best
// model so far, and checkpoints.
type Saver struct {
	// Folder must be set before the run starts.
	Folder *Folder
	// A Saver writes a checkpoint after each epoch, after this number of updates, and after this
	// interval. 0 means no such checkpoints. Neither may be negative.
	Steps    int
	Interval time.Duration

	trainer *train.Trainer
	steps   int       // number of updates since the last checkpoint
	last    time.Time // time of the last checkpoint
}

// Callback returns a callback of a trainer that calls the Saver.
func (s *Saver) Callback(order int) train.Callback {
	return train.Callback{Order: order, Start: s.start, Step: s.step, Epoch: s.epoch, Interrupted: s.checkpoint}
}

func (s *Saver) start(t *train.Trainer) error {
	if s.Folder == nil {
		return errors.New("saver: the folder of the run is nil")
	}
	if s.Steps < 0 || s.Interval < 0 {
		return fmt.Errorf("saver: a checkpoint after every %d updates and %v, want at least 0", s.Steps, s.Interval)
	}
	s.trainer, s.last = t, time.Now()
	return nil
}

func (s *Saver) step(train.Step) error {
	s.steps++
	if s.Steps > 0 && s.steps >= s.Steps || s.Interval > 0 && time.Since(s.last) >= s.Interval {
		return s.checkpoint()
	}
	return nil
}

func (s *Saver) epoch(e train.Epoch) error {
	if err := s.Folder.AppendEpoch(e); err != nil {
		return err
	}
	if e.Best {
		if err := s.models(); err != nil {
			return err
		}
	}
	return s.checkpoint()
}

// models saves the best model. If there is a moving average, it also saves the average and the
// parameters of the same epoch.
func (s *Saver) models() error {
	if s.trainer.Averages() {
		if err := s.trainer.Save(s.Folder.File(RawFile)); err != nil {
			return err
		}
		if err := s.trainer.SaveAverage(s.Folder.File(AverageFile)); err != nil {
			return err
		}
	}
	return s.trainer.SaveBest(s.Folder.File(ModelFile))
}

func (s *Saver) checkpoint() error {
	s.steps, s.last = 0, time.Now()
	return s.Folder.SaveCheckpoint(s.trainer.SaveCheckpoint)
}
