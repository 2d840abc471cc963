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

	"inkstone/internal/smallfile"
	"inkstone/train"
	"inkstone/train/settings"
)

// The states of a run, see [Run.State].
const (
	Finished    = "finished"    // the run has ended
	Interrupted = "interrupted" // the run was interrupted and saved its state
	Unfinished  = "unfinished"  // the run is in progress, or its process was killed
	Damaged     = "damaged"     // a file is not as it was written, see Run.Damage
)

// Run is the content of a run folder.
type Run struct {
	Path     string
	Settings map[string]any // values of type string, bool, int64 or finite float64
	Epochs   []train.Epoch  // finished epochs, up to the first damaged line
	// Result is the result of the run. It is nil if there is none, if it is damaged, or if the run was resumed
	// after it.
	Result *Result
	// Damage names the files and lines that are not as they were written; nil if there are none.
	Damage []string
}

// IsRun reports whether path is a run folder, which has a configuration.
func IsRun(path string) bool {
	info, err := os.Stat(filepath.Join(path, ConfigFile))
	return err == nil && info.Mode().IsRegular() && !isUnfinished(path)
}

// Read reads a run folder. The run may be in progress: the metrics may be missing or empty, and
// their last line may be incomplete. Read returns an error that wraps [fs.ErrNotExist] if the
// folder has no configuration, and an error if that is not valid. Metrics or a result that are
// not valid make the run a damaged one.
func Read(path string) (*Run, error) {
	r := &Run{Path: path}
	for _, file := range []struct {
		name  string
		limit int64 // bytes
		parse func([]byte) error
	}{
		{ConfigFile, settings.MaxBytes, r.parseConfig},
		{MetricsFile, 1 << 28, r.parseMetrics},
		{ResultFile, 1 << 24, r.parseResult},
	} {
		content, err := smallfile.Read(filepath.Join(path, file.name), file.limit)
		if errors.Is(err, fs.ErrNotExist) && file.name != ConfigFile {
			continue
		}
		if err == nil {
			err = file.parse(content)
		}
		switch {
		case err == nil:
		case file.name == ConfigFile:
			return nil, fmt.Errorf("run folder %s: %s: %w", path, file.name, withoutPath(err))
		default:
			r.Damage = append(r.Damage, fmt.Sprintf("%s: %s", file.name, withoutPath(err)))
		}
	}
	return r, nil
}

// parseConfig sets the settings from config.toml.
func (r *Run) parseConfig(content []byte) error {
	r.Settings = map[string]any{}
	if _, err := toml.Decode(string(content), &r.Settings); err != nil {
		return err
	}
	delete(r.Settings, settings.VersionKey)
	for key, v := range r.Settings {
		switch v := v.(type) {
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				r.Settings[key] = fmt.Sprint(v)
				r.Damage = append(r.Damage, fmt.Sprintf("%s: %s is %v", ConfigFile, key, v))
			}
		case string, bool, int64:
		default:
			return fmt.Errorf("%s is %v, want a string, a number or a boolean", key, v)
		}
	}
	return nil
}

// parseMetrics sets the epochs from metrics.jsonl.
func (r *Run) parseMetrics(content []byte) error {
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(content, []byte("\n"))
		if !whole {
			return nil // the remaining text is empty or an incomplete line
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

// parseResult sets the result from result.json, unless the run has more epochs than it.
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

// State returns [Finished], [Interrupted], [Unfinished] or [Damaged]. A run that has been resumed
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

// Model returns the name of the network, or "" if the settings have none.
func (r *Run) Model() string { return r.text("model") }

// Dataset returns the name of the data set in the result or, without a result, in the settings,
// where it may be "".
func (r *Run) Dataset() string {
	if r.Result != nil {
		return r.Result.Dataset
	}
	return r.text("dataset")
}

// text returns a setting if it is a string, or "".
func (r *Run) text(key string) string {
	s, _ := r.Settings[key].(string)
	return s
}

// TestAccuracy returns the accuracy on the test images, from 0 to 1, or nil if there is none.
func (r *Run) TestAccuracy() *float64 {
	if r.Result == nil {
		return nil
	}
	return r.Result.TestAccuracy
}

// ValidationAccuracy returns the accuracy of the best epoch so far on the validation images,
// from 0 to 1, or nil if there is none.
func (r *Run) ValidationAccuracy() *float64 {
	if r.Result != nil {
		return r.Result.ValidationAccuracy
	}
	// An epoch is marked if it is better than the earlier ones, so the last mark is the best.
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

// TrainSeconds returns the duration of the training steps of the finished epochs, in seconds.
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

// ImagesPerSecond returns the speed of these training steps, or 0 without a finished epoch.
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
