package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/train/traincmd"
	"inkstone/internal/filelock"
	"inkstone/train/runfolder"
	"inkstone/train/sweep"
)

// few are settings of a run of a moment.
const few = "\n[settings]\nmodel = \"small\"\ndataset = \"builtin\"\nlimit = 90\nval = 30\nbatch = 20\nepochs = 1\n"

// configFile writes a configuration file and returns its path.
func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sweep.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// random returns the configuration of a random search.
func random(trials int) string {
	return fmt.Sprintf("method = \"random\"\ntrials = %d\n%s\n[search]\nlr = {from = 0.001, to = 0.1, log = true}\naugment = [\"none\", \"light\"]\n", trials, few)
}

func output(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), args, &stdout, &stderr); err != nil {
		t.Fatalf("sweep %v: %v", args, err)
	}
	return stdout.String()
}

func mustFail(t *testing.T, want string, args ...string) {
	t.Helper()
	err := run(t.Context(), args, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("sweep %v: error %v, want %q in one line", args, err, want)
	}
}

// readScores returns the scores in a folder by the name of the run, without the times.
func readScores(t *testing.T, folder string) map[string]string {
	t.Helper()
	scores := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(folder, "*", sweep.ScoreFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var s sweep.Score
		if err := json.Unmarshal(content, &s); err != nil {
			t.Fatal(err)
		}
		scores[filepath.Base(filepath.Dir(path))] = fmt.Sprint(s.Images, s.Wrong, s.Loss, s.Set)
	}
	return scores
}

// A sweep ends with a table, a corrected score, curves, and a command that trains the winner. No
// trial looks at the test images, and done once, nothing is repeated.
func TestSweep(t *testing.T) {
	config, folder := configFile(t, random(4)), filepath.Join(t.TempDir(), "out")
	text := output(t, "-config", config, "-out", folder)
	if n := strings.Count(text, "\ndone "); n != 4 {
		t.Errorf("%d runs are done, want 4:\n%s", n, text)
	}
	for _, want := range []string{"winner     trial ", "corrected  ", "the best of 4 trials", "95 % interval"} {
		if !strings.Contains(text, want) {
			t.Errorf("the output lacks %q:\n%s", want, text)
		}
	}
	result, err := os.ReadFile(filepath.Join(folder, sweep.ResultFile))
	if err != nil || !strings.Contains(text, string(result)) {
		t.Errorf("%s is %s, %v", sweep.ResultFile, result, err)
	}
	page, err := os.ReadFile(filepath.Join(folder, sweep.PageFile))
	if err != nil || !strings.Contains(string(page), `<section id="curves"`) {
		t.Errorf("the report has no curves, %v", err)
	}
	for name := range readScores(t, folder) {
		r, err := runfolder.Read(filepath.Join(folder, name))
		if err != nil || r.State() != runfolder.Finished || r.TestAccuracy() != nil {
			t.Errorf("%s: %v, test accuracy %v", name, r.State(), r.TestAccuracy())
		}
	}
	if again := output(t, "-config", config, "-out", folder); strings.Contains(again, "\ndone ") || !strings.Contains(again, string(result)) {
		t.Errorf("the second call printed\n%s", again)
	}
	_, command, _ := strings.Cut(string(result), "go run ./cmd/train ")
	if err := traincmd.Run(t.Context(), strings.Fields(command), io.Discard, io.Discard); err != nil {
		t.Fatalf("train %s: %v", command, err)
	}
	winner, err := runfolder.Read(filepath.Join(folder, "winner"))
	if err != nil || winner.TestAccuracy() == nil {
		t.Fatalf("the winner is %v, %v", winner, err)
	}
	best := regexp.MustCompile(`\nwinner     trial (\d+)`).FindStringSubmatch(string(result))[1]
	trial, err := runfolder.Read(filepath.Join(folder, "trial-00"+best))
	if err != nil || *trial.ValidationAccuracy() != *winner.ValidationAccuracy() {
		t.Errorf("trained again, the winner has %v, and had %v", *winner.ValidationAccuracy(), *trial.ValidationAccuracy())
	}
}

// The commands of -list make the same runs, and those of the shares are those of the sweep.
func TestList(t *testing.T) {
	config, folder := configFile(t, random(3)), filepath.Join(t.TempDir(), "out")
	all := output(t, "-config", config, "-out", folder, "-list")
	var shares string
	for _, part := range []string{"1/3", "2/3", "3/3"} {
		shares += output(t, "-config", config, "-out", folder, "-list", "-part", part)
	}
	if shares != all {
		t.Errorf("the shares are\n%swant\n%s", shares, all)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("-list made the folder: %v", err)
	}
	first, ok := strings.CutPrefix(strings.SplitN(all, "\n", 2)[0], "go run ./cmd/train ")
	if !ok {
		t.Fatal(all)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, "-config", config, "-out", folder, "-part", "3/3")
	if err := traincmd.Run(t.Context(), strings.Fields(first), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	before := readScores(t, folder)
	text := output(t, "-config", config, "-out", folder)
	if len(before) != 1 || strings.Count(text, "\ndone ") != 2 || len(readScores(t, folder)) != 3 {
		t.Errorf("had the scores %v; printed\n%s", before, text)
	}
}

// Jobs with shares of one folder, at the same time, make each run once and find what one process
// finds. The number of runs side by side changes nothing.
func TestShares(t *testing.T) {
	config := configFile(t, strings.Replace(strings.Replace(random(5), "random", "halving", 1), "epochs = 1", "epochs = 3", 1))
	whole, shared := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "shared")
	output(t, "-config", config, "-out", whole, "-folds", "2", "-jobs", "1")
	var wait sync.WaitGroup
	texts := make([]string, 2)
	for i := range texts {
		wait.Go(func() {
			var stdout bytes.Buffer
			err := run(t.Context(), []string{"-config", config, "-out", shared, "-folds", "2", "-part", fmt.Sprintf("%d/2", i+1)}, &stdout, io.Discard)
			if texts[i] = stdout.String(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if last := output(t, "-config", config, "-out", shared, "-folds", "2"); !strings.Contains(last, "winner ") {
		t.Errorf("it ends with\n%s", last)
	}
	got, want := readScores(t, shared), readScores(t, whole)
	if len(want) != 2*5+2*1 || len(got) != len(want) {
		t.Errorf("%d and %d scores, want 12", len(got), len(want))
	}
	for name, score := range want {
		if got[name] != score {
			t.Errorf("%s: score %s, want %s", name, got[name], score)
		}
	}
	done := strings.Count(strings.Join(texts, ""), "\ndone ")
	if done > 12 {
		t.Errorf("%d runs were made, want each of 12 once at most:\n%s", done, texts)
	}
}

// Two sweeps in one folder, two processes with one share, and shares of different numbers are
// refused.
func TestTwoSweepsInOneFolder(t *testing.T) {
	config, folder := configFile(t, random(2)), filepath.Join(t.TempDir(), "out")
	output(t, "-config", config, "-out", folder)
	before := readScores(t, folder)
	mustFail(t, "a sweep with other settings", "-config", configFile(t, strings.Replace(random(2), "0.1", "0.2", 1)), "-out", folder)
	mustFail(t, "a sweep with other settings", "-config", configFile(t, random(1)), "-out", folder)
	lock, err := filelock.Try(filepath.Join(folder, ".locks", "share-2-of-3"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	mustFail(t, "share 2/3 of this sweep: another process runs it", "-config", config, "-out", folder, "-part", "2/3")
	mustFail(t, "share 2/3 of this sweep: another process runs it, and this is share 1/1", "-config", config, "-out", folder)
	output(t, "-config", config, "-out", folder, "-part", "1/3")
	if after := readScores(t, folder); len(after) != 2 || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the scores were %v and are %v", before, after)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "notes"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	mustFail(t, "name another folder", "-config", config, "-out", other)
}

// A random search may get more trials: those that are done stay.
func TestMoreTrials(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	output(t, "-config", configFile(t, random(1)), "-out", folder)
	if text := output(t, "-config", configFile(t, random(2)), "-out", folder); strings.Count(text, "\ndone ") != 1 || !strings.Contains(text, "the best of 2 trials") {
		t.Errorf("it printed\n%s", text)
	}
}

// A trial that diverges is recorded, is not tried again, and does not end the sweep.
func TestDivergedTrial(t *testing.T) {
	config := configFile(t, "method = \"grid\"\n"+few+"optimizer = \"sgd\"\n[search]\nlr = [1e36, 0.01]\n")
	folder := filepath.Join(t.TempDir(), "out")
	text := output(t, "-config", config, "-out", folder)
	if !strings.Contains(text, "the training diverged") || !strings.Contains(text, "winner     trial 2") || strings.Count(text, "  diverged  ") != 1 {
		t.Errorf("it printed\n%s", text)
	}
	if again := output(t, "-config", config, "-out", folder); strings.Contains(again, "\ndone ") {
		t.Errorf("again it printed\n%s", again)
	}
	all := configFile(t, "method = \"grid\"\n"+few+"optimizer = \"sgd\"\n[search]\nlr = [1e36, 1e37]\n")
	if text := output(t, "-config", all, "-out", filepath.Join(t.TempDir(), "out")); !strings.Contains(text, "Every trial diverged") {
		t.Errorf("it printed\n%s", text)
	}
}

// An interrupt ends the sweep with an error that says how to go on, and loses no run.
func TestInterrupt(t *testing.T) {
	config, folder := configFile(t, random(3)), filepath.Join(t.TempDir(), "out")
	ctx, cancel := context.WithCancel(t.Context())
	err := run(ctx, []string{"-config", config, "-out", folder, "-jobs", "1"}, writerFunc(func(p []byte) {
		if bytes.HasPrefix(p, []byte("done")) {
			cancel()
		}
	}), io.Discard)
	if !errors.Is(err, cli.ErrInterrupted) || !strings.Contains(err.Error(), "the same command goes on") {
		t.Fatalf("error is %v", err)
	}
	if n := len(readScores(t, folder)); n != 1 {
		t.Errorf("%d runs are done, want 1", n)
	}
	if text := output(t, "-config", config, "-out", folder); strings.Count(text, "\ndone ") != 2 {
		t.Errorf("it printed\n%s", text)
	}
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

func TestBadSettings(t *testing.T) {
	grid := func(settings, search string) string {
		return configFile(t, "method = \"grid\"\n"+few+settings+"\n[search]\n"+search)
	}
	for _, tc := range []struct{ config, want string }{
		{grid("", "lrr = [1]"), `unknown key "lrr"; the known ones are`},
		{grid("", "out = ['a']"), `unknown key "out"`},
		{grid("", "lr = [0.1, 0]"), "trial 2 ("},
		{grid("", "lr = [0.1, 'fast']"), "lr"},
		{grid("", "optimizer = ['adam', 'magic']"), "magic"},
		{grid("workers = 2", "lr = [0.1]"), "workers cannot be set in a sweep: -jobs divides the processors"},
		{grid("test = true", "lr = [0.1]"), "test cannot be set in a sweep"},
		{grid("lr = 1", "lr = [0.1]"), "lr is in settings and in search"},
		{configFile(t, "method = 'grid'\n[settings]\nval = 0\n[search]\nlr = [0.1]"), "it has no validation images: set val to their number, or folds"},
		{configFile(t, "method = 'grid'\n[settings]\nmodel = 'best'\n[search]\nlr = [0.1]"), "it has no validation images"},
		{configFile(t, "method = 'halving'\ntrials = 2\n[search]\nlr = [0.1, 0.2]"), "halving needs epochs"},
		{configFile(t, "method = 'random'\ntrials = 3\n[search]\nlr = [0.1, 0.2]"), "search seems to have only 2 combinations"},
		{configFile(t, "x"), "toml"},
		{filepath.Join(t.TempDir(), "none.toml"), "no such file"},
	} {
		mustFail(t, tc.want, "-config", tc.config, "-out", filepath.Join(t.TempDir(), "out"))
	}
	good := configFile(t, random(2))
	mustFail(t, "-config sweep.toml")
	mustFail(t, "-folds is 1", "-config", good, "-folds", "1")
	mustFail(t, "-jobs is -1", "-config", good, "-jobs", "-1")
	mustFail(t, `-part is "3/2"`, "-config", good, "-part", "3/2")
	mustFail(t, "unexpected argument", "-config", good, "x")
	t.Setenv("JOB_COMPLETION_INDEX", "1")
	mustFail(t, "JOB_COMPLETIONS", "-config", good, "-list")
}

// The files of the documents are valid.
func TestDocumentedFiles(t *testing.T) {
	usage, err := os.ReadFile("../../docs/usage.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```toml\n(.*?)```").FindSubmatch(usage)
	if block == nil {
		t.Fatal("usage.md has no TOML")
	}
	for path, want := range map[string]int{"../../docs/scaling/sweep.toml": 27, configFile(t, string(block[1])): 24} {
		if n := strings.Count(output(t, "-config", path, "-list", "-part", "1/1"), "\n"); n != want {
			t.Errorf("%s has %d trials, want %d", path, n, want)
		}
	}
}
