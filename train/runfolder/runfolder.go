// Package runfolder writes and reads the folder of a training run. The folder holds these files:
//
//	config.toml                      the settings
//	metrics.jsonl                    a line for each epoch
//	curves.svg                       the metrics as curves
//	log.txt                          the output of the run
//	checkpoint.safetensors           the state from which the run can be resumed
//	checkpoint-previous.safetensors  the checkpoint before that
//	model.safetensors                the trained model
//	result.json                      the results
//	report.txt                       the results by class, and the calibration
//	predictions.csv                  the probabilities of each test image
//	mistakes.csv                     the test images with a wrong prediction
//	mistakes.png                     the pictures of the first 200 of them
//	report.html                      the report of the run, for a browser
//	start.safetensors                the model from which a fine-tuning started
//	baseline.json                    the same training from random weights, for comparison
//
// A folder of runs that differ only in their seed holds a folder for each run, and seeds.toml with
// their settings.
//
// The process that has the folder open locks the file .lock. A process that was killed while it
// wrote may leave checkpoint.safetensors.next and files whose names end in .tmp. They are removed
// when the run is resumed.
//
// If another process has watched the run, the folder also holds live.json, the last status, and in the
// meantime .watch and .request.json. See [Broadcast].
//
// If the run has a moving average of its parameters, there are two more files. They are from
// the same epoch as model.safetensors:
//
//	average.safetensors     the average
//	raw.safetensors         the parameters themselves
//
// Package report draws the curves and the report, and the command train writes them. Folders of
// older versions have curves.png and confusion.png in their place.
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
	CurvesFile     = "curves.svg"
	LogFile        = "log.txt"
	CheckpointFile = "checkpoint.safetensors"
	PreviousFile   = "checkpoint-previous.safetensors" // the checkpoint before the last one
	ModelFile      = "model.safetensors"
	StartFile      = "start.safetensors" // the model from which a fine-tuning started
	BaselineFile   = "baseline.json"
	ResultFile     = "result.json"
	ReportFile     = "report.txt"
	PageFile       = "report.html"
	AverageFile    = "average.safetensors"
	RawFile        = "raw.safetensors"

	nextFile = CheckpointFile + ".next" // a checkpoint before it becomes the last
	lockFile = ".lock"                  // locked by the process that has the folder open
)

// Folder is the folder of a run in progress. It is an [io.Writer] that writes to the log. One
// process at a time has it open.
type Folder struct {
	path    string
	lock    *filelock.Lock // nil if the file system has none
	log     *disk.File
	metrics *disk.File
}

// Split returns the run folder and the checkpoint for resuming a run. path is the run folder or
// a checkpoint file in it. For a folder, checkpoint is "".
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

// ModelPath returns the path of the model file if path is a run folder, and path otherwise.
func ModelPath(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, ModelFile)
	}
	return path
}

// StartPath returns the model file that a fine-tuning of the file finetune starts from. A run to
// resume has a copy in its folder; resume is that folder or a checkpoint in it, or "".
func StartPath(resume, finetune string) string {
	if resume == "" || finetune == "" {
		return ModelPath(finetune)
	}
	folder, _ := Split(resume)
	return filepath.Join(folder, StartFile)
}

// Path returns the path of the folder.
func (f *Folder) Path() string { return f.path }

// File returns the path of a file in the folder.
func (f *Folder) File(name string) string { return filepath.Join(f.path, name) }

// Write appends to the log.
func (f *Folder) Write(p []byte) (int, error) { return f.log.Write(p) }

// AppendEpoch appends an epoch to the metrics.
func (f *Folder) AppendEpoch(e train.Epoch) error {
	line, err := metricsLine(e)
	if err != nil {
		return err
	}
	_, err = f.metrics.Write(line)
	return err
}

// SetEpochs replaces the metrics by those of the given epochs. A resumed run removes the epochs
// after its checkpoint in this way.
func (f *Folder) SetEpochs(list []train.Epoch) error {
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

// WriteConfig replaces the configuration, because a setting has changed when the run was resumed.
func (f *Folder) WriteConfig(toml []byte) error {
	return atomicfile.WriteBytes(f.File(ConfigFile), toml)
}

// SaveCheckpoint calls save to write a checkpoint file. Then it renames the last checkpoint to
// [PreviousFile] and the new one to [CheckpointFile]. If the process is killed at any time, one
// of these files is complete.
func (f *Folder) SaveCheckpoint(save func(path string) error) error {
	if save == nil {
		return fmt.Errorf("run folder %s: the function that saves the checkpoint is nil", f.path)
	}
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
		return "resume from the start: the run has no checkpoint yet\n", f.SetEpochs(nil)
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
	return note, f.SetEpochs(t.History().Epochs)
}

// Finish saves the trained model and the results of the run. test is nil if the run was
// interrupted or not tested.
func (f *Folder) Finish(m *model.Model, images *sets.Sets, seed uint64, h *train.History, test *train.Report) (*Result, error) {
	if test != nil {
		m.Accuracy = test.Accuracy
		for _, write := range []func() error{
			func() error { return f.WriteReport(test) },
			func() error { return f.WritePredictions(test.Predictions) },
			func() error { return f.WriteMistakes(test.Predictions, images.Test) },
		} {
			if err := write(); err != nil {
				return nil, err
			}
		}
	}
	if err := f.SaveModel(m); err != nil {
		return nil, err
	}
	r := NewResult(m, images, seed, h, test)
	return r, f.WriteResult(r)
}

// SaveModel writes the trained model, completely or not at all.
func (f *Folder) SaveModel(m *model.Model) error { return f.saveModel(ModelFile, m) }

// WriteReport writes the results on the test images as text: the confusion matrix, the precision,
// the recall and the F1 score of each class, and the calibration.
func (f *Folder) WriteReport(r *train.Report) error {
	if r == nil || r.Confusion == nil || r.Calibration == nil {
		return fmt.Errorf("run folder %s: %s: the report is nil or empty", f.path, ReportFile)
	}
	if r.Err() != nil {
		return fmt.Errorf("run folder %s: %s: %w", f.path, ReportFile, r.Err())
	}
	text := fmt.Sprintf("%s\n\n%s\n%s\n%s", r, r.Confusion, r.Confusion.Scores(), r.Calibration)
	return atomicfile.WriteBytes(f.File(ReportFile), []byte(text))
}

// saveModel writes a model, completely or not at all.
func (f *Folder) saveModel(name string, m *model.Model) error {
	if m == nil {
		return fmt.Errorf("run folder %s: %s: the model is nil", f.path, name)
	}
	return m.Save(f.File(name))
}

// WriteBaselines writes the comparison, completely or not at all.
func (f *Folder) WriteBaselines(rows train.Baselines) error { return f.writeJSON(BaselineFile, rows) }

// WriteResult writes the result of the run, completely or not at all.
func (f *Folder) WriteResult(r *Result) error {
	if r == nil {
		return fmt.Errorf("run folder %s: %s: the result is nil", f.path, ResultFile)
	}
	return f.writeJSON(ResultFile, r)
}

// writeJSON writes a value as an indented JSON file.
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
