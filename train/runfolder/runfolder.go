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
	"inkstone/model"
	"inkstone/train"
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
)

// Folder is the folder of a run that is under way.
type Folder struct {
	path    string
	log     *os.File
	metrics *os.File
}

// Split takes apart what names a run to go on with: its folder, or a checkpoint file
// in it. checkpoint is "" for the folder.
func Split(path string) (folder, checkpoint string) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return filepath.Dir(path), path
	}
	return path, ""
}

// Model is the model file that path names: itself, or that of a run's folder.
func Model(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, ModelFile)
	}
	return path
}

// Free reports an error if the folder cannot be created because it exists.
func Free(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return fmt.Errorf("output folder %s exists already: name another, or remove it", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("output folder %s: %w", path, bare(err))
}

// bare drops operation and path from an error: the message has the path already.
func bare(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Create makes the folder, which must not exist, with the configuration in it.
func Create(path string, config []byte) (*Folder, error) {
	if err := Free(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("output folder %s cannot be made: %w", path, bare(err))
	}
	f := &Folder{path: path}
	if err := atomicfile.WriteBytes(f.File(ConfigFile), config); err != nil {
		os.Remove(path) // which is empty, and would be in the way of the next run
		return nil, err
	}
	return f, f.open()
}

// Open opens the folder of a run that is to go on.
func Open(path string) (*Folder, error) {
	f := &Folder{path: path}
	if _, err := os.Stat(f.File(ConfigFile)); err != nil {
		return nil, fmt.Errorf("run folder %s: %s: %w", path, ConfigFile, bare(err))
	}
	return f, f.open()
}

func (f *Folder) open() (err error) {
	const appending = os.O_CREATE | os.O_APPEND | os.O_WRONLY
	f.log, err = os.OpenFile(f.File(LogFile), appending, 0o644)
	if err == nil {
		f.metrics, err = os.OpenFile(f.File(MetricsFile), appending, 0o644)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("run folder %s: %w", f.path, err)
	}
	return nil
}

// Path is the folder's path.
func (f *Folder) Path() string { return f.path }

// File is the path of a file in the folder.
func (f *Folder) File(name string) string { return filepath.Join(f.path, name) }

// Write appends to the log.
func (f *Folder) Write(p []byte) (int, error) { return f.log.Write(p) }

// Epoch appends an epoch to the metrics.
func (f *Folder) Epoch(e train.Epoch) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = f.metrics.Write(append(line, '\n'))
	return err
}

// Epochs makes the metrics those of these epochs: a run that is taken up drops what
// came after its checkpoint.
func (f *Folder) Epochs(list []train.Epoch) error {
	if err := f.metrics.Truncate(0); err != nil {
		return err
	}
	for _, e := range list {
		if err := f.Epoch(e); err != nil {
			return err
		}
	}
	return nil
}

// Checkpoint lets save write a checkpoint under the name that it is given, then makes
// it the last one, and the one that was the last the previous. Whenever the process
// is stopped, the last or the previous is there and whole.
func (f *Folder) Checkpoint(save func(path string) error) error {
	next := f.File(CheckpointFile + ".next")
	if err := save(next); err != nil {
		return err
	}
	last := f.File(CheckpointFile)
	if err := os.Rename(last, f.File(PreviousFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(next, last)
}

// LastCheckpoint names the checkpoint to take the run up from: the last or, if the
// process was stopped while that was being replaced, the previous; "" if there is
// neither.
func (f *Folder) LastCheckpoint() string {
	for _, name := range []string{CheckpointFile, PreviousFile} {
		if _, err := os.Stat(f.File(name)); err == nil {
			return f.File(name)
		}
	}
	return ""
}

// Model saves the model to use, whole or not at all.
func (f *Folder) Model(m *model.Model) error { return m.Save(f.File(ModelFile)) }

// Report writes the results on the test images: the confusion matrix, precision, recall
// and F1 of each class, and the calibration.
func (f *Folder) Report(r *train.Report) error {
	text := fmt.Sprintf("%s\n\n%s\n%s\n%s", r, r.Confusion, r.Confusion.Scores(), r.Calibration)
	return atomicfile.WriteBytes(f.File(ReportFile), []byte(text))
}

// Start saves the model that a fine-tuning begins with, for the run to be taken up.
func (f *Folder) Start(m *model.Model) error { return m.Save(f.File(StartFile)) }

// Baselines writes the comparison, whole or not at all.
func (f *Folder) Baselines(rows []train.Baseline) error { return f.writeJSON(BaselineFile, rows) }

// Result writes what came of the run, whole or not at all.
func (f *Folder) Result(r *Result) error { return f.writeJSON(ResultFile, r) }

func (f *Folder) writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(f.File(name), append(b, '\n'))
}

// Close closes the log and the metrics.
func (f *Folder) Close() error {
	var err error
	for _, file := range []*os.File{f.log, f.metrics} {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}
	return err
}
