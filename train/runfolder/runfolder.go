// Package runfolder writes and reads the folder of a training run. The folder holds these files:
//
//	config.toml                      the settings
//	metrics.jsonl                    a line for each epoch
//	curves.png                       the metrics as curves
//	log.txt                          the output of the run
//	checkpoint.safetensors           the state from which the run can be resumed
//	checkpoint-previous.safetensors  the checkpoint before that
//	model.safetensors                the trained model
//	result.json                      the results
//	report.txt                       the results by class, and the calibration
//	confusion.png                    the confusion matrix as a heat map
//	start.safetensors                the model from which a fine-tuning started
//	baseline.json                    the same training from random weights, for comparison
//
// A process that was killed while it replaced the checkpoint may leave
// checkpoint.safetensors.next. The next checkpoint replaces it.
//
// If the run has a moving average of its parameters, there are two more files. They are from
// the same epoch as model.safetensors:
//
//	average.safetensors     the average
//	raw.safetensors         the parameters themselves
//
// Package report draws the pictures, and the command train writes them.
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
	PreviousFile   = "checkpoint-previous.safetensors" // the checkpoint before the last one
	ModelFile      = "model.safetensors"
	StartFile      = "start.safetensors" // the model from which a fine-tuning started
	BaselineFile   = "baseline.json"
	ResultFile     = "result.json"
	ReportFile     = "report.txt"
	ConfusionFile  = "confusion.png"
	AverageFile    = "average.safetensors"
	RawFile        = "raw.safetensors"
)

// ErrExists reports that a new run folder would replace an existing file or folder. The errors
// of [CheckAbsent] and [Create] wrap it.
var ErrExists = errors.New("exists already")

// Folder is the folder of a run in progress. It is an [io.Writer] that writes to the log.
type Folder struct {
	path    string
	log     *os.File
	metrics *os.File
}

// Split returns the run folder and the checkpoint for resuming a run. path is the run folder or
// a checkpoint file in it. For a folder, checkpoint is "".
func Split(path string) (folder, checkpoint string) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return filepath.Dir(path), path
	}
	return path, ""
}

// ModelPath returns the path of the model file if path is a run folder, and path otherwise.
func ModelPath(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, ModelFile)
	}
	return path
}

// CheckAbsent returns an error that wraps [ErrExists] if path exists.
func CheckAbsent(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return fmt.Errorf("output folder %s %w: name another, or remove it", path, ErrExists)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("output folder %s: %w", path, withoutPath(err))
}

// withoutPath removes the operation and the path from an error, since the message has the path.
func withoutPath(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Create creates a run folder with a configuration. It returns an error that wraps [ErrExists]
// if path exists.
func Create(path string, config []byte) (*Folder, error) {
	if err := CheckAbsent(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("output folder %s cannot be created: %w", path, withoutPath(err))
	}
	f := &Folder{path: path}
	if err := atomicfile.WriteBytes(f.File(ConfigFile), config); err != nil {
		os.Remove(path) // the empty folder would block the next run
		return nil, err
	}
	return f, f.open()
}

// Open opens the folder of a run that is resumed.
func Open(path string) (*Folder, error) {
	f := &Folder{path: path}
	if _, err := os.Stat(f.File(ConfigFile)); err != nil {
		return nil, fmt.Errorf("run folder %s: %s: %w", path, ConfigFile, withoutPath(err))
	}
	return f, f.open()
}

// open opens the log and the metrics for appending.
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

// Path returns the path of the folder.
func (f *Folder) Path() string { return f.path }

// File returns the path of a file in the folder.
func (f *Folder) File(name string) string { return filepath.Join(f.path, name) }

// Write appends to the log.
func (f *Folder) Write(p []byte) (int, error) { return f.log.Write(p) }

// AppendEpoch appends an epoch to the metrics.
func (f *Folder) AppendEpoch(e train.Epoch) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = f.metrics.Write(append(line, '\n'))
	return err
}

// SetEpochs replaces the metrics by those of the given epochs. A resumed run removes the epochs
// after its checkpoint in this way.
func (f *Folder) SetEpochs(list []train.Epoch) error {
	if err := f.metrics.Truncate(0); err != nil {
		return err
	}
	for _, e := range list {
		if err := f.AppendEpoch(e); err != nil {
			return err
		}
	}
	return nil
}

// SaveCheckpoint calls save to write a checkpoint file. Then it renames the last checkpoint to
// [PreviousFile] and the new one to [CheckpointFile]. If the process is killed at any time, one
// of these files is complete.
func (f *Folder) SaveCheckpoint(save func(path string) error) error {
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

// LastCheckpoint returns the path of the checkpoint from which the run is resumed. This is the
// last one or, if the process was killed while that was replaced, the previous one. It returns
// "" if there is none.
func (f *Folder) LastCheckpoint() string {
	for _, name := range []string{CheckpointFile, PreviousFile} {
		if _, err := os.Stat(f.File(name)); err == nil {
			return f.File(name)
		}
	}
	return ""
}

// SaveModel writes the trained model, completely or not at all.
func (f *Folder) SaveModel(m *model.Model) error { return m.Save(f.File(ModelFile)) }

// WriteReport writes the results on the test images as text: the confusion matrix, the precision,
// the recall and the F1 score of each class, and the calibration.
func (f *Folder) WriteReport(r *train.Report) error {
	text := fmt.Sprintf("%s\n\n%s\n%s\n%s", r, r.Confusion, r.Confusion.Scores(), r.Calibration)
	return atomicfile.WriteBytes(f.File(ReportFile), []byte(text))
}

// SaveStart writes the model from which a fine-tuning starts, so that the run can be resumed.
func (f *Folder) SaveStart(m *model.Model) error { return m.Save(f.File(StartFile)) }

// WriteBaselines writes the comparison, completely or not at all.
func (f *Folder) WriteBaselines(rows []train.Baseline) error { return f.writeJSON(BaselineFile, rows) }

// WriteResult writes the result of the run, completely or not at all.
func (f *Folder) WriteResult(r *Result) error { return f.writeJSON(ResultFile, r) }

// writeJSON writes a value as an indented JSON file.
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
