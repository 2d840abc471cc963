package traincmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/runfolder"
)

// quick is a run of a second on few digits.
func quick(t *testing.T, out string, more ...string) []string {
	t.Helper()
	return append([]string{"-data", digitsFolder(t, 600), "-dataset", "mnist", "-model", "small", "-limit", "600", "-epochs", "2", "-out", out}, more...)
}

func readResult(t *testing.T, dir string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, runfolder.ResultFile))
	if err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "run")
	var stdout, stderr bytes.Buffer
	if err := Run(t.Context(), quick(t, dir, "-data", "", "-dataset", "builtin"), &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	for _, l := range []string{lines[0], lines[len(lines)-1]} {
		if !strings.Contains(l, "built-in digits") {
			t.Errorf("the line %q does not say that the digits are the built-in ones", l)
		}
	}
	if stderr.Len() > 0 {
		t.Errorf("stderr, which is no terminal, got %q", stderr.String())
	}
	r := readResult(t, dir)
	for key, want := range map[string]any{
		"model": "small", "dataset": "builtin", "parameters": 2332.0, "epochs": 2.0, "seed": 1.0,
		"test_images": 10000.0, "validation_images": 50.0, "train_images": 550.0, "interrupted": false,
	} {
		if r[key] != want {
			t.Errorf("%s is %v in the result, want %v", key, r[key], want)
		}
	}
	for _, key := range []string{"test_accuracy", "test_errors", "validation_accuracy", "train_seconds", "train_images_per_second"} {
		if v, ok := r[key].(float64); !ok || v <= 0 {
			t.Errorf("%s is %v in the result, want a number above 0", key, r[key])
		}
	}
	if note, _ := r["note"].(string); !strings.Contains(note, "built-in digits") {
		t.Errorf("the result's note is %q", note)
	}
	m, err := model.Load(filepath.Join(dir, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	if m.Dataset != "builtin" || m.Accuracy != r["test_accuracy"] {
		t.Errorf("the model says %q, %v; the result %v", m.Dataset, m.Accuracy, r["test_accuracy"])
	}
	log, err := os.ReadFile(filepath.Join(dir, runfolder.LogFile))
	if err != nil || string(log) != stdout.String() {
		t.Errorf("the log is %q, %v; printed was %q", log, err, stdout.String())
	}
	metrics, err := os.ReadFile(filepath.Join(dir, runfolder.MetricsFile))
	if err != nil || strings.Count(string(metrics), "\n") != 2 {
		t.Errorf("the metrics are %q, %v; want two lines", metrics, err)
	}
	if _, err := os.Stat(filepath.Join(dir, runfolder.ConfigFile)); err != nil {
		t.Error(err)
	}
	report, err := os.ReadFile(filepath.Join(dir, runfolder.ReportFile))
	for _, want := range []string{`label \ predicted`, "95 % interval", "macro mean", "expected calibration error"} {
		if !strings.Contains(string(report), want) {
			t.Errorf("the report is %q, %v; want %q in it", report, err, want)
		}
	}
	for name, want := range map[string]string{
		runfolder.CurvesFile:      "<svg ",
		runfolder.PageFile:        `<section id="curves"`,
		runfolder.PredictionsFile: "image,label,predicted,0,1,",
		runfolder.MistakesFile:    "image,label,predicted,probability,",
		runfolder.PicturesFile:    "PNG",
	} {
		if content, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s: %v, want %q in it", name, err, want)
		}
	}
}

func TestOneSeedOneModel(t *testing.T) {
	var models [][]byte
	for _, workers := range []string{"1", "2"} {
		dir := filepath.Join(t.TempDir(), "run")
		var stdout bytes.Buffer
		if err := Run(t.Context(), quick(t, dir, "-workers", workers), &stdout, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, runfolder.ModelFile))
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, b)
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("with 1 and with 2 workers the model files differ")
	}
}

func TestRequireAccuracy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	err := Run(t.Context(), quick(t, dir, "-require-acc", "100"), &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "-require-acc asks for 100 %") {
		t.Errorf("error is %v, want one about the accuracy", err)
	}
	readResult(t, dir) // the run is accounted for all the same
}

func TestInterruptSaves(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := filepath.Join(t.TempDir(), "run")
	// The first epoch's line cancels the run.
	out := writerFunc(func(p []byte) {
		if bytes.HasPrefix(p, []byte("epoch")) {
			cancel()
		}
	})
	err := Run(ctx, quick(t, dir, "-epochs", "1000"), out, &bytes.Buffer{})
	if !errors.Is(err, cli.ErrInterrupted) {
		t.Fatalf("error is %v, want that of an interrupt", err)
	}
	r := readResult(t, dir)
	if r["interrupted"] != true || r["test_accuracy"] != nil || r["epochs"] == 0.0 {
		t.Errorf("the result is %v, want an interrupted run without a test", r)
	}
	if _, err := model.Load(filepath.Join(dir, runfolder.ModelFile)); err != nil {
		t.Error(err)
	}
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

func TestList(t *testing.T) {
	var stdout bytes.Buffer
	if err := Run(t.Context(), []string{"-list"}, &stdout, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lenet5", "cnn", "tiny", "resnet", "mnist", "builtin", "fashion-mnist", "kmnist", "emnist-letters", "adam", "sgd"} {
		if !strings.Contains(stdout.String(), "\n  "+name+" ") {
			t.Errorf("the list lacks %s:\n%s", name, stdout.String())
		}
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args string
		want string
	}{
		{"-model cmm", `-model: unknown model "cmm"; the known ones are best, cnn`},
		{"-dataset mnits", `-dataset: unknown data set "mnits"; the known ones are`},
		{"-optimizer sdg", `-optimizer: unknown optimizer "sdg"; the known ones are ad`},
		{"-epochs 0", "-epochs is 0, want at least 1"},
		{"-batch 0", "-batch is 0, want at least 1"},
		{"-batch -4", "-batch is -4"},
		{"-lr -1", "-lr is -1"},
		{"-lr NaN", "-lr is NaN, want above 0"},
		{"-lr 0", "-lr is 0, want above 0"},
		{"-lr-mult conv", "-lr-mult"},
		{"-momentum 0.5", "adam has no momentum"},
		{"-l2 -1", "-l2 is -1, want at least 0"},
		{"-clip-norm -1", "the norm to clip gradients to is -1"},
		{"-mixup -0.1", "-mixup is -0.1, want at least 0"},
		{"-augment lite", `-augment: augmentation: unknown preset "lite"`},
		{"-finish 0.2", `-finish: finish: "0.2", want a share of the epochs above 0 and up to 1, a colon and distortions, as in 0.2:light`},
		{"-finish 0.2:lite", `-finish: finish: augmentation: unknown preset "lite"`},
		{"-mixup NaN", "-mixup is NaN"},
		{"-mixup Inf", "-mixup is +Inf, want a finite number of at least 0"},
		{"-accumulate 0", "-accumulate is 0, want at least 1"},
		{"-dataset builtin -limit 100 -batch 31 -accumulate 4", "accumulate is 4 batches for an update, but an epoch has only 3"},
		{"-workers -1", "-workers is -1"},
		{"-limit -1", "-limit is -1"},
		{"-val -2", "-val is -2"},
		{"-require-acc 101", "-require-acc is 101"},
		{"-seed -1", `invalid value "-1" for flag -seed`},
		{"-colour red", "flag provided but not defined: -colour"},
		{"cnn", `unexpected argument "cnn"`},
		{"-dataset builtin -data " + dir, "exclude each other"},
		{"-dataset builtin -limit 100 -val 100", "val is 100, but there are only 100 training images"},
		{"-data " + filepath.Join(dir, "absent"), "absent"},
		{"-data " + dir, dir},
		{"-dataset builtin -limit 100 -batch 8 -out " + dir, "output folder " + dir + " exists"},
		{"-dataset builtin -limit 100 -batch 8 -out " + filepath.Join(file, "run"), file},
	} {
		t.Run(tc.args, func(t *testing.T) {
			args := strings.Fields(tc.args)
			if !strings.Contains(tc.args, "-out") {
				args = append([]string{"-out", filepath.Join(dir, "run")}, args...)
			}
			var stdout, stderr bytes.Buffer
			err := Run(t.Context(), args, &stdout, &stderr)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error is %v, want %q in it", err, tc.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %v", err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("the refused run left %v", entries)
			}
		})
	}
}

func TestDryRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	var stdout bytes.Buffer
	if err := Run(t.Context(), quick(t, dir, "-dry-run"), &stdout, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if out := stdout.String(); !strings.Contains(out, "maxpool1") || !strings.Contains(out, "nothing was written") {
		t.Errorf("printed %q, want the layers and what happened", out)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the dry run made a run folder")
	}
}

// The introduction tells both distortions, and the configuration of the run reads again.
func TestFinish(t *testing.T) {
	dir, again := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "again")
	var stdout bytes.Buffer
	if err := Run(t.Context(), quick(t, dir, "-model", "tiny", "-epochs", "3", "-augment", "shift=2", "-finish", "0.3:none"), &stdout, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if want := ", augment shift=2, finish 0.3:none, average 0.999\n"; !strings.Contains(stdout.String(), want) {
		t.Errorf("printed %q, want %q", stdout.String(), want)
	}
	if err := Run(t.Context(), []string{"-config", filepath.Join(dir, "config.toml"), "-out", again}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(modelBytes(t, dir), modelBytes(t, again)) {
		t.Error("the configuration of a run makes another model")
	}
}

// A recipe's finish is left out where the distortions are others than the recipe's, and
// its learning rate where the optimizer is another.
func TestRecipeParts(t *testing.T) {
	best, _ := train.Recipe("best")
	for args, want := range map[string]string{
		"": best.Finish.String(), "-augment none": "none", "-augment light": "none",
		"-augment light -finish 0.5:none": "0.5:none", "-finish 0.5:none -augment light": "0.5:none", "-finish none": "none",
	} {
		c, err := parse(append([]string{"-model", "best"}, strings.Fields(args)...), &bytes.Buffer{})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.config.Finish.String(); got != want {
			t.Errorf("best with %q: finish %s, want %s", args, got, want)
		}
	}
	for args, want := range map[string]string{
		"-optimizer adamw":                             best.Optimizer.String(),
		"-optimizer sgd":                               "sgd (learning rate 0.05, momentum 0.9)",
		"-lr 0.1 -optimizer sgd":                       "sgd (learning rate 0.1, momentum 0.9)",
		"-momentum 0 -optimizer sgd -weight-decay 0.1": "sgd (learning rate 0.05, weight decay 0.1)",
		"-weight-decay 0":                              "adamw (learning rate 0.003, betas 0.9 and 0.999, epsilon 1e-08)",
	} {
		c, err := parse(append([]string{"-model", "best"}, strings.Fields(args)...), &bytes.Buffer{})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.config.Optimizer.String(); got != want {
			t.Errorf("best with %q: %s, want %s", args, got, want)
		}
	}
}

// Mixtures and updates from several batches, on any number of workers.
func TestMixupAndAccumulate(t *testing.T) {
	var first []byte
	for _, workers := range []string{"1", "2"} {
		dir := filepath.Join(t.TempDir(), "run")
		var stdout bytes.Buffer
		if err := Run(t.Context(), quick(t, dir, "-mixup", "0.3", "-accumulate", "4", "-batch", "16", "-workers", workers), &stdout, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if out := stdout.String(); !strings.Contains(out, "of batches of 16, 4 in an update") || !strings.Contains(out, "mixup 0.3") {
			t.Errorf("printed %q", out)
		}
		if first == nil {
			first = modelBytes(t, dir)
		} else if !bytes.Equal(first, modelBytes(t, dir)) {
			t.Error("with 1 and with 2 workers the model files differ")
		}
	}
	if err := Run(t.Context(), quick(t, "", "-dry-run", "-accumulate", "3", "-mixup", "1"), &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}

// The average is saved beside the parameters that it is of, and the model is the better.
func TestAverageIsSaved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	mustRun(t, faultRun(t, dir, "-average", "0.9", "-lr", "0.02")...)
	var params [][]byte
	for _, name := range []string{runfolder.ModelFile, runfolder.RawFile, runfolder.AverageFile} {
		m, err := model.Load(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		m.Accuracy = 0 // measured on the test images for the model to use alone
		var b bytes.Buffer
		if err := m.Write(&b); err != nil {
			t.Fatal(err)
		}
		params = append(params, b.Bytes())
	}
	if bytes.Equal(params[1], params[2]) || !bytes.Equal(params[0], params[1]) && !bytes.Equal(params[0], params[2]) {
		t.Error("want two models that differ, one of them the model to use")
	}
}

// A correct network memorizes a few images.
func TestOverfit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := Run(t.Context(), quick(t, dir, "-model", "fast", "-overfit-batches", "2", "-batch", "16", "-epochs", "25", "-lr", "0.02", "-augment", "strong"), &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	r := readResult(t, dir)
	if r["validation_accuracy"] != 1.0 || r["train_images"] != 32.0 || r["validation_images"] != 32.0 {
		t.Errorf("validation accuracy %v on %v images, trained on %v; want 1 on the same 32", r["validation_accuracy"], r["validation_images"], r["train_images"])
	}
	if note, _ := r["note"].(string); !strings.Contains(note, "same 32 images, without -augment") {
		t.Errorf("the note is %q", note)
	}
}

func TestSeeds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	var stdout bytes.Buffer
	if err := Run(t.Context(), quick(t, dir, "-seeds", "2", "-seed", "7", "-limit", "200", "-epochs", "1"), &stdout, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), "over the seeds 7 to 8:") {
		t.Errorf("printed %q, want mean and spread", stdout.String())
	}
	for i, name := range []string{"seed-7", "seed-8"} {
		r := readResult(t, filepath.Join(dir, name))
		config, err := os.ReadFile(filepath.Join(dir, name, runfolder.ConfigFile))
		if err != nil {
			t.Fatal(err)
		}
		if want := float64(7 + i); r["seed"] != want || !strings.Contains(string(config), "seed = "+string(rune('7'+i))+"\n") {
			t.Errorf("%s: seed %v in the result, configuration\n%s", name, r["seed"], config)
		}
	}
	err := Run(t.Context(), quick(t, dir+"2", "-seeds", "2", "-limit", "200", "-epochs", "1", "-require-acc", "100"), &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "the mean test accuracy is") {
		t.Errorf("error is %v, want one about the mean", err)
	}
}
