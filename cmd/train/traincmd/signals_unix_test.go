//go:build unix

package traincmd

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"inkstone/train/runfolder"
)

// childCommand is the command as a process of its own.
func childCommand(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asCommand+"=1")
	return c
}

// SIGHUP, as of a terminal that is closed, and SIGUSR1, as of a job manager, save the run as SIGTERM does.
func TestHangUp(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGUSR1} {
		if signal.Ignored(sig) { // under nohup; the run then ignores it too
			continue
		}
		dir := filepath.Join(t.TempDir(), "run")
		c := childCommand(faultRun(t, dir, "-epochs", "100000")...)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		stdout, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		sent := false
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if !sent && strings.HasPrefix(lines.Text(), "epoch") {
				sent = true
				c.Process.Signal(sig)
			}
		}
		err = c.Wait()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 130 || !strings.Contains(stderr.String(), "-resume "+dir) {
			t.Errorf("%v: %v, %s", sig, err, &stderr)
		}
		if r := readResult(t, dir); r["ended"] != "interrupted" {
			t.Errorf("%v: the result is %v", sig, r)
		}
	}
}

// A reader that goes away, as head does, neither ends the run nor its log; the status is 1.
func TestClosedPipe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	c := childCommand(faultRun(t, dir)...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	c.Stdout = w
	err = c.Run()
	w.Close()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("the run ends with %v, want status 1", err)
	}
	log, err := os.ReadFile(filepath.Join(dir, runfolder.LogFile))
	if err != nil || !strings.Contains(string(log), "\nsaved  ") {
		t.Errorf("the log is %s, %v", log, err)
	}
}
