package traincmd

import (
	"time"

	"inkstone/train"
	"inkstone/train/report"
	"inkstone/train/runfolder"
)

// recorder writes the metrics and draws them.
type recorder struct{ *runner }

func (r *recorder) epoch(e train.Epoch) error {
	if err := r.folder.AppendEpoch(e); err != nil {
		return err
	}
	curves, err := report.Curves(r.trainer.History())
	if err != nil {
		return err
	}
	return report.WritePNG(r.folder.File(runfolder.CurvesFile), curves)
}

// saver writes checkpoints, and the best model so far.
type saver struct {
	*runner
	steps int       // since the last checkpoint
	last  time.Time // of the last checkpoint
}

func (s *saver) step(train.Step) error {
	s.steps++
	if s.options.checkpointSteps > 0 && s.steps >= s.options.checkpointSteps ||
		s.options.checkpointMinutes > 0 && time.Since(s.last).Minutes() >= s.options.checkpointMinutes {
		return s.save()
	}
	return nil
}

func (s *saver) epoch(e train.Epoch) error {
	if e.Best {
		if err := s.models(); err != nil {
			return err
		}
	}
	return s.save()
}

// models saves the best model and, if there is an average, both that it was chosen from.
func (s *saver) models() error {
	s.model.Dataset = s.sets.Training.Name()
	if s.config.Average > 0 {
		if err := s.model.Save(s.folder.File(runfolder.RawFile)); err != nil {
			return err
		}
		if err := s.trainer.SaveAverage(s.folder.File(runfolder.AverageFile)); err != nil {
			return err
		}
	}
	return s.trainer.SaveBest(s.folder.File(runfolder.ModelFile))
}

func (s *saver) save() error {
	s.steps, s.last = 0, time.Now()
	return s.folder.SaveCheckpoint(s.trainer.SaveCheckpoint)
}
