package sweep

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"inkstone/train/data"
	"inkstone/train/settings"
)

// Command is the command that makes a run.
type Command struct {
	// Name is the command as people type it, such as "go run ./cmd/train".
	Name string
	// Parse checks arguments and returns the settings with their values.
	Parse func(args []string) (settings.Lists, error)
	// Run makes the run. If ctx ends, it saves what is needed to resume the run and returns an
	// error.
	Run func(ctx context.Context, args []string) error
}

// reserved are the settings that a sweep sets itself, or that would make it useless, with a reason.
var reserved = map[string]string{
	"test":            "no trial looks at the test images",
	"baseline":        "it looks at the test images",
	"require-acc":     "it looks at the test images",
	"overfit-batches": "the validation images would be those of the training",
	"workers":         "-jobs divides the processors among the trials",
	"report":          "the sweep writes one report",
	"fold":            "folds makes the folds",
}

// Check returns an error for the first setting of the Spec that the command does not know or whose
// value, in any trial, is not valid. It returns the trials.
func (s *Spec) Check(c Command) ([]Trial, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	tables, err := c.Parse(nil)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.names())) {
		switch set := tables.Find(name); {
		case reserved[name] != "":
			return nil, fmt.Errorf("%s cannot be set in a sweep: %s", name, reserved[name])
		case set == nil || set.Unsaved:
			return nil, tables.Unknown(name)
		}
	}
	trials, err := s.List(tables)
	if err != nil {
		return nil, err
	}
	epochs, _, err := s.rungs(len(trials))
	if err != nil {
		return nil, err
	}
	for _, t := range trials {
		for _, e := range epochs {
			args := s.arguments(t, e, tables)
			checked, err := c.Parse(args)
			if err != nil {
				return nil, fmt.Errorf("trial %d (%s): %w", t.Number, commandLine(args), err)
			}
			if err := s.checkValidation(checked); err != nil {
				return nil, fmt.Errorf("trial %d (%s): %w", t.Number, commandLine(args), err)
			}
		}
	}
	return trials, nil
}

// names returns the names of all settings of the Spec.
func (s *Spec) names() map[string]bool {
	names := map[string]bool{}
	for name := range s.Settings {
		names[name] = true
	}
	for name := range s.Search {
		names[name] = true
	}
	return names
}

// checkValidation returns an error if a trial has no validation images.
func (s *Spec) checkValidation(tables settings.Lists) error {
	val, perClass, images := tables.Find("val"), tables.Find("limit-per-class"), tables.Find("images")
	if s.Folds > 0 || val == nil || perClass == nil || images == nil {
		return nil
	}
	none := val.Value.String() == "0" || val.Value.String() == "-1" && perClass.Value.String() != "0" && images.Value.String() == ""
	if none {
		return errors.New("it has no validation images: set val to their number, or folds for a cross-validation")
	}
	return nil
}

// arguments returns the arguments that stand for the settings of a trial, in the order of the
// tables. epochs replaces the number of epochs unless it is 0.
func (s *Spec) arguments(t Trial, epochs int, tables settings.Lists) []string {
	texts := maps.Clone(s.Settings)
	maps.Copy(texts, t.Values)
	if epochs > 0 {
		texts["epochs"] = fmt.Sprint(epochs)
	}
	var args []string
	for _, l := range tables {
		for _, set := range l {
			if text, ok := texts[set.Name]; ok {
				args = append(args, argument(set, text)...)
			}
		}
	}
	return args
}

// argument returns a setting as arguments.
func argument(set settings.Setting, text string) []string {
	if _, isBool := set.Value.Get().(bool); isBool {
		return []string{"-" + set.Name + "=" + text}
	}
	return []string{"-" + set.Name, text}
}

// task is a run of a trial: with a number of epochs, unless that is 0, and on a fold, unless that
// is none.
type task struct {
	trial  Trial
	epochs int
	fold   data.Fold
}

// name returns the name of the run folder.
func (t task) name() string {
	name := fmt.Sprintf("trial-%03d", t.trial.Number)
	if t.epochs > 0 {
		name += fmt.Sprintf("-epochs-%d", t.epochs)
	}
	if t.fold.Of > 0 {
		name += fmt.Sprintf("-fold-%d", t.fold.Part)
	}
	return name
}

// tasks returns the runs of trials.
func (s *Spec) tasks(trials []Trial, epochs int) (list []task) {
	for _, t := range trials {
		if s.Folds == 0 {
			list = append(list, task{trial: t, epochs: epochs})
		}
		for part := 1; part <= s.Folds; part++ {
			list = append(list, task{t, epochs, data.Fold{Part: part, Of: s.Folds}})
		}
	}
	return list
}

// taskArguments returns the arguments of the command for a run in a folder of the sweep.
func (s *Spec) taskArguments(t task, folder string, tables settings.Lists) []string {
	args := s.arguments(t.trial, t.epochs, tables)
	if t.fold.Of > 0 {
		args = append(args, "-fold", t.fold.String())
	}
	return append(args, "-test=false", "-report=false", "-out", filepath.Join(folder, t.name()))
}

// plain matches an argument that a shell takes as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:,=+%@-]+$`)

// commandLine returns arguments as people type them in a shell.
func commandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		if quoted[i] = a; !plain.MatchString(a) {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
