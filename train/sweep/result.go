package sweep

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"inkstone/internal/atomicfile"
	"inkstone/internal/table"
	"inkstone/train/metrics"
	"inkstone/train/report"
)

// Names of the files with the result, in the folder of the sweep.
const (
	ResultFile = "result.txt"  // what Result.String returns
	PageFile   = "report.html" // the curves of the best trials
)

// pageTrials is the largest number of trials in the report. The charts have a line for each.
const pageTrials = 12

// Result has the trials of a sweep, the best first. A trial of successive halving has the score of
// the last rung that it reached; those of later rungs come first.
type Result struct {
	Missing int // number of runs that are not done

	spec  *Spec
	sweep *Sweep
	list  []ranked
}

// add puts the trials of the next rung before those that have only reached earlier ones.
func (r *Result) add(rung []ranked) {
	r.list = slices.DeleteFunc(r.list, func(old ranked) bool {
		return slices.ContainsFunc(rung, func(now ranked) bool { return now.trial.Number == old.trial.Number })
	})
	r.list = append(slices.Clone(rung), r.list...)
}

// Winner returns the best trial with its score, and nil unless all runs are done and one of them has
// not diverged.
func (r *Result) Winner() (*Trial, *Score) {
	if r.Missing > 0 || len(r.list) == 0 || r.list[0].score.Diverged != "" {
		return nil, nil
	}
	return &r.list[0].trial, r.list[0].score
}

// Table returns the trials with their settings and scores, and the 95 % intervals of the
// accuracies, see [metrics.Wilson].
func (r *Result) Table() string {
	names := slices.Sorted(maps.Keys(r.spec.Search))
	heads := append([]string{"trial"}, names...)
	if r.spec.Method == Halving {
		heads = append(heads, "epochs")
	}
	left := len(heads)
	t := table.Table{Columns: table.Columns(left, append(heads, "accuracy", "95 % interval", "errors", "images", "loss", "seconds")...)}
	for _, k := range r.list {
		cells := []string{fmt.Sprint(k.trial.Number)}
		for _, name := range names {
			cells = append(cells, k.trial.Values[name])
		}
		if r.spec.Method == Halving {
			cells = append(cells, fmt.Sprint(k.epochs))
		}
		if k.score.Diverged != "" {
			t.Add(append(cells, "diverged", "-", "-", "-", "-", "-")...)
			continue
		}
		within := "-"
		if i, err := metrics.Wilson(k.score.Images-len(k.score.Wrong), k.score.Images); err == nil {
			within = i.String()
		}
		t.Add(append(cells, fmt.Sprintf("%.2f %%", 100*k.score.Accuracy()), within, fmt.Sprint(len(k.score.Wrong)),
			fmt.Sprint(k.score.Images), fmt.Sprintf("%.4f", k.score.Loss), fmt.Sprintf("%.1f", k.score.Seconds))...)
	}
	return t.String()
}

// Corrected returns the accuracy of the winner on the validation images, corrected for having been
// chosen among all trials, and its 95 % interval, see [metrics.Chosen]. It returns an error if there
// is no winner or if the trials have other validation images.
func (r *Result) Corrected() (mean float64, within metrics.Interval, err error) {
	_, winner := r.Winner()
	if winner == nil {
		return 0, within, fmt.Errorf("the sweep has no winner")
	}
	var wrong [][]int
	for _, k := range r.list {
		if k.score.Diverged != "" {
			continue
		}
		if k.score.Set != winner.Set {
			return 0, within, fmt.Errorf("trial %d and trial %d have other validation images", r.list[0].trial.Number, k.trial.Number)
		}
		wrong = append(wrong, k.score.Wrong)
	}
	return metrics.Chosen(wrong, winner.Images)
}

// Command returns the command that trains the winner and tests it on the test images, or "" if
// there is no winner.
func (r *Result) Command() string {
	trial, _ := r.Winner()
	if trial == nil {
		return ""
	}
	args := r.spec.arguments(*trial, r.list[0].epochs, r.sweep.tables)
	args = append(args, "-out", filepath.Join(r.sweep.folder, "winner"))
	return r.sweep.command.Name + " " + commandLine(args)
}

// String returns the table, the winner with its corrected score, and the command to train it.
func (r *Result) String() string {
	var b strings.Builder
	b.WriteString(r.Table())
	trial, score := r.Winner()
	switch {
	case r.Missing > 0:
		fmt.Fprintf(&b, "\n%s missing: other processes make them, or will. The same command goes on when they are done.\n", plural(r.Missing, "run"))
		return b.String()
	case trial == nil:
		b.WriteString("\nEvery trial diverged: try smaller learning rates.\n")
		return b.String()
	}
	fmt.Fprintf(&b, "\nwinner     trial %d: %s\n", trial.Number, r.describe(trial))
	within, _ := metrics.Wilson(score.Images-len(score.Wrong), score.Images)
	fmt.Fprintf(&b, "validation %.2f %% (95 %% interval %s), the best of %s: too high, because it was chosen for it\n", 100*score.Accuracy(), within, plural(len(r.list), "trial"))
	if mean, within, err := r.Corrected(); err == nil {
		fmt.Fprintf(&b, "corrected  %.2f %% (95 %% interval %s), by a bootstrap of the choice (Tsamardinos et al. 2018)\n", 100*mean, within)
	} else {
		fmt.Fprintf(&b, "corrected  not possible: %v\n", err)
	}
	fmt.Fprintf(&b, "\nTrain the winner and look at the test images, once:\n\n  %s\n", r.Command())
	return b.String()
}

// describe returns the values of a trial as a line.
func (r *Result) describe(t *Trial) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(t.Values)) {
		parts = append(parts, name+" "+t.Values[name])
	}
	return strings.Join(parts, ", ")
}

// Write writes the result and the report of the best trials to the folder of the sweep. With folds
// the report has the first fold of each.
func (r *Result) Write() error {
	if err := atomicfile.WriteBytes(filepath.Join(r.sweep.folder, ResultFile), []byte(r.String())); err != nil {
		return err
	}
	var runs []report.Run
	for _, k := range r.list[:min(len(r.list), pageTrials)] {
		t := r.spec.tasks([]Trial{k.trial}, k.epochs)[0]
		runs = append(runs, report.Run{Folder: r.sweep.path(t)})
	}
	if len(runs) == 0 {
		return nil
	}
	return report.WritePage(filepath.Join(r.sweep.folder, PageFile), runs, "en")
}

// Commands returns the commands of the runs of a share of a sweep in a folder. Of successive halving
// these are those of the first rung; which trials go on is not known before. Nothing is written.
func Commands(spec *Spec, c Command, folder string, share Share) ([]string, error) {
	if err := share.check(); err != nil {
		return nil, err
	}
	trials, err := spec.Check(c)
	if err != nil {
		return nil, err
	}
	tables, err := c.Parse(nil)
	if err != nil {
		return nil, err
	}
	epochs, _, err := spec.rungs(len(trials))
	if err != nil {
		return nil, err
	}
	var lines []string
	for i, t := range spec.tasks(trials, epochs[0]) {
		if share.has(i) {
			lines = append(lines, c.Name+" "+commandLine(spec.taskArguments(t, folder, tables)))
		}
	}
	return lines, nil
}

// plural returns a number with a noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
