package runfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"

	"inkstone/train"
	"inkstone/train/settings"
)

// States of a run.
const (
	Finished    = "finished"    // it came to its end
	Interrupted = "interrupted" // it was stopped in good order
	Unfinished  = "unfinished"  // it is under way, or its process was killed
)

// Run is what a run folder tells of its run.
type Run struct {
	Path     string
	Settings map[string]any // what was asked for: texts, truth values, int64 and float64
	Epochs   []train.Epoch  // the finished ones
	// Result is what came of the run: nil while there is none, and once the run has
	// gone on after it.
	Result *Result
}

// Is reports whether the folder is that of a run: whether it has a configuration.
func Is(path string) bool {
	info, err := os.Stat(filepath.Join(path, ConfigFile))
	return err == nil && info.Mode().IsRegular()
}

// Read reads the folder of a run, which may be under way. It refuses a folder without
// a configuration and files that it cannot make sense of, but takes metrics whose last
// line is being written, and those of a run that has finished no epoch.
func Read(path string) (*Run, error) {
	r := &Run{Path: path}
	for _, file := range []struct {
		name   string
		parse  func([]byte) error
		needed bool
	}{
		{ConfigFile, r.parseConfig, true},
		{MetricsFile, r.parseMetrics, false},
		{ResultFile, r.parseResult, false},
	} {
		content, err := os.ReadFile(filepath.Join(path, file.name))
		if errors.Is(err, fs.ErrNotExist) && !file.needed {
			continue
		}
		if err == nil {
			err = file.parse(content)
		}
		if err != nil {
			return nil, fmt.Errorf("run folder %s: %s: %w", path, file.name, bare(err))
		}
	}
	return r, nil
}

func (r *Run) parseConfig(content []byte) error {
	r.Settings = map[string]any{}
	if _, err := toml.Decode(string(content), &r.Settings); err != nil {
		return err
	}
	delete(r.Settings, settings.VersionKey)
	for key, v := range r.Settings {
		switch v.(type) {
		case string, bool, int64, float64:
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
		if err := json.Unmarshal(line, &e); err != nil {
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
	if res.Epochs == len(r.Epochs) {
		r.Result = &res
	}
	return nil
}

// State is [Finished], [Interrupted] or [Unfinished].
func (r *Run) State() string {
	switch {
	case r.Result == nil:
		return Unfinished
	case r.Result.Interrupted:
		return Interrupted
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
