package main

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"inkstone/train/sweep"
)

// useSlurm makes TestSlurm run.
var useSlurm = flag.Bool("slurm", false, "run TestSlurm, which starts a Slurm of one node; needs root, slurm-wlm and a running munged")

// cluster is a Slurm of one node, in a folder.
type cluster struct {
	t   *testing.T
	dir string
}

// command runs a command of Slurm in the folder and returns its output.
func (c cluster) command(name string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "SLURM_CONF="+filepath.Join(c.dir, "slurm.conf"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// until waits until a condition holds.
func (c cluster) until(what string, holds func() bool) {
	c.t.Helper()
	for range 600 {
		if holds() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	var logs []byte
	paths, _ := filepath.Glob(filepath.Join(c.dir, "*.out"))
	for _, path := range paths {
		log, _ := os.ReadFile(path)
		logs = append(logs, log...)
	}
	c.t.Fatalf("a minute has passed, and not: %s\n%s\n%s", what, c.command("squeue"), logs)
}

// startSlurm starts a Slurm of one node, or skips the test.
func startSlurm(t *testing.T) cluster {
	t.Helper()
	if !*useSlurm {
		t.Skip("without -slurm")
	}
	for _, name := range []string{"slurmctld", "slurmd", "sbatch", "munge"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%v: install slurm-wlm and munge", err)
		}
	}
	if err := exec.Command("munge", "-n").Run(); err != nil {
		t.Skipf("munge -n: %v: munged does not run", err)
	}
	host, err := exec.Command("hostname", "-s").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := cluster{t, t.TempDir()}
	node := strings.TrimSpace(string(host))
	conf := fmt.Sprintf(`ClusterName=one
SlurmctldHost=%[1]s
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=%[2]s/state
SlurmdSpoolDir=%[2]s/spool
SlurmctldPidFile=%[2]s/slurmctld.pid
SlurmdPidFile=%[2]s/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmctldPort=%[3]d
SlurmdPort=%[4]d
NodeName=%[1]s CPUs=%[5]d RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=%[1]s Default=YES MaxTime=INFINITE State=UP
`, node, c.dir, freePort(t), freePort(t), runtime.NumCPU())
	if err := os.WriteFile(filepath.Join(c.dir, "slurm.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"state", "spool"} {
		if err := os.Mkdir(filepath.Join(c.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"slurmctld", "slurmd"} {
		cmd := exec.Command(name, "-D", "-f", filepath.Join(c.dir, "slurm.conf"))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			cmd.Process.Signal(os.Interrupt)
			cmd.Wait()
		})
	}
	c.until("the node is idle", c.idle)
	return c
}

// idle reports whether Slurm has started and the node has no job, nor one that is ending.
func (c cluster) idle() bool {
	cmd := exec.Command("sinfo", "-h", "-o", "%T")
	cmd.Env = append(os.Environ(), "SLURM_CONF="+filepath.Join(c.dir, "slurm.conf"))
	out, _ := cmd.Output()
	return strings.TrimSpace(string(out)) == "idle"
}

// freePort returns a TCP port that no process uses.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// The documented job array makes a sweep of eight trials, as one process does. A job that Slurm
// requeues goes on with its run.
func TestSlurm(t *testing.T) {
	c := startSlurm(t)
	script, err := os.ReadFile("../../docs/scaling/sweep.sbatch")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"sweep":                   "#!/bin/sh\n" + asCommand + "=1 exec " + os.Args[0] + " \"$@\"\n",
		"sweep.sbatch":            string(script),
		"docs/scaling/sweep.toml": random(8),
	}
	if err := os.MkdirAll(filepath.Join(c.dir, "docs/scaling"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c.command("sbatch", "--cpus-per-task=1", "--mem=300M", "sweep.sbatch")
	c.until("all jobs have ended", func() bool { return c.command("squeue", "-h") == "" })
	whole, shared := filepath.Join(t.TempDir(), "whole"), filepath.Join(c.dir, "runs/sweep")
	output(t, "-config", configFile(t, random(8)), "-out", whole)
	if got, want := fmt.Sprint(readScores(t, shared)), fmt.Sprint(readScores(t, whole)); got != want {
		t.Errorf("the scores of the array are %s, want %s", got, want)
	}
	result, err := os.ReadFile(filepath.Join(shared, sweep.ResultFile))
	if err != nil || !bytes.Contains(result, []byte("winner     trial ")) {
		t.Errorf("the result is %s, %v", result, err)
	}

	long := strings.Replace(random(1), "epochs = 1", "epochs = 1000000", 1)
	if err := os.WriteFile(filepath.Join(c.dir, "docs/scaling/sweep.toml"), []byte(long), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(shared); err != nil {
		t.Fatal(err)
	}
	id := strings.Fields(c.command("sbatch", "--array=1", "--cpus-per-task=1", "--mem=300M", "sweep.sbatch"))[3]
	logged := func(text string) func() bool {
		return func() bool {
			log, _ := os.ReadFile(filepath.Join(shared, "trial-001", "log.txt"))
			return bytes.Contains(log, []byte(text))
		}
	}
	c.until("the trial trains", logged("epoch       5/"))
	c.command("scontrol", "requeue", id)
	c.until("the job waits again", func() bool { return c.command("squeue", "-h", "-o", "%T") == "PENDING" && c.idle() })
	if !logged("ended  after ")() {
		t.Error("the signal did not make the run save its state")
	}
	c.command("scontrol", "update", "JobId="+id, "StartTime=now")
	c.until("the trial goes on", logged("resume from checkpoint"))
	c.command("scancel", id)
	c.until("the job has ended", func() bool { return c.command("squeue", "-h") == "" })
}
