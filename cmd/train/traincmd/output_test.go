package traincmd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/train/runfolder"
)

// A run says why it ended: on the console, in the log and in the result.
func TestEnding(t *testing.T) {
	for _, tc := range []struct {
		ended, text string
		args        []string
	}{
		{"epochs", "ended  after 2 epochs: all epochs are done", []string{"-epochs", "2"}},
		{"until", "ended  after 1 epoch: the validation accuracy is reached (until)", []string{"-epochs", "9", "-until", "1"}},
		{"patience", "the validation set shows no improvement any more (patience)", []string{"-epochs", "40", "-patience", "1", "-lr", "0.05", "-schedule", "constant"}},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		text := output(t, faultRun(t, dir, tc.args...)...)
		log, err := os.ReadFile(filepath.Join(dir, runfolder.LogFile))
		if err != nil || !strings.Contains(text, tc.text+"\n") || string(log) != text {
			t.Errorf("%s: printed\n%s, logged\n%s, %v", tc.ended, text, log, err)
		}
		if r := readResult(t, dir); r["ended"] != tc.ended {
			t.Errorf("the result says %v, want %s", r["ended"], tc.ended)
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	ctx, stdout := interruptAt(t, "epoch 1/9", 1)
	Run(ctx, faultRun(t, dir, "-epochs", "9"), stdout, &bytes.Buffer{})
	if r := readResult(t, dir); r["ended"] != "interrupted" {
		t.Errorf("the result of an interrupted run says %v", r["ended"])
	}
}

// brokenWriter takes some bytes, and then fails as a closed pipe does.
type brokenWriter struct{ room int }

var errNoReader = errors.New("no reader")

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.room -= len(p); b.room < 0 {
		return 0, errNoReader
	}
	return len(p), nil
}

// If the output cannot be printed, the run goes on, its log has every line, and it fails.
func TestBrokenStdout(t *testing.T) {
	dir, whole := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "whole")
	text := output(t, faultRun(t, whole)...)
	err := Run(t.Context(), faultRun(t, dir), &brokenWriter{60}, &bytes.Buffer{})
	if !errors.Is(err, errNoReader) {
		t.Errorf("error is %v, want that of the writer", err)
	}
	log, err := os.ReadFile(filepath.Join(dir, runfolder.LogFile))
	if err != nil || strings.Count(string(log), "\n") != strings.Count(text, "\n")+1 || !strings.Contains(string(log), "\nerror  ") || !strings.Contains(string(log), "\ntest   accuracy ") {
		t.Errorf("the log is\n%s\nwant the lines of\n%sand the error", log, text)
	}
	if !bytes.Equal(modelBytes(t, dir), modelBytes(t, whole)) {
		t.Error("the model differs")
	}
}

// The log has the warnings about the data too, which are printed to stderr.
func TestLogHasWarnings(t *testing.T) {
	t.Setenv("INKSTONE_DATA", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := filepath.Join(t.TempDir(), "run")
	var stderr bytes.Buffer
	if err := Run(t.Context(), []string{"-offline", "-model", "small", "-limit", "100", "-epochs", "1", "-batch", "32", "-report=false", "-out", dir}, &bytes.Buffer{}, &stderr); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(dir, runfolder.LogFile))
	if err != nil || stderr.Len() == 0 || !strings.HasPrefix(string(log), stderr.String()) {
		t.Errorf("the log is\n%s, %v\nwant it to begin with\n%s", log, err, &stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, runfolder.PageFile)); err == nil {
		t.Error("-report=false leaves a report")
	}
	// The built-in digits are what was really used.
	config, err := os.ReadFile(filepath.Join(dir, runfolder.ConfigFile))
	if err != nil || !strings.Contains(string(config), "dataset = \"builtin\"\n") {
		t.Errorf("the configuration is %s, %v", config, err)
	}
}
