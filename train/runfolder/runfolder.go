// Package runfolder writes and reads the folder of a training run. It holds
//
//	config.toml             the settings
//	metrics.jsonl           a line for each epoch
//	curves.png              the metrics as curves
//	log.txt                 what the run printed
//	checkpoint.safetensors  the state of the run, to resume from
//	model.safetensors       the model to use
//	result.json             the results
//	report.txt              the results class by class, and the calibration
//	confusion.png           the confusion matrix as a heat map
//	start.safetensors       the model that a fine-tuning began with
//	baseline.json           the same training from random weights, for comparison
//
// and, if the run had a moving average of its parameters, both of the epoch that
// model.safetensors is from:
//
//	average.safetensors     the average
//	raw.safetensors         the parameters themselves
//
// The pictures are drawn by package report and written by the command.
package runfolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"inkstone/internal/atomicfile"
	"inkstone/internal/disk"
	"inkstone/internal/filelock"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
)

// Names of the files in a run folder.
const (
	ConfigFile     = "config.toml"
	MetricsFile    = "metrics.jsonl"
	CurvesFile     = "curves.png"
	LogFile        = "log.txt"
	CheckpointFile = "checkpoint.safetensors"
	PreviousFile   = "checkpoint-previous.safetensors" // the checkpoint before the last
	ModelFile      = "model.safetensors"
	StartFile      = "start.safetensors" // the model that a fine-tuning began with
	BaselineFile   = "baseline.json"
	ResultFile     = "result.json"
	ReportFile     = "report.txt"
	ConfusionFile  = "confusion.png"
	AverageFile    = "average.safetensors"
	RawFile        = "raw.safetensors"

	nextFile = CheckpointFile + ".next" // a checkpoint before it becomes the last
	lockFile = ".lock"                  // locked by the process that has the folder open
)

// Folder is the folder of a run that is under way. One process at a time has it open.
type Folder struct {
	path    string
	lock    *filelock.Lock // nil if the file system has none
	log     *disk.File
	metrics *disk.File
}

// Split takes apart what names a run to go on with: its folder, or a checkpoint file
// in it. checkpoint is "" for the folder.
func Split(path string) (folder, checkpoint string) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return filepath.Dir(path), path
	}
	return path, ""
}

// Absolute makes paths absolute, for a configuration that is used from other folders too. It
// leaves empty ones as they are.
func Absolute(paths ...*string) error {
	for _, path := range paths {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = absolute
	}
	return nil
}

// Model is the model file that path names: itself, or that of a run's folder.
func Model(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, ModelFile)
	}
	return path
}

// Path is the folder's path.
func (f *Folder) Path() string { return f.path }

// File is the path of a file in the folder.
func (f *Folder) File(name string) string { return filepath.Join(f.path, name) }

// Write appends to the log.
func (f *Folder) Write(p []byte) (int, error) { return f.log.Write(p) }

// Epoch appends an epoch to the metrics.
func (f *Folder) Epoch(e train.Epoch) error {
	line, err := metricsLine(e)
	if err != nil {
		return err
	}
	_, err = f.metrics.Write(line)
	return err
}

// Epochs replaces the metrics by those of these epochs: a resumed run drops what came after
// its checkpoint.
func (f *Folder) Epochs(list []train.Epoch) error {
	var content []byte
	for _, e := range list {
		line, err := metricsLine(e)
		if err != nil {
			return err
		}
		content = append(content, line...)
	}
	if err := f.metrics.Close(); err != nil {
		return err
	}
	err := atomicfile.WriteBytes(f.File(MetricsFile), content)
	if err != nil {
		return err
	}
	f.metrics, err = disk.OpenAppend(f.File(MetricsFile))
	return err
}

func metricsLine(e train.Epoch) ([]byte, error) {
	line, err := json.Marshal(e)
	return append(line, '\n'), err
}

// Config replaces the configuration, because a setting has changed when the run was resumed.
func (f *Folder) Config(toml []byte) error {
	return atomicfile.WriteBytes(f.File(ConfigFile), toml)
}

// Checkpoint lets save write a checkpoint under the name that it is given, then makes
// it the last one, and the one that was the last the previous. Whenever the process
// is stopped, the last or the previous is there and whole.
func (f *Folder) Checkpoint(save func(path string) error) error {
	next := f.File(nextFile)
	if err := save(next); err != nil {
		return err
	}
	last := f.File(CheckpointFile)
	if err := disk.Rename(last, f.File(PreviousFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return disk.Rename(next, last)
}

// lastCheckpoint returns the path of the checkpoint to resume from: the last or, if the
// process was killed while that was being replaced, the previous; "" if there is neither.
func (f *Folder) lastCheckpoint() string {
	for _, name := range []string{CheckpointFile, PreviousFile} {
		if _, err := os.Stat(f.File(name)); err == nil {
			return f.File(name)
		}
	}
	return ""
}

// Restore sets a trainer to a checkpoint, or to the last one of the folder if the path is
// "", and the metrics to the epochs before it. It returns lines that say where the run goes
// on. The trainer must be a new one.
func (f *Folder) Restore(t *train.Trainer, checkpoint string) (note string, err error) {
	if checkpoint == "" {
		checkpoint = f.lastCheckpoint()
	}
	if checkpoint == "" {
		return "resume from the start: the run has no checkpoint yet\n", f.Epochs(nil)
	}
	if err := t.LoadCheckpoint(checkpoint); err != nil {
		previous := f.File(PreviousFile)
		if checkpoint != previous && t.LoadCheckpoint(previous) == nil {
			return "", fmt.Errorf("%w; the checkpoint before it is good: -resume %s", err, previous)
		}
		return "", err
	}
	epoch, step := t.Position()
	note = fmt.Sprintf("resume from %s: epoch %d, after step %d\n", filepath.Base(checkpoint), epoch, step)
	if extra := t.ResumeNote(); extra != "" {
		note += "NOTE: " + extra + "\n"
	}
	return note, f.Epochs(t.History().Epochs)
}

// Finish saves the trained model and the results of the run. test is nil if the run was
// interrupted.
func (f *Folder) Finish(m *model.Model, images *sets.Sets, seed uint64, h *train.History, test *train.Report) (*Result, error) {
	if test != nil {
		m.Accuracy = test.Accuracy
		if err := f.Report(test); err != nil {
			return nil, err
		}
	}
	if err := f.Model(m); err != nil {
		return nil, err
	}
	r := NewResult(m, images, seed, h, test)
	return r, f.Result(r)
}

// Model saves the model to use, whole or not at all.
func (f *Folder) Model(m *model.Model) error { return m.Save(f.File(ModelFile)) }

// Report writes the results on the test images: the confusion matrix, precision, recall
// and F1 of each class, and the calibration.
func (f *Folder) Report(r *train.Report) error {
	text := fmt.Sprintf("%s\n\n%s\n%s\n%s", r, r.Confusion, r.Confusion.Scores(), r.Calibration)
	return atomicfile.WriteBytes(f.File(ReportFile), []byte(text))
}

// Baselines writes the comparison, whole or not at all.
func (f *Folder) Baselines(rows train.Baselines) error { return f.writeJSON(BaselineFile, rows) }

// Result writes what came of the run, whole or not at all.
func (f *Folder) Result(r *Result) error { return f.writeJSON(ResultFile, r) }

func (f *Folder) writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(f.File(name), append(b, '\n'))
}

// Close closes the log and the metrics, and lets other processes open the folder.
func (f *Folder) Close() error {
	var err error
	for _, file := range []*disk.File{f.log, f.metrics} {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}
	if f.lock != nil {
		err = errors.Join(err, f.lock.Release())
	}
	return err
}
