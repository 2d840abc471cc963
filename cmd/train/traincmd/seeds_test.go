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
	"inkstone/train/runfolder"
)

// interruptAt returns a context that ends when a line with this text is printed for the nth
// time, and the writer that sees the lines.
func interruptAt(t *testing.T, text string, nth int) (context.Context, writerFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, func(p []byte) {
		if bytes.Contains(p, []byte(text)) {
			if nth--; nth == 0 {
				cancel()
			}
		}
	}
}

// lastLine returns the last line of an output.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// Runs with several seeds that are interrupted go on by the command that the message gives,
// and end with the same models, mean and spread. Then more seeds and more epochs are added.
func TestSeedsAreContinued(t *testing.T) {
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "run")
	args := []string{"-data", fewDigits(t), "-dataset", "mnist", "-model", "small", "-epochs", "2", "-batch", "16", "-seed", "7", "-seeds", "3"}
	want := lastLine(output(t, append(args, "-out", whole)...))
	ctx, stdout := interruptAt(t, "epoch 1/2", 2) // in the second run
	err := Run(ctx, append(args, "-out", dir), stdout, &bytes.Buffer{})
	if !errors.Is(err, cli.ErrInterrupted) || !strings.HasSuffix(err.Error(), "-resume "+dir) {
		t.Fatalf("error is %v, want that of an interrupt, with the folder of all runs", err)
	}
	mustFail(t, "resume it with -resume "+dir, append(args, "-out", dir)...)
	mustFail(t, "-seed cannot be given with it", "-resume", dir, "-seed", "3")
	text := output(t, "-resume", dir)
	if lastLine(text) != want || strings.Count(text, "finished before") != 1 || strings.Count(text, "resume from checkpoint") != 1 {
		t.Errorf("resumed, it printed\n%s\nwant at the end %q", text, want)
	}
	for _, name := range []string{"seed-7", "seed-8", "seed-9"} {
		if !bytes.Equal(modelBytes(t, filepath.Join(dir, name)), modelBytes(t, filepath.Join(whole, name))) {
			t.Errorf("%s ends with another model", name)
		}
	}
	if text := output(t, "-resume", dir); lastLine(text) != want || strings.Count(text, "finished before") != 3 {
		t.Errorf("resumed when all is done, it printed\n%s", text)
	}

	// A fourth run, and a third epoch for all. What is added is kept if that is interrupted.
	ctx, stdout = interruptAt(t, "epoch 3/3", 2)
	if err := Run(ctx, []string{"-resume", dir, "-seeds", "4", "-epochs", "3"}, stdout, &bytes.Buffer{}); !errors.Is(err, cli.ErrInterrupted) {
		t.Fatalf("error is %v", err)
	}
	text = output(t, "-resume", dir)
	if !strings.Contains(lastLine(text), "over the seeds 7 to 10:") {
		t.Errorf("with a fourth seed it printed\n%s", text)
	}
	for _, name := range []string{"seed-7", "seed-8", "seed-9", "seed-10"} {
		if r := readResult(t, filepath.Join(dir, name)); r["epochs"] != 3.0 || r["ended"] != "epochs" {
			t.Errorf("%s: %v epochs, ended by %v", name, r["epochs"], r["ended"])
		}
	}
	// The settings of all runs make the same runs again.
	again := filepath.Join(t.TempDir(), "again")
	mustRun(t, "-config", filepath.Join(whole, runfolder.SeedsFile), "-out", again)
	if !bytes.Equal(modelBytes(t, filepath.Join(again, "seed-9")), modelBytes(t, filepath.Join(whole, "seed-9"))) {
		t.Error("seeds.toml makes other runs")
	}
	mustFail(t, "-seeds cannot be given with it", "-resume", filepath.Join(dir, "seed-7"), "-seeds", "2")
}

// Two runs without -out that begin in the same second get two folders.
func TestTwoDefaultFolders(t *testing.T) {
	set := fewDigits(t)
	t.Chdir(t.TempDir())
	args := []string{"-data", set, "-dataset", "mnist", "-model", "small", "-epochs", "1", "-batch", "150"}
	for range 3 {
		mustRun(t, args...)
	}
	entries, err := os.ReadDir("runs")
	if err != nil || len(entries) != 3 {
		t.Fatalf("the runs are %v, %v; want 3", entries, err)
	}
	// Whether they began in one second or not:
	taken := filepath.Join("runs", entries[0].Name())
	f, err := runfolder.CreateNext(taken, nil, nil)
	if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == filepath.Base(f.Path()) }) {
		t.Fatalf("the next folder of %s is %v, %v", taken, f, err)
	}
	f.Close()
}
