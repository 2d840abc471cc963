package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/cmd/train/traincmd"
	"inkstone/train/runfolder"
)

// The documented MPI job trains the model of one process, also if Slurm requeues it in between.
func TestSlurmMPI(t *testing.T) {
	c := startSlurm(t)
	for _, name := range []string{"mpicc", "mpirun"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%v: install Open MPI or MPICH", err)
		}
	}
	build := exec.Command("go", "build", "-tags", "mpi", "-o", filepath.Join(c.dir, "train"), "inkstone/cmd/train")
	build.Env = append(os.Environ(), "CGO_ENABLED=1", "CC=mpicc")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	script, err := os.ReadFile("../../docs/scaling/train.sbatch")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "train.sbatch"), script, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OMPI_ALLOW_RUN_AS_ROOT", "1")
	t.Setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
	args := []string{"-dataset", "builtin", "-limit", "500", "-epochs", "12", "-batch", "8", "-test=false", "-report=false"}
	id := strings.Fields(c.command("sbatch", append([]string{"--ntasks=2", "--mem=1G", "train.sbatch"}, args...)...))[3]
	folder := filepath.Join(c.dir, "runs", "train-"+id)
	logged := func(text string) func() bool {
		return func() bool {
			log, _ := os.ReadFile(filepath.Join(folder, runfolder.LogFile))
			return bytes.Contains(log, []byte(text))
		}
	}
	c.until("the job trains", logged("\nepoch  2/"))
	c.command("scontrol", "requeue", id)
	c.until("the job waits again", func() bool { return c.command("squeue", "-h", "-o", "%T") == "PENDING" && c.idle() })
	if !logged(": interrupted")() {
		t.Error("the signal did not make the run save its state")
	}
	c.command("scontrol", "update", "JobId="+id, "StartTime=now")
	c.until("the job resumes its run", logged("resume from checkpoint"))
	c.until("the job has ended", func() bool { return c.command("squeue", "-h") == "" })
	whole := filepath.Join(t.TempDir(), "whole")
	if err := traincmd.Run(t.Context(), append([]string{"-model", "resnet", "-accumulate", "8", "-out", whole}, args...), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	got, err1 := os.ReadFile(filepath.Join(folder, runfolder.ModelFile))
	want, err2 := os.ReadFile(filepath.Join(whole, runfolder.ModelFile))
	if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
		t.Errorf("the job has another model than one process: %v, %v", err1, err2)
	}
}
