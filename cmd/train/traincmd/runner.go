package traincmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/internal/runbar"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/report"
	"inkstone/train/runfolder"
	"inkstone/train/settings"
)

// runner trains a model and fills the run folder.
type runner struct {
	*command
	sets       *sets.Sets
	model      *model.Model
	transfer   *model.Transfer // from the file that the model started from; nil for none
	folder     *runfolder.Folder
	checkpoint string // to resume from; "" for the folder's last
	out        *runfolder.Output
	bars       io.Writer // for progress bars
	trainer    *train.Trainer
	frozen     []string // parameters that are frozen at the start
	progress   *runbar.Bar
	saver      *runfolder.Saver
	broadcast  *runfolder.Broadcast
}

// prepare makes the trainer. Settings that do not fit the data or the model are refused
// here, before there is a folder.
func (r *runner) prepare() (err error) {
	cfg := r.config
	r.progress = runbar.New(r.out, r.bars, cfg.Epochs)
	r.saver = &runfolder.Saver{Steps: r.options.checkpointSteps, Interval: time.Duration(r.options.checkpointMinutes * float64(time.Minute))}
	if r.broadcast, err = runfolder.NewBroadcast(r.model, r.sets, cfg.Workers); err != nil {
		return err
	}
	cfg.Callbacks = []train.Callback{
		{Order: 1, Stage: r.progress.Stage, Step: r.progress.Step, Epoch: r.progress.Epoch},
		r.saver.Callback(2),
		{Order: 3, Epoch: func(train.Epoch) error { return report.DrawCurves(r.folder, r.trainer.History()) }},
		r.broadcast.Callback(4),
	}
	cfg.Test = r.sets.Test
	r.frozen = r.model.Params.Frozen()
	r.trainer, err = train.New(r.model, r.sets.Training, r.sets.Validation, cfg)
	return err
}

// open creates the run's folder, or opens that of the run to resume.
func (r *runner) open(out string) (err error) {
	if resume := r.options.resume; resume != "" {
		var path string
		path, r.checkpoint = runfolder.Split(resume)
		r.folder, err = runfolder.Open(path)
	} else {
		var toml []byte
		if toml, err = r.format(r.sets.Training.Name()); err != nil {
			return err
		}
		var start *model.Model
		if r.transfer != nil {
			start = r.model
		}
		if out == "" {
			r.folder, err = runfolder.CreateNext(defaultOut(r.model.Preset), toml, start)
		} else {
			r.folder, err = runfolder.Create(out, toml, start)
		}
	}
	if err != nil {
		return err
	}
	r.saver.Folder, r.broadcast.Folder = r.folder, r.folder
	r.out.SetFolder(r.folder)
	if warning := r.folder.Warning(); warning != "" {
		fmt.Fprintf(r.out, "NOTE: %s\n", warning)
	}
	return nil
}

// run trains the model in its folder.
func (r *runner) run(ctx context.Context) error {
	ctx, r.broadcast.Stop = context.WithCancel(ctx)
	r.printHeader()
	if r.options.resume != "" {
		if err := r.restore(); err != nil {
			return err
		}
	}
	h, err := r.trainer.Run(ctx)
	r.broadcast.End(h, err)
	r.progress.Clear()
	switch {
	case errors.Is(err, train.ErrDiverged) && r.options.resume != "":
		return fmt.Errorf("%w in a new run, with -config %s -lr RATE", err, r.folder.File(runfolder.ConfigFile))
	case err != nil:
		return err
	}
	return cmp.Or(r.finish(ctx, h), r.out.Err())
}

// printHeader prints what the run is going to do.
func (r *runner) printHeader() {
	if r.sets.Note != "" {
		fmt.Fprintf(r.out, "NOTE: %s\n", r.sets.Note)
	}
	fmt.Fprintf(r.out, "data   %s\nmodel  %s\n", r.sets, r.model)
	for _, note := range r.model.Notes() {
		fmt.Fprintf(r.out, "       note: %s\n", note)
	}
	fmt.Fprint(r.out, train.DescribeStart(r.model, r.options.start.Path, r.transfer))
	fmt.Fprintf(r.out, "train  %s\n", strings.ReplaceAll(r.trainer.String(), "\n", "\n       "))
}

// restore sets the trainer to a checkpoint, and writes down the settings that the command
// line changes.
func (r *runner) restore() error {
	note, err := r.folder.Restore(r.trainer, r.checkpoint)
	if err != nil {
		return err
	}
	fmt.Fprint(r.out, note)
	if len(r.tables().Choose(r.given, func(s *settings.Setting) bool { return !s.Unsaved })) == 0 {
		return nil
	}
	toml, err := r.format(r.sets.Training.Name())
	if err != nil {
		return err
	}
	return r.folder.WriteConfig(toml)
}

// finish tests the model, saves it and writes the result.
func (r *runner) finish(ctx context.Context, h *train.History) error {
	var test *train.Report
	if !h.Interrupted && r.options.test {
		score, err := train.Evaluate(ctx, r.model, r.sets.Test, r.config.Workers)
		switch h.Interrupted = err != nil && ctx.Err() != nil; {
		case err == nil:
			test = score
		case !h.Interrupted:
			return err
		}
	}
	res, err := r.folder.Finish(r.model, r.sets, r.config.Seed, h, test)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "ended  %s\n", h.Ending())
	if test != nil {
		fmt.Fprintf(r.out, "test   accuracy %s\n       loss %.4f, calibration error %.2f %%, with the parameters of epoch %d\n", test, test.Loss, 100*test.Calibration.ECE(), res.BestEpoch)
	}
	var compared error
	if test != nil && r.options.baseline {
		if compared = r.compare(ctx, test, h); compared != nil && ctx.Err() == nil {
			return compared
		}
	}
	fmt.Fprintf(r.out, "saved  %s (model), %s and the rest of the results beside it\n", r.folder.File(runfolder.ModelFile), runfolder.ResultFile)
	if page := r.folder.File(runfolder.PageFile); r.options.report {
		if err := report.WritePage(page, []report.Run{{Folder: r.folder.Path()}}, "en"); err != nil {
			return err
		}
		fmt.Fprintf(r.out, "report %s (open it in a browser)\n", page)
	}
	if r.sets.Note != "" {
		fmt.Fprintf(r.out, "NOTE: %s\n", r.sets.Note)
	}
	resume := cmp.Or(r.resumeWith, r.folder.Path())
	switch {
	case h.Interrupted:
		return fmt.Errorf("%w after %d whole epochs; resume with -resume %s", cli.ErrInterrupted, len(h.Epochs), resume)
	case compared != nil:
		return fmt.Errorf("%w before the baseline was complete; -resume %s makes it again", cli.ErrInterrupted, resume)
	case test != nil && 100*test.Accuracy < r.options.requireAccuracy:
		return fmt.Errorf("test accuracy is %.2f %%, -require-acc asks for %g %%", 100*test.Accuracy, r.options.requireAccuracy)
	}
	return nil
}
