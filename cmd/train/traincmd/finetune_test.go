package traincmd

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/model/safetensors"
	"inkstone/train/runfolder"
)

// pretrained is a run on the digits 0 to 4.
func pretrained(t *testing.T, data string) (file string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pretrained")
	mustRun(t, "-data", data, "-classes", "0-4", "-model", "fast", "-epochs", "2", "-batch", "16", "-out", dir)
	return filepath.Join(dir, runfolder.ModelFile)
}

func output(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Run(t.Context(), args, &out, &bytes.Buffer{}); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, &out)
	}
	return out.String()
}

func TestFineTune(t *testing.T) {
	set := fewDigits(t)
	from := pretrained(t, set)
	dir := filepath.Join(t.TempDir(), "tuned")
	args := []string{"-data", set, "-finetune", filepath.Dir(from), "-classes", "5-9", "-batch", "16", "-epochs", "3", "-schedule", "constant", "-augment", "none"}
	text := output(t, append(args, "-baseline", "-out", dir)...)
	for _, want := range []string{
		"loaded   conv1.weight, conv1.bias, conv2.weight, conv2.bias",
		"head     new (fc1.weight, fc1.bias): the file's classes are 0 1 2 3 4, the task's are 5 6 7 8 9",
		"conv2.weight  32x16x5x5  frozen       12,800",
		"features are computed once and kept: 150 images x 512 values of flatten1",
		"from scratch, all trained",
		"from scratch, the same part frozen",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the run does not tell %q:\n%s", want, text)
		}
	}
	old, err := model.Load(from)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Load(filepath.Join(dir, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params.All() {
		same := slices.Equal(p.Portable(), old.Params.Get(p.Name()).Portable())
		if frozen := strings.HasPrefix(p.Name(), "conv"); same != frozen {
			t.Errorf("that %s is as before is %v", p.Name(), same)
		}
	}
	if !slices.Equal(m.Classes, []string{"5", "6", "7", "8", "9"}) || m.Mean != old.Mean {
		t.Errorf("the model tells %v apart, with the mean %v where the first had %v", m.Classes, m.Mean, old.Mean)
	}
	if b, err := os.ReadFile(filepath.Join(dir, runfolder.BaselineFile)); err != nil || bytes.Count(b, []byte("test_accuracy")) != 3 {
		t.Errorf("the baseline is %s, %v", b, err)
	}

	// The features change nothing, nor does the number of workers.
	again := filepath.Join(t.TempDir(), "again")
	if text := output(t, append(args, "-feature-memory", "0", "-workers", "1", "-out", again)...); !strings.Contains(text, "features are computed at each step") {
		t.Errorf("with no memory for features the run tells\n%s", text)
	}
	if !bytes.Equal(modelBytes(t, dir), modelBytes(t, again)) {
		t.Error("without kept features the model is another")
	}
}

// A fine-tuning goes on where it was, also when the file that it began from is gone,
// and when other layers train by then.
func TestFineTuneResumes(t *testing.T) {
	set := fewDigits(t)
	from := pretrained(t, set)
	args := []string{"-data", set, "-finetune", from, "-head", "keep", "-classes", "5-9", "-batch", "16", "-schedule", "constant",
		"-unfreeze-at", "2", "-unfreeze-every", "1", "-layer-decay", "0.3", "-lr-mult", "conv1*=0.01"}
	whole, parts := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "parts")
	text := output(t, append(args, "-epochs", "4", "-out", whole)...)
	for _, want := range []string{"epoch 2: conv2.weight, conv2.bias train now; 416 parameters are frozen", "epoch 3: conv1.weight, conv1.bias train now; 0 parameters are frozen"} {
		if !strings.Contains(text, want) {
			t.Errorf("the run does not tell %q:\n%s", want, text)
		}
	}
	mustRun(t, append(args, "-epochs", "2", "-out", parts)...)
	if err := os.Remove(from); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "-resume", parts, "-epochs", "4")
	if !bytes.Equal(modelBytes(t, whole), modelBytes(t, parts)) {
		t.Error("resumed, the model is another")
	}
}

func TestFineTuneFromPyTorch(t *testing.T) {
	set := fewDigits(t)
	content, err := os.ReadFile(pretrained(t, set))
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	f.Metadata = nil
	f.Tensors = f.Tensors[1:]
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	file, dir := filepath.Join(t.TempDir(), "foreign.safetensors"), filepath.Join(t.TempDir(), "tuned")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-data", set, "-finetune", file, "-batch", "16", "-limit-per-class", "3", "-out", dir}
	mustFail(t, "the file does not name its network", args...)
	args = append(args, "-model", "fast")
	mustFail(t, "missing "+missing(t, f), args...)
	text := output(t, append(args, "-partial", "-freeze", "conv2*")...)
	for _, want := range []string{"new      " + missing(t, f), "30 training, 50 test images", "features are computed at each step"} {
		if !strings.Contains(text, want) {
			t.Errorf("the run does not tell %q:\n%s", want, text)
		}
	}
}

// missing is the parameter of fast that the file lacks.
func missing(t *testing.T, f *safetensors.File) string {
	for _, name := range []string{"conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias"} {
		if f.Get(name) == nil {
			return name
		}
	}
	t.Fatal("the file has every parameter")
	return ""
}

func TestFineTuneOnPictures(t *testing.T) {
	set := fewDigits(t)
	from := pretrained(t, set)
	pictures := picturesFolder(t, 60)
	dir := filepath.Join(t.TempDir(), "tuned")
	text := output(t, "-images", pictures, "-finetune", from, "-batch", "8", "-epochs", "2", "-out", dir)
	if want := "2 classes, "; !strings.Contains(text, want) {
		t.Errorf("the run does not tell %q:\n%s", want, text)
	}
	if err := os.WriteFile(filepath.Join(pictures, "odd", "broken.png"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	mustFail(t, "broken.png: not a PNG, JPEG or GIF picture", "-images", pictures, "-finetune", from, "-out", dir+"2")
	mustFail(t, "exclude each other", "-images", pictures, "-data", set)
}

// An interrupt while the baseline trains loses nothing of the run, and is told.
func TestBaselineInterrupted(t *testing.T) {
	set := fewDigits(t)
	from, dir := pretrained(t, set), filepath.Join(t.TempDir(), "tuned")
	ctx, cancel := context.WithCancel(t.Context())
	out := writerFunc(func(p []byte) {
		if bytes.HasPrefix(p, []byte("test ")) {
			cancel()
		}
	})
	err := Run(ctx, []string{"-data", set, "-finetune", from, "-classes", "5-9", "-batch", "16", "-baseline", "-out", dir}, out, &bytes.Buffer{})
	if !errors.Is(err, cli.ErrInterrupted) || !strings.Contains(err.Error(), "before the baseline was complete; -resume "+dir) {
		t.Fatalf("error is %v", err)
	}
	if r := readResult(t, dir); r["test_accuracy"] == nil || r["interrupted"] != false {
		t.Errorf("the result is %v, want that of a whole run", r)
	}
	if text := output(t, "-resume", dir); !strings.Contains(text, "from scratch, all trained") {
		t.Errorf("resumed, the run tells\n%s", text)
	}
}

func TestFineTuneRefusals(t *testing.T) {
	set := fewDigits(t)
	from := pretrained(t, set)
	out := filepath.Join(t.TempDir(), "out")
	for _, tc := range []struct {
		want string
		args []string
	}{
		{`the file holds the network "fast"`, []string{"-model", "cnn"}},
		{"the head cannot be kept: the file's fc1.weight has shape 5x512, 10 classes need 10x512", []string{"-head", "keep"}},
		{`-head is "off", want one of auto, keep, new`, []string{"-head", "off"}},
		{`classes "5-12" of "mnist": there is no class 5-12; the set has 0, 1`, []string{"-classes", "5-12"}},
		{"the list is empty", []string{"-classes", ","}},
		{`classes "3" select 1 class, want at least 2`, []string{"-classes", "3"}},
		{`the pattern "cnv*" matches no parameter; there are conv1.weight`, []string{"-freeze", "cnv*"}},
		{"freezes all of the 18378 parameters of fast: nothing is left to train", []string{"-freeze", "*"}},
		{"-unfreeze-at is 9, but the run ends with epoch 5", []string{"-unfreeze-at", "9"}},
		{"-unfreeze-every is 2, but unfreeze-at, the epoch to begin with, is 0", []string{"-unfreeze-every", "2"}},
		{"unfreeze-at is 2, but nothing is frozen", []string{"-unfreeze-at", "2", "-freeze", "none"}},
		{"-layer-decay is 1.5, want above 0 and at most 1", []string{"-layer-decay", "1.5"}},
		{"-feature-memory is -1, want at least 0", []string{"-feature-memory", "-1"}},
		{`the pattern "cnv*" matches no parameter`, []string{"-lr-mult", "cnv*=0.1"}},
		{"images per class of \"mnist\": 1000", []string{"-limit-per-class", "1000"}},
	} {
		mustFail(t, tc.want, append([]string{"-data", set, "-finetune", from, "-batch", "16", "-out", out}, tc.args...)...)
		if _, err := os.Stat(out); err == nil {
			t.Fatalf("%v has left %s", tc.args, out)
		}
	}
	mustFail(t, "name it with -finetune", "-head", "keep")
	mustFail(t, "name it with -finetune", "-baseline")
	mustFail(t, "name it with -finetune", "-partial")
	// Files that are missing or no model files are noticed before the data set, and leave no folder.
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("some text"), 0o666); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"-finetune: model file open missing":   {"-finetune", "missing"},
		"-finetune: model file open gone":      {"-finetune", "gone", "-seeds", "3"},
		"-teacher: model file open missing":    {"-finetune", from, "-teacher", "missing"},
		"-finetune: model file " + text + ": ": {"-finetune", text},
		"-teacher: model file " + text + ": ":  {"-teacher", text},
	} {
		mustFail(t, want, append(args, "-data", nowhere, "-out", nowhere)...)
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("a refused run has left a folder")
	}
}

// Layers that a partial start makes new train, also after a resume, unless -freeze names them.
func TestPartialTrainsNewLayers(t *testing.T) {
	set := fewDigits(t)
	content, err := os.ReadFile(pretrained(t, set))
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	f.Metadata = nil
	f.Tensors = slices.DeleteFunc(f.Tensors, func(x safetensors.Tensor) bool { return x.Name == "conv2.weight" })
	part := filepath.Join(t.TempDir(), "part.safetensors")
	var b bytes.Buffer
	if err := errors.Join(f.Write(&b), os.WriteFile(part, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "tuned")
	args := []string{"-data", set, "-model", "fast", "-finetune", part, "-partial", "-classes", "0-4", "-batch", "16", "-epochs", "1"}
	text := output(t, append(args, "-out", dir)...)
	if want := "these new parameters of the convolutional part train: conv2.weight\n"; !strings.Contains(text, want) || !strings.Contains(text, "conv2.weight  32x16x5x5  trainable") || !strings.Contains(text, "conv1.weight  16x1x5x5   frozen") {
		t.Errorf("the run prints\n%s", text)
	}
	start, err := model.Load(filepath.Join(dir, runfolder.StartFile))
	if err != nil {
		t.Fatal(err)
	}
	check := func(epochs string) {
		t.Helper()
		tuned, err := model.Load(filepath.Join(dir, runfolder.ModelFile))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range start.Params.All() {
			same := slices.Equal(p.Portable(), tuned.Params.Get(p.Name()).Portable())
			if same != strings.HasPrefix(p.Name(), "conv1") {
				t.Errorf("after %s epochs, that %s is as it was is %v", epochs, p.Name(), same)
			}
		}
	}
	check("1")
	mustRun(t, "-resume", dir, "-epochs", "2")
	check("2")

	text = output(t, append(args, "-freeze", "conv*", "-out", dir+"2")...)
	if want := "NOTE: -freeze keeps new parameters at their random values: conv2.weight\n"; !strings.Contains(text, want) {
		t.Errorf("the run prints\n%s", text)
	}
}
