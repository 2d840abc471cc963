package traincmd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/cmd/internal/cli"
	"inkstone/train/runfolder"
)

// A run that is made longer and then stopped goes on to its new end by the command that its
// message gives, also if it is killed before its first checkpoint.
func TestLengthenedRunIsResumed(t *testing.T) {
	dir, whole := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "whole")
	mustRun(t, faultRun(t, whole, "-epochs", "2", "-schedule", "constant")...)
	mustRun(t, "-resume", whole, "-epochs", "4", "-workers", "1")
	mustRun(t, faultRun(t, dir, "-epochs", "2", "-schedule", "constant")...)
	ctx, stdout := interruptAt(t, "epoch 3/4", 1)
	err := Run(ctx, []string{"-resume", dir, "-epochs", "4", "-workers", "1"}, stdout, &bytes.Buffer{})
	if !errors.Is(err, cli.ErrInterrupted) || !strings.HasSuffix(err.Error(), "-resume "+dir) {
		t.Fatalf("error is %v", err)
	}
	if text := output(t, "-resume", dir); !strings.Contains(text, "epoch 4/4") || !strings.Contains(text, "1 worker\n") {
		t.Errorf("resumed by that command, it printed\n%s", text)
	}
	if !bytes.Equal(modelBytes(t, whole), modelBytes(t, dir)) {
		t.Error("the model differs from that of a run that was not stopped")
	}
	// A refused change is not written down.
	before, err := os.ReadFile(filepath.Join(dir, runfolder.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	mustFail(t, "its training set is", "-resume", dir, "-epochs", "9", "-data", digitsFolder(t, 600))
	if after, err := os.ReadFile(filepath.Join(dir, runfolder.ConfigFile)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the refused settings were written: %s, %v", after, err)
	}
}

// The way that a message names exists.
func TestMessagesNameAWayThatExists(t *testing.T) {
	dir, again := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "again")
	mustRun(t, faultRun(t, dir, "-epochs", "1")...)
	config := filepath.Join(dir, runfolder.ConfigFile)
	mustFail(t, "-lr cannot be given with it; for a new run with these settings and yours replace -resume by -config "+config, "-resume", dir, "-lr", "0.1")
	mustRun(t, "-config", config, "-lr", "0.1", "-out", again)

	mustFail(t, "the training diverged", faultRun(t, dir+"2", "-optimizer", "sgd", "-lr", "1e38", "-schedule", "constant")...)
	log, err := os.ReadFile(filepath.Join(dir+"2", runfolder.LogFile))
	if err != nil || !strings.Contains(string(log), "the training diverged") {
		t.Errorf("the log of the run that diverged is %s, %v", log, err)
	}
	config = filepath.Join(dir+"2", runfolder.ConfigFile)
	mustFail(t, "try a learning rate below 1e+38 in a new run, with -config "+config+" -lr RATE", "-resume", dir+"2")
	mustRun(t, "-config", config, "-lr", "0.01", "-out", again+"2")
}

// While a process has a run open, another one does not resume it, and changes nothing.
func TestOneProcessForARun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	tried := false
	out := writerFunc(func(p []byte) {
		if tried = tried || bytes.HasPrefix(p, []byte("epoch 1")); tried && bytes.HasPrefix(p, []byte("epoch 2")) {
			mustFail(t, "run folder "+dir+": another process is using it", "-resume", dir)
			mustFail(t, "output folder "+dir+" exists already", faultRun(t, dir)...)
		}
	})
	if err := Run(t.Context(), faultRun(t, dir), out, &bytes.Buffer{}); err != nil || !tried {
		t.Fatal(err, tried)
	}
	whole := filepath.Join(t.TempDir(), "whole")
	mustRun(t, faultRun(t, whole)...)
	if metricLines(t, dir) != metricLines(t, whole) || !bytes.Equal(modelBytes(t, dir), modelBytes(t, whole)) {
		t.Error("the second process changed the run")
	}
	mustRun(t, "-resume", dir)
}

// Temporary files of a killed process go when its run is resumed.
func TestTemporaryFilesGo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	mustRun(t, faultRun(t, dir, "-epochs", "1")...)
	left := []string{".model.safetensors.123.tmp", ".checkpoint.safetensors.next.9.tmp", "checkpoint.safetensors.next"}
	for _, name := range left {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	mine := filepath.Join(dir, "notes.tmp")
	if err := os.WriteFile(mine, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "-resume", dir)
	for _, name := range left {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

// A run is resumed, and its configuration used, from another working folder: its paths are
// absolute, and the data set is the one that was found.
func TestConfigFromAnotherFolder(t *testing.T) {
	set := fewDigits(t)
	t.Setenv("INKSTONE_DATA", "")
	parent := t.TempDir()
	if err := os.CopyFS(filepath.Join(parent, "set"), os.DirFS(set)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(parent)
	short := []string{"-epochs", "1", "-batch", "16", "-model", "small"}
	mustRun(t, append(short, "-data", "set", "-out", "first")...)
	mustRun(t, "-data", "set", "-finetune", "first", "-classes", "5-9", "-epochs", "1", "-batch", "16", "-out", "tuned")
	for dir, lines := range map[string][]string{
		"first": {"data = \"" + filepath.Join(parent, "set") + "\"\n", "dataset = \"mnist\"\n"},
		"tuned": {"finetune = \"" + filepath.Join(parent, "first", runfolder.ModelFile) + "\"\n"},
	} {
		config, err := os.ReadFile(filepath.Join(dir, runfolder.ConfigFile))
		for _, line := range lines {
			if err != nil || !strings.Contains(string(config), line) {
				t.Errorf("%s: the configuration is %s, %v, want the line %q", dir, config, err, line)
			}
		}
	}
	t.Chdir(t.TempDir())
	mustRun(t, "-config", filepath.Join(parent, "tuned", runfolder.ConfigFile), "-out", "again")
	if !bytes.Equal(modelBytes(t, "again"), modelBytes(t, filepath.Join(parent, "tuned"))) {
		t.Error("from another folder the configuration makes another model")
	}
	mustRun(t, "-resume", filepath.Join(parent, "first"), "-epochs", "2")
}
