package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/augment"
	"inkstone/train/runfolder"
)

// runner trains a model and fills the run folder.
type runner struct {
	*settings
	*sets
	model      *model.Model
	transfer   *model.Transfer // from the file that the model began from; nil for none
	folder     *runfolder.Folder
	checkpoint string    // to go on from; "" for the folder's last
	out, bars  io.Writer // for what the run tells, for a progress bar
	trainer    *train.Trainer
	progress   *progress
	distortion augment.Options
	last       train.Finish // distortion of the last epochs
}

// prepare makes the trainer. What is wrong with the settings comes out here, before
// there is a folder.
func (r *runner) prepare() error {
	cfg, err := r.trainConfig()
	if err != nil {
		return err
	}
	r.distortion, r.last = cfg.Augment, cfg.Finish
	r.progress = &progress{bars: r.bars, epochs: r.epochs}
	saver, recorder := &saver{runner: r, last: time.Now()}, &recorder{r}
	cfg.Callbacks = []train.Callback{
		{Order: 1, Stage: r.stage, Step: r.progress.step, Epoch: r.progress.epoch},
		{Order: 2, Epoch: recorder.epoch},
		{Order: 3, Step: saver.step, Epoch: saver.epoch, Interrupted: saver.save},
	}
	r.trainer, err = train.New(r.model, r.training, r.validation, cfg)
	return err
}

// run trains the model in its folder.
func (r *runner) run(ctx context.Context, folder *runfolder.Folder, stdout io.Writer) error {
	r.folder = folder
	r.out = io.MultiWriter(stdout, r.folder)
	r.progress.out = r.out
	r.introduce()
	if r.resume != "" {
		if err := r.takeUp(); err != nil {
			return err
		}
	}
	h, err := r.trainer.Run(ctx)
	r.progress.clear()
	if err != nil {
		return err
	}
	return r.finish(ctx, h)
}

// takeUp puts the trainer where the run was.
func (r *runner) takeUp() error {
	from := r.checkpoint
	if from == "" {
		from = r.folder.LastCheckpoint()
	}
	if from == "" {
		fmt.Fprintf(r.out, "resume from the start: the run has no checkpoint yet\n")
		return r.folder.Epochs(nil)
	}
	if err := r.trainer.LoadCheckpoint(from); err != nil {
		previous := r.folder.File(runfolder.PreviousFile)
		if from != previous && r.trainer.LoadCheckpoint(previous) == nil {
			return fmt.Errorf("%w; the checkpoint before it is good: -resume %s", err, previous)
		}
		return err
	}
	epoch, step := r.trainer.Position()
	fmt.Fprintf(r.out, "resume from %s: epoch %d, after step %d\n", filepath.Base(from), epoch, step)
	if note := r.trainer.ResumeNote(); note != "" {
		fmt.Fprintf(r.out, "NOTE: %s\n", note)
	}
	return r.folder.Epochs(r.trainer.History().Epochs)
}

// finish tests the model, saves it and judges the run.
func (r *runner) finish(ctx context.Context, h *train.History) error {
	res := r.result(h)
	var test *train.Report
	if !h.Interrupted {
		var err error
		if test, err = train.Evaluate(ctx, r.model, r.test, r.workers); err != nil && ctx.Err() == nil {
			return err
		}
		res.Interrupted = test == nil
	}
	r.model.Dataset = r.training.Name()
	if test != nil {
		r.model.Accuracy = test.Accuracy
		interval, ece := test.Confusion.AccuracyInterval(), test.Calibration.ECE()
		res.TestAccuracy, res.TestErrors = &test.Accuracy, &test.Errors
		res.TestInterval, res.CalibrationError, res.Classes = &interval, &ece, test.Confusion.Scores()
		if err := r.folder.Report(test); err != nil {
			return err
		}
	}
	if err := r.folder.Model(r.model); err != nil {
		return err
	}
	res.PeakRSSBytes = peakRSS()
	if err := r.folder.Result(res); err != nil {
		return err
	}
	if test != nil {
		fmt.Fprintf(r.out, "test   accuracy %s\n       loss %.4f, calibration error %.2f %%, with the parameters of epoch %d\n", test, test.Loss, 100*test.Calibration.ECE(), res.BestEpoch)
	}
	var compared error
	if test != nil && r.baseline {
		if compared = r.compare(ctx, test, h); compared != nil && ctx.Err() == nil {
			return compared
		}
	}
	fmt.Fprintf(r.out, "saved  %s (model), %s and the rest of the account beside it\n", r.folder.File(runfolder.ModelFile), runfolder.ResultFile)
	if r.note != "" {
		fmt.Fprintf(r.out, "NOTE: %s\n", r.note)
	}
	switch {
	case test == nil:
		return fmt.Errorf("%w after %s; go on with -resume %s", cli.ErrInterrupted, plural(len(h.Epochs), "whole epoch"), r.folder.Path())
	case compared != nil:
		return fmt.Errorf("%w before the baseline was whole; -resume %s makes it again", cli.ErrInterrupted, r.folder.Path())
	case 100*test.Accuracy < r.requireAcc:
		return fmt.Errorf("test accuracy is %.2f %%, -require-acc asks for %g %%", 100*test.Accuracy, r.requireAcc)
	}
	return nil
}

func (r *runner) introduce() {
	if r.note != "" {
		fmt.Fprintf(r.out, "NOTE: %s\n", r.note)
	}
	fmt.Fprintf(r.out, "data   %s from %s: %d training", r.training.Name(), r.training.Source(), r.training.Len())
	if r.validation != nil {
		fmt.Fprintf(r.out, ", %d validation", r.validation.Len())
	}
	fmt.Fprintf(r.out, ", %d test images\n", r.test.Len())
	fmt.Fprintf(r.out, "model  %s\n", r.model)
	r.tell(r.out)
	fmt.Fprintf(r.out, "train  %s of batches of %d", plural(r.epochs, "epoch"), r.batch)
	if r.accumulate > 1 {
		fmt.Fprintf(r.out, ", %d in an update", r.accumulate)
	}
	fmt.Fprintf(r.out, ", seed %d, %s\n", r.seed, plural(r.threads(), "worker"))
	fmt.Fprintf(r.out, "       %s, %s", r.trainer.Optimizer(), r.schedule)
	if d := r.distortion.String(); d != "none" {
		fmt.Fprintf(r.out, ", augmentation %s", d)
	}
	if n := r.last.Epochs(r.epochs); n > 0 {
		epochs := "epoch"
		if n > 1 {
			epochs = fmt.Sprintf("%d epochs", n)
		}
		fmt.Fprintf(r.out, ", in the last %s %s", epochs, r.last.Augment)
	}
	if r.mixup > 0 {
		fmt.Fprintf(r.out, ", mixup %g (training loss and accuracy are of mixtures)", r.mixup)
	}
	fmt.Fprintln(r.out)
}

func (r *runner) threads() int {
	if r.workers > 0 {
		return r.workers
	}
	return runtime.GOMAXPROCS(0)
}

func (r *runner) result(h *train.History) *runfolder.Result {
	res := &runfolder.Result{
		Model: r.model.Preset, Dataset: r.training.Name(), Source: r.training.Source(), Note: r.note,
		Parameters: r.model.Params.Count(), Epochs: len(h.Epochs), Seed: r.seed, Interrupted: h.Interrupted,
		TestImages: r.test.Len(), TrainImages: r.training.Len(),
		TrainSeconds: h.TrainSeconds, TrainImagesPerSecond: h.ImagesPerSecond,
	}
	if len(h.Epochs) > 0 {
		best := h.Epochs[h.Best]
		res.BestEpoch = best.Epoch
		if best.Validation != nil {
			res.ValidationAccuracy = &best.Validation.Accuracy
		}
	}
	if r.validation != nil {
		res.ValidationImages = r.validation.Len()
	}
	return res
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// recorder writes the metrics and draws them.
type recorder struct{ *runner }

func (r *recorder) epoch(e train.Epoch) error {
	if err := r.folder.Epoch(e); err != nil {
		return err
	}
	return r.folder.Curves(r.trainer.History())
}

// saver writes checkpoints, and the best model so far.
type saver struct {
	*runner
	steps int       // since the last checkpoint
	last  time.Time // of the last checkpoint
}

func (s *saver) step(train.Step) error {
	s.steps++
	if s.checkpointSteps > 0 && s.steps >= s.checkpointSteps ||
		s.checkpointMinutes > 0 && time.Since(s.last).Minutes() >= s.checkpointMinutes {
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
	s.model.Dataset = s.training.Name()
	if s.average > 0 {
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
	return s.folder.Checkpoint(s.trainer.SaveCheckpoint)
}
