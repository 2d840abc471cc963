package runfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"

	"inkstone/train"
)

// States of a run.
const (
	Finished    = "finished"    // it is complete
	Interrupted = "interrupted" // it was stopped and saved its work
	Unfinished  = "unfinished"  // it is running, or its process was killed
	Damaged     = "damaged"     // a file does not hold what was written, see Run.Damage
)

// Run is what a run folder holds about its run.
type Run struct {
	Path     string
	Settings map[string]any // texts, truth values, int64 and finite float64
	Epochs   []train.Epoch  // the finished ones, up to the first damaged line
	// Result is nil while there is no result, or none that can be read, and when the run has
	// been resumed after it.
	Result *Result
	// Damage names the files and lines that do not hold what was written; nil if all do.
	Damage []string
}

// Is reports whether the folder is that of a run: whether it has a configuration.
func Is(path string) bool {
	info, err := os.Stat(filepath.Join(path, ConfigFile))
	return err == nil && info.Mode().IsRegular() && !isUnfinished(path)
}

// Read reads the folder of a run, which may be running. It refuses a folder without a
// configuration that it can read. Metrics or a result that it cannot read make the run a
// damaged one. Metrics may be absent, and their last line may be incomplete.
func Read(path string) (*Run, error) {
	r := &Run{Path: path}
	for _, file := range []struct {
		name  string
		limit int64 // bytes
		parse func([]byte) error
	}{
		{ConfigFile, mostConfig, r.parseConfig},
		{MetricsFile, 1 << 28, r.parseMetrics},
		{ResultFile, 1 << 24, r.parseResult},
	} {
		content, err := readFile(filepath.Join(path, file.name), file.limit)
		if errors.Is(err, fs.ErrNotExist) && file.name != ConfigFile {
			continue
		}
		if err == nil {
			err = file.parse(content)
		}
		switch {
		case err == nil:
		case file.name == ConfigFile:
			return nil, fmt.Errorf("run folder %s: %s: %w", path, file.name, bare(err))
		default:
			r.Damage = append(r.Damage, fmt.Sprintf("%s: %s", file.name, bare(err)))
		}
	}
	return r, nil
}

// mostConfig is the largest size of a configuration file, in bytes. A larger one could hold
// more nested brackets than the parser has stack for.
const mostConfig = 1 << 16

// readFile reads a regular file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > limit:
		return nil, fmt.Errorf("it has %d bytes, want at most %d", info.Size(), limit)
	}
	return os.ReadFile(path)
}

func (r *Run) parseConfig(content []byte) error {
	r.Settings = map[string]any{}
	if _, err := toml.Decode(string(content), &r.Settings); err != nil {
		return err
	}
	for key, v := range r.Settings {
		switch v := v.(type) {
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				r.Settings[key] = fmt.Sprint(v)
				r.Damage = append(r.Damage, fmt.Sprintf("%s: %s is %v", ConfigFile, key, v))
			}
		case string, bool, int64:
		default:
			return fmt.Errorf("%s is %v, want a text, a number or a truth value", key, v)
		}
	}
	return nil
}

func (r *Run) parseMetrics(content []byte) error {
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(content, []byte("\n"))
		if !whole {
			return nil // the rest is a line that is being written, or nothing
		}
		var e train.Epoch
		err := json.Unmarshal(line, &e)
		if err == nil {
			err = checkEpoch(&e, n)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		r.Epochs = append(r.Epochs, e)
		content = rest
	}
}

func (r *Run) parseResult(content []byte) error {
	var res Result
	if err := json.Unmarshal(content, &res); err != nil {
		return err
	}
	if err := res.check(); err != nil {
		return err
	}
	if res.Epochs == len(r.Epochs) {
		r.Result = &res
	}
	return nil
}

// State is [Finished], [Interrupted], [Unfinished] or [Damaged]. A run that has been resumed
// for more epochs than its result has is unfinished.
func (r *Run) State() string {
	switch {
	case r.Damage != nil:
		return Damaged
	case r.Result == nil:
		return Unfinished
	case r.Result.Interrupted:
		return Interrupted
	}
	if epochs, ok := r.Settings["epochs"].(int64); ok && r.Result.Ended == train.EndedEpochs && int64(r.Result.Epochs) < epochs {
		return Unfinished
	}
	return Finished
}

// Model is the name of the network, "" if the settings have none.
func (r *Run) Model() string { return r.text("model") }

// Dataset is the name of the data set that the run found or, while it has no result,
// the one that was asked for: "" if that was left open.
func (r *Run) Dataset() string {
	if r.Result != nil {
		return r.Result.Dataset
	}
	return r.text("dataset")
}

func (r *Run) text(key string) string {
	s, _ := r.Settings[key].(string)
	return s
}

// TestAccuracy is a fraction of 1, nil if the run has not been tested.
func (r *Run) TestAccuracy() *float64 {
	if r.Result == nil {
		return nil
	}
	return r.Result.TestAccuracy
}

// ValidationAccuracy is that of the best epoch so far, a fraction of 1; nil without a
// validation.
func (r *Run) ValidationAccuracy() *float64 {
	if r.Result != nil {
		return r.Result.ValidationAccuracy
	}
	// An epoch is marked when no earlier one is better: the last mark is the best's.
	for i := len(r.Epochs) - 1; i >= 0; i-- {
		e := &r.Epochs[i]
		switch {
		case !e.Best || e.Validation == nil:
			continue
		case e.Average != nil && e.Average.Accuracy > e.Validation.Accuracy:
			return &e.Average.Accuracy
		}
		return &e.Validation.Accuracy
	}
	return nil
}

// TrainSeconds is the time that the training steps of the finished epochs took.
func (r *Run) TrainSeconds() float64 {
	if r.Result != nil {
		return r.Result.TrainSeconds
	}
	seconds := 0.0
	for _, e := range r.Epochs {
		seconds += e.Seconds
	}
	return seconds
}

// ImagesPerSecond is the speed of these steps, 0 before the first epoch's end.
func (r *Run) ImagesPerSecond() float64 {
	if r.Result != nil {
		return r.Result.TrainImagesPerSecond
	}
	images, seconds := 0.0, r.TrainSeconds()
	for _, e := range r.Epochs {
		images += e.ImagesPerSecond * e.Seconds
	}
	if seconds == 0 {
		return 0
	}
	return images / seconds
}
