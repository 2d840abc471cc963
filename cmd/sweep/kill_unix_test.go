//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"inkstone/cmd/internal/cli"
	"inkstone/train/runfolder"
	"inkstone/train/sweep"
)

// kills and trials are the numbers in TestKill.
var (
	kills  = flag.Int("kills", 2, "number of kills of the sweep in TestKill")
	trials = flag.Int("trials", 5, "number of trials of the sweep in TestKill")
)

// asCommand is an environment variable that makes the test's own binary the command.
const asCommand = "INKSTONE_TEST_AS_SWEEP"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		cli.Main("sweep", run)
	}
	os.Exit(m.Run())
}

// A sweep that is killed at random moments and started again loses no finished trial, repeats none,
// and finds what a sweep finds that was not killed.
func TestKill(t *testing.T) {
	config := configFile(t, random(*trials))
	whole, killed := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "killed")
	start := time.Now()
	output(t, "-config", config, "-out", whole)
	took := time.Since(start)

	finished := map[string]time.Time{} // when the model of a finished run was written
	check := func() {
		t.Helper()
		scores := readScores(t, killed)
		for name, when := range finished {
			info, err := os.Stat(filepath.Join(killed, name, runfolder.ModelFile))
			if _, ok := scores[name]; !ok || err != nil || !info.ModTime().Equal(when) {
				t.Errorf("the finished run %s was lost or repeated: %v", name, err)
			}
		}
		for name := range scores {
			info, err := os.Stat(filepath.Join(killed, name, runfolder.ModelFile))
			if err != nil {
				t.Fatal(err)
			}
			finished[name] = info.ModTime()
		}
	}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	ended := 0
	for range *kills {
		c := exec.Command(os.Args[0], "-config", config, "-out", killed)
		c.Env = append(os.Environ(), asCommand+"=1")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(r.Float64()*float64(took)/float64(*kills)), func() { c.Process.Kill() })
		if c.Wait() == nil {
			ended++
		}
		timer.Stop()
		check()
	}
	before := len(finished)
	text := output(t, "-config", config, "-out", killed)
	check()
	if n := bytes.Count([]byte(text), []byte("\ndone ")); n != *trials-before {
		t.Errorf("%d of %d runs were finished, but then %d were made", before, *trials, n)
	}
	want := readScores(t, whole)
	if len(want) != *trials || fmt.Sprint(readScores(t, killed)) != fmt.Sprint(want) {
		t.Errorf("seed %d: the scores are %v, want %v", seed, readScores(t, killed), want)
	}
	for name := range want {
		a, err := os.ReadFile(filepath.Join(whole, name, runfolder.ModelFile))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(killed, name, runfolder.ModelFile)); err != nil || !bytes.Equal(a, b) {
			t.Errorf("seed %d: %s has another model, %v", seed, name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(killed, sweep.PageFile)); err != nil {
		t.Error(err)
	}
	t.Logf("seed %d: %d kills, %d of %d runs finished before the last call, %d calls ended before their kill", seed, *kills, before, *trials, ended)
}
