package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"inkstone/train"
)

const config = "model = 'tiny'\nlr = 0.5\nseed = 3\noffline = true\ndataset = ''\n"

// newRun returns the folder of a run with two epochs.
func newRun(t *testing.T) *Folder {
	t.Helper()
	f, err := Create(filepath.Join(t.TempDir(), "run"), []byte(config), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	for _, e := range []train.Epoch{
		{Epoch: 1, Best: true, Validation: &train.Score{Accuracy: 0.8}, Average: &train.Score{Accuracy: 0.85}, Seconds: 2, ImagesPerSecond: 100},
		{Epoch: 2, Validation: &train.Score{Accuracy: 0.7}, Seconds: 3, ImagesPerSecond: 200},
	} {
		if err := f.AppendEpoch(e); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func read(t *testing.T, f *Folder) *Run {
	t.Helper()
	r, err := Read(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestReadUnfinished(t *testing.T) {
	f := newRun(t)
	appendTo(t, f.File(MetricsFile), `{"epoch": 3, "se`) // an incomplete line
	r := read(t, f)
	want := map[string]any{"model": "tiny", "lr": 0.5, "seed": int64(3), "offline": true, "dataset": ""}
	if r.Path != f.Path() || !reflect.DeepEqual(r.Settings, want) || len(r.Epochs) != 2 || r.Epochs[1].Seconds != 3 || r.Result != nil {
		t.Errorf("read %+v", r)
	}
	if r.State() != Unfinished || r.Model() != "tiny" || r.Dataset() != "" || r.TestAccuracy() != nil {
		t.Errorf("state %q, model %q, data set %q, accuracy %v", r.State(), r.Model(), r.Dataset(), r.TestAccuracy())
	}
	if v := r.ValidationAccuracy(); v == nil || *v != 0.85 {
		t.Errorf("the validation accuracy is %v, want 0.85, that of the average in the first epoch", v)
	}
	// 2 s at 100 and 3 s at 200 images/s are 800 images in 5 s.
	if r.TrainSeconds() != 5 || math.Abs(r.ImagesPerSecond()-160) > 1e-9 {
		t.Errorf("%v s at %v images/s, want 5 at 160", r.TrainSeconds(), r.ImagesPerSecond())
	}
}

func TestReadFinished(t *testing.T) {
	f := newRun(t)
	test, validation := 0.9, 0.95
	result := Result{
		Dataset: "mnist", Epochs: 2, TestAccuracy: &test, ValidationAccuracy: &validation,
		TrainSeconds: 7, TrainImagesPerSecond: 300,
	}
	if err := f.WriteResult(&result); err != nil {
		t.Fatal(err)
	}
	r := read(t, f)
	if r.State() != Finished || r.Dataset() != "mnist" || *r.TestAccuracy() != 0.9 || *r.ValidationAccuracy() != 0.95 ||
		r.TrainSeconds() != 7 || r.ImagesPerSecond() != 300 {
		t.Errorf("read %+v with the result %+v", r, r.Result)
	}
	result.Interrupted, result.TestAccuracy = true, nil
	if err := f.WriteResult(&result); err != nil {
		t.Fatal(err)
	}
	if r := read(t, f); r.State() != Interrupted || r.TestAccuracy() != nil {
		t.Errorf("state %q, accuracy %v", r.State(), r.TestAccuracy())
	}
	// The run is resumed, so the result is no longer valid.
	if err := f.AppendEpoch(train.Epoch{Epoch: 3}); err != nil {
		t.Fatal(err)
	}
	if r := read(t, f); r.State() != Unfinished || r.Result != nil || len(r.Epochs) != 3 {
		t.Errorf("state %q, result %+v after another epoch", r.State(), r.Result)
	}
}

// A run that was killed in its first epoch has empty metrics, or none.
func TestReadYoung(t *testing.T) {
	f, err := Create(filepath.Join(t.TempDir(), "run"), []byte(config), nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	for range 2 {
		r := read(t, f)
		if r.State() != Unfinished || r.ValidationAccuracy() != nil || r.TrainSeconds() != 0 || r.ImagesPerSecond() != 0 {
			t.Errorf("read %+v", r)
		}
		os.Remove(f.File(MetricsFile))
	}
}

func TestIsRun(t *testing.T) {
	f := newRun(t)
	if !IsRun(f.Path()) || IsRun(filepath.Dir(f.Path())) || IsRun(f.File(LogFile)) {
		t.Error("IsRun is wrong for a run folder, its parent or its log")
	}
}

func TestCreateRefusesExisting(t *testing.T) {
	f := newRun(t)
	if _, err := Create(f.Path(), nil, nil); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), f.Path()) {
		t.Errorf("error is %v, want ErrExists with the path", err)
	}
	if err := CheckAbsent(f.Path()); !errors.Is(err, ErrExists) {
		t.Errorf("error is %v, want ErrExists", err)
	}
	if err := CheckAbsent(filepath.Join(f.Path(), "new")); err != nil {
		t.Error(err)
	}
}

// A configuration that cannot be read is an error. Metrics or a result that cannot be read
// make a damaged run.
func TestReadDamaged(t *testing.T) {
	for _, tc := range []struct{ file, text, want string }{
		{ConfigFile, "lr = ", "config.toml: toml:"},
		{ConfigFile, "list = [1]\n", "config.toml: list is [1], want a string, a number or a boolean"},
		{ConfigFile, "x = inf\n", "config.toml: x is +Inf"},
		{MetricsFile, "{\"epoch\":3}\nepoch 4\n", "metrics.jsonl: line 4: invalid character 'e'"},
		{MetricsFile, "{\"epoch\":3,\"validation\":{\"accuracy\":-1}}\n", "metrics.jsonl: line 3: validation accuracy is -1, want 0 to 1"},
		{MetricsFile, "{\"epoch\":3,\"seconds\":1e400}\n", "metrics.jsonl: line 3: json: cannot unmarshal number 1e400"},
		{MetricsFile, "null\n", "metrics.jsonl: line 3: epoch is 0, want 3"},
		{ResultFile, "[]", "result.json: json: cannot unmarshal array"},
		{ResultFile, `{"epochs":-1}`, "result.json: epochs is -1, want 0 to 1e+09"},
	} {
		f := newRun(t)
		appendTo(t, f.File(tc.file), tc.text)
		r, err := Read(f.Path())
		got := ""
		switch {
		case err != nil:
			got = strings.TrimPrefix(err.Error(), "run folder "+f.Path()+": ")
		case r.State() == Damaged && len(r.Epochs) >= 2:
			got = strings.Join(r.Damage, "; ")
		}
		if !strings.HasPrefix(got, tc.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q, want %q in one line", tc.file, got, tc.want)
		}
	}
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), dir) != 1 {
		t.Errorf("error is %v, want fs.ErrNotExist for the configuration", err)
	}
	f := newRun(t)
	if err := os.Remove(f.File(MetricsFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.File(MetricsFile), 0o777); err != nil {
		t.Fatal(err)
	}
	if r, err := Read(f.Path()); err != nil || r.State() != Damaged || !strings.Contains(r.Damage[0], "not a regular file") {
		t.Errorf("with a folder in place of the metrics: %+v, %v", r, err)
	}
}

// A run that has been resumed for more epochs is not finished by the result from before.
func TestReadLengthened(t *testing.T) {
	f := newRun(t)
	accuracy := 0.9
	if err := f.WriteResult(&Result{Epochs: 2, Ended: train.EndedEpochs, TestAccuracy: &accuracy}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		epochs int
		state  string
	}{{2, Finished}, {4, Unfinished}} {
		if err := f.WriteConfig(fmt.Appendf(nil, "%sepochs = %d\n", config, tc.epochs)); err != nil {
			t.Fatal(err)
		}
		if r := read(t, f); r.State() != tc.state {
			t.Errorf("with %d epochs the state is %s, want %s", tc.epochs, r.State(), tc.state)
		}
		if a := FinishedAccuracy(f.Path(), 2); (a != nil) != (tc.state == Finished) {
			t.Errorf("with %d epochs the accuracy of the finished run is %v", tc.epochs, a)
		}
	}
}
