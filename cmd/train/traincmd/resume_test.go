package traincmd

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/train/runfolder"
)

// kills is how many times TestKill kills a run.
var kills = flag.Int("kills", 3, "number of kills of training runs in TestKill")

// The test's own binary is the command that TestKill kills.
const asCommand = "INKSTONE_TEST_AS_COMMAND"

// sharedFolder holds files that tests share.
var sharedFolder string

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		Main()
		return
	}
	os.Exit(func() int {
		var err error
		if sharedFolder, err = os.MkdirTemp("", "traincmd"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(sharedFolder)
		return m.Run()
	}())
}

func modelBytes(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A run or a fine-tuning that is killed at random moments, and resumed or started again by
// the same command each time, on other numbers of workers, ends with the same model, byte for
// byte, and the same metrics, as one that was not killed.
func TestKill(t *testing.T) {
	images := digitsFolder(t, 600)
	from := filepath.Join(t.TempDir(), "from")
	mustRun(t, "-data", images, "-dataset", "mnist", "-classes", "0-4", "-model", "fast", "-epochs", "1", "-batch", "16", "-out", from)
	for i, kind := range []struct {
		name  string
		args  []string
		files []string // besides the model
	}{
		{"training", []string{"-model", "small", "-epochs", "4", "-accumulate", "2", "-mixup", "0.3", "-augment", "light", "-finish", "0.5:shift=1", "-average", "0.9"},
			[]string{runfolder.RawFile, runfolder.AverageFile}},
		{"fine-tuning", []string{"-finetune", from, "-classes", "5-9", "-epochs", "4", "-schedule", "constant", "-augment", "none", "-unfreeze-at", "2", "-unfreeze-every", "1", "-layer-decay", "0.5"},
			[]string{runfolder.StartFile}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			args := append([]string{"-data", images, "-dataset", "mnist", "-batch", "16", "-checkpoint-steps", "7"}, kind.args...)
			killRandomly(t, args, kind.files, (*kills+1-i)/2)
		})
	}
}

// killRandomly kills runs with these arguments at a number of random moments.
func killRandomly(t *testing.T, args, files []string, kills int) {
	command := func(args ...string) *exec.Cmd {
		c := exec.Command(os.Args[0], args...)
		c.Env = append(os.Environ(), asCommand+"=1")
		return c
	}
	whole := filepath.Join(t.TempDir(), "whole")
	start := time.Now()
	if out, err := command(append(args, "-out", whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(start)

	r := rand.New(rand.NewPCG(uint64(kills), 1))
	runs, taken := 0, 0 // runs, and how often one was resumed from a checkpoint
	for done := 0; done < kills; {
		dir := filepath.Join(t.TempDir(), "run")
		next := append(args, "-out", dir)
		runs++
		for finished := false; !finished; {
			c := command(next...)
			var out bytes.Buffer
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if done < kills {
				done++
				time.Sleep(time.Duration(r.Float64() * 0.6 * float64(took)))
				c.Process.Kill()
			}
			err := c.Wait()
			finished = err == nil
			if strings.Contains(out.String(), "resume from checkpoint") {
				taken++
			}
			if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.Exited()) {
				t.Fatalf("%v: %v\n%s", next, err, out.String())
			}
			if runfolder.IsRun(dir) {
				next = []string{"-resume", dir, "-workers", []string{"1", "2", "3"}[r.IntN(3)]}
			}
		}
		for _, name := range append(files, runfolder.ModelFile) {
			a, err := os.ReadFile(filepath.Join(whole, name))
			b, too := os.ReadFile(filepath.Join(dir, name))
			if err != nil || too != nil || !bytes.Equal(a, b) {
				t.Errorf("the killed run ends with another %s: %v, %v", name, err, too)
			}
		}
		if a, b := metricLines(t, whole), metricLines(t, dir); a != b {
			t.Errorf("the killed run has the metrics\n%s\nwant\n%s", b, a)
		}
	}
	if !t.Failed() {
		t.Logf("%d kills of %d runs, which went on from a checkpoint %d times and ended with the bytes of the whole run", kills, runs, taken)
	}
}

// metricLines are the lines of a run's metrics without what a clock has measured.
func metricLines(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, runfolder.MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(b)) {
		lines = append(lines, line[:strings.Index(line, `,"seconds"`)])
	}
	return strings.Join(lines, "\n")
}

func TestInterruptAndResume(t *testing.T) {
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "run")
	if err := Run(t.Context(), quick(t, whole, "-epochs", "3"), &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := writerFunc(func(p []byte) {
		if bytes.HasPrefix(p, []byte("epoch")) {
			cancel()
		}
	})
	err := Run(ctx, quick(t, dir, "-epochs", "3"), out, &bytes.Buffer{})
	if !errors.Is(err, cli.ErrInterrupted) || !strings.Contains(err.Error(), "-resume "+dir) {
		t.Fatalf("error is %v, want that of an interrupt, with the way to go on", err)
	}
	var stdout bytes.Buffer
	if err := Run(t.Context(), []string{"-resume", dir}, &stdout, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout.String(), "resume from checkpoint.safetensors: epoch ") {
		t.Errorf("printed %q, want a line on where the run goes on", stdout.String())
	}
	if !bytes.Equal(modelBytes(t, whole), modelBytes(t, dir)) || metricLines(t, whole) != metricLines(t, dir) {
		t.Error("the interrupted run ends otherwise than the whole one")
	}
	if r := readResult(t, dir); r["interrupted"] != false || r["test_accuracy"] != readResult(t, whole)["test_accuracy"] {
		t.Errorf("the result is %v", r)
	}
}

// A run's own configuration makes the same run again.
func TestConfigReproduces(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	if err := Run(t.Context(), quick(t, one, "-seed", "5", "-lr", "0.003", "-epochs", "1"), &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), []string{"-config", filepath.Join(one, runfolder.ConfigFile), "-out", two}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(modelBytes(t, one), modelBytes(t, two)) {
		t.Error("the configuration makes another model")
	}
}

func TestResumeRefusals(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := Run(t.Context(), quick(t, dir), &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	last, previous := filepath.Join(dir, runfolder.CheckpointFile), filepath.Join(dir, runfolder.PreviousFile)
	try := func(want string, args ...string) {
		t.Helper()
		if err := Run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error is %v, want %q in one line", args, err, want)
		}
	}
	try("-batch, -lr cannot be given with it", "-resume", dir, "-batch", "8", "-lr", "1")
	try("-out cannot be given", "-resume", dir, "-out", "x")
	try("absent", "-resume", filepath.Join(dir, "absent"))
	try("not a checkpoint", "-resume", filepath.Join(dir, runfolder.ModelFile))

	good, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	bad[len(bad)/2] ^= 1
	if err := os.WriteFile(last, bad, 0o666); err != nil {
		t.Fatal(err)
	}
	try("damaged: the content does not have the checksum that was written with it; the checkpoint before it is good: -resume "+previous, "-resume", dir)
	before := modelBytes(t, dir)
	if err := Run(t.Context(), []string{"-resume", previous}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, modelBytes(t, dir)) {
		t.Error("resumed from the previous checkpoint, the run ends with another model")
	}
	config := filepath.Join(dir, runfolder.ConfigFile)
	if err := os.WriteFile(config, []byte("speed = 3\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	try(`unknown key "speed"`, "-resume", dir)
}
