package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"

	"inkstone/internal/oneline"
	"inkstone/internal/smallfile"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/metrics"
	"inkstone/train/runfolder"
)

// content is what a report uses of a run. What the folder does not have is nil.
type content struct {
	*runfolder.Run
	name       string
	history    *train.History // nil without a finished epoch
	test       *train.Report  // of predictions.csv
	mistakes   []runfolder.Mistake
	model      *model.Model
	baselines  train.Baselines
	robustness *train.Robustness
	notices    []string
}

// read reads a run. Files that are missing or damaged become notices.
func read(l language, r Run) (*content, error) {
	run, err := runfolder.Read(r.Folder)
	if err != nil {
		return nil, err
	}
	c := &content{Run: run, name: nameOf(r.Folder), robustness: r.Robustness}
	switch run.State() {
	case runfolder.Unfinished:
		c.note(l.t("This run is not finished: it is in progress, or its process was killed. The report shows what there is so far."))
	case runfolder.Interrupted:
		c.note(l.t("This run was interrupted. The report shows what there is so far."))
	}
	for _, damage := range run.Damage {
		c.note(l.f("Damaged: %s", damage))
	}
	if run.Result != nil && run.Result.Note != "" {
		c.note(l.t(run.Result.Note))
	}
	if len(run.Epochs) > 0 {
		c.history = run.History()
	}
	if run.TestAccuracy() != nil {
		c.readPredictions(l)
	}
	if c.model, err = model.Load(filepath.Join(r.Folder, runfolder.ModelFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.note(l.f("The model cannot be read: %s", err))
	}
	c.readBaselines(l)
	return c, nil
}

// note adds a notice.
func (c *content) note(text string) { c.notices = append(c.notices, oneline.Escape(text)) }

// nameOf returns the name of a folder.
func nameOf(folder string) string {
	if path, err := filepath.Abs(folder); err == nil {
		folder = path
	}
	return oneline.Escape(filepath.Base(folder))
}

// readPredictions reads the predictions and the mistakes, if they are those of the result.
func (c *content) readPredictions(l language) {
	p, err := runfolder.ReadPredictions(c.Path)
	var test *train.Report
	if err == nil {
		test, err = p.Report()
	}
	want := c.Result
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.note(l.f("The folder has no %s, because an earlier version of Inkstone wrote it. The confusion matrix, the mistakes and the reliability are left out.", runfolder.PredictionsFile))
		return
	case err != nil:
		c.note(l.f("Damaged: %s", err))
		return
	case test.Images != want.TestImages || want.TestErrors != nil && test.Errors != *want.TestErrors:
		c.note(l.f("%[1]s has %[2]d errors in %[3]d images, unlike %[4]s. It is left out.", runfolder.PredictionsFile, test.Errors, test.Images, runfolder.ResultFile))
		return
	}
	c.test = test
	list, err := runfolder.ReadMistakes(c.Path)
	if err != nil {
		c.note(l.f("Damaged: %s", err))
	}
	for _, m := range list {
		if m.Image >= test.Images {
			c.note(l.f("Damaged: %s", fmt.Sprintf("%s: image %d of %d", runfolder.MistakesFile, m.Image, test.Images)))
			return
		}
	}
	c.mistakes = list
}

// readBaselines reads the comparison with random weights.
func (c *content) readBaselines(l language) {
	content, err := smallfile.Read(filepath.Join(c.Path, runfolder.BaselineFile), 1<<20)
	if err == nil {
		err = json.Unmarshal(content, &c.baselines)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.note(l.f("Damaged: %s", fmt.Sprintf("%s: %v", runfolder.BaselineFile, err)))
	}
}

// percent formats a fraction.
func percent(v float64) string { return fmt.Sprintf("%.2f %%", 100*v) }

// interval formats a confidence interval.
func interval(i metrics.Interval) string {
	return fmt.Sprintf("%.2f–%.2f %%", 100*i.Low, 100*i.High)
}

// share formats a probability.
func share(p float64) string {
	if p < 0.001 {
		return "<0.1 %"
	}
	return fmt.Sprintf("%.1f %%", math.Min(100*p, 100))
}

// seconds formats a duration.
func seconds(l language, v float64) string {
	switch {
	case v < 100:
		return l.f("%.1f s", v)
	case v < 6000:
		return l.f("%.1f min", v/60)
	}
	return l.f("%.1f h", v/3600)
}

// thousands formats a count with spaces between groups of three digits.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return s
}
