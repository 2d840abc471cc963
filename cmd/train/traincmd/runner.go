package traincmd

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/report"
	"inkstone/train/runfolder"
)

// runner trains a model and fills the run folder.
type runner struct {
	*command
	sets       *sets.Sets
	model      *model.Model
	transfer   *model.Transfer // from the file that the model started from; nil for none
	folder     *runfolder.Folder
	checkpoint string    // to resume from; "" for the folder's last
	out, bars  io.Writer // for messages, for a progress bar
	trainer    *train.Trainer
	frozen     []string // parameters that are frozen at the start
	progress   *progress
	saver      *runfolder.Saver
}

// prepare makes the trainer. Settings that do not fit the data or the model are refused
// here, before there is a folder.
func (r *runner) prepare() (err error) {
	cfg := r.config
	r.progress = &progress{bars: r.bars, epochs: cfg.Epochs}
	r.saver = &runfolder.Saver{Steps: r.options.checkpointSteps, Interval: time.Duration(r.options.checkpointMinutes * float64(time.Minute))}
	cfg.Callbacks = []train.Callback{
		{Order: 1, Stage: r.stage, Step: r.progress.step, Epoch: r.progress.epoch},
		r.saver.Callback(2),
		{Order: 3, Epoch: r.drawCurves},
	}
	r.frozen = r.model.Params.Frozen()
	r.trainer, err = train.New(r.model, r.sets.Training, r.sets.Validation, cfg)
	return err
}

// run trains the model in its folder.
func (r *runner) run(ctx context.Context, stdout io.Writer) error {
	r.saver.Folder = r.folder
	r.out = io.MultiWriter(stdout, r.folder)
	r.progress.out = r.out
	r.printHeader()
	if r.options.resume != "" {
		if err := r.restore(); err != nil {
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

// restore puts the trainer into the state of a checkpoint.
func (r *runner) restore() error {
	from := r.checkpoint
	if from == "" {
		from = r.folder.LastCheckpoint()
	}
	if from == "" {
		fmt.Fprintf(r.out, "resume from the start: the run has no checkpoint yet\n")
		return r.folder.SetEpochs(nil)
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
	return r.folder.SetEpochs(r.trainer.History().Epochs)
}

// drawCurves draws the history so far.
func (r *runner) drawCurves(train.Epoch) error {
	curves, err := report.Curves(r.trainer.History())
	if err != nil {
		return err
	}
	return report.WritePNG(r.folder.File(runfolder.CurvesFile), curves)
}

// finish tests the model, saves it and writes the result.
func (r *runner) finish(ctx context.Context, h *train.History) error {
	var test *train.Report
	if !h.Interrupted {
		var err error
		if test, err = train.Evaluate(ctx, r.model, r.sets.Test, r.config.Workers); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if test != nil {
		r.model.Accuracy = test.Accuracy
		if err := r.folder.WriteReport(test); err != nil {
			return err
		}
		if err := report.WritePNG(r.folder.File(runfolder.ConfusionFile), report.Confusion(test.Confusion)); err != nil {
			return err
		}
	}
	if err := r.folder.SaveModel(r.model); err != nil {
		return err
	}
	res := runfolder.NewResult(r.model, r.sets, r.config.Seed, h, test)
	if err := r.folder.WriteResult(res); err != nil {
		return err
	}
	if test != nil {
		fmt.Fprintf(r.out, "test   accuracy %s\n       loss %.4f, calibration error %.2f %%, with the parameters of epoch %d\n", test, test.Loss, 100*test.Calibration.ECE(), res.BestEpoch)
	}
	var compared error
	if test != nil && r.options.baseline {
		if compared = r.compare(ctx, test, h); compared != nil && ctx.Err() == nil {
			return compared
		}
	}
	fmt.Fprintf(r.out, "saved  %s (model), %s and the rest of the report beside it\n", r.folder.File(runfolder.ModelFile), runfolder.ResultFile)
	if r.sets.Note != "" {
		fmt.Fprintf(r.out, "NOTE: %s\n", r.sets.Note)
	}
	switch {
	case test == nil:
		return fmt.Errorf("%w after %s; resume with -resume %s", cli.ErrInterrupted, plural(len(h.Epochs), "whole epoch"), r.folder.Path())
	case compared != nil:
		return fmt.Errorf("%w before the baseline was complete; -resume %s makes it again", cli.ErrInterrupted, r.folder.Path())
	case 100*test.Accuracy < r.options.requireAccuracy:
		return fmt.Errorf("test accuracy is %.2f %%, -require-acc asks for %g %%", 100*test.Accuracy, r.options.requireAccuracy)
	}
	return nil
}
