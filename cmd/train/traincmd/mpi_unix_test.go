//go:build unix

package traincmd

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"inkstone/train/runfolder"
)

// mpiLibraries makes TestMPI run.
var mpiLibraries = flag.String("mpi", "", "run TestMPI with these MPI `libraries`: the suffixes of mpirun and mpicc, as in openmpi,mpich; needs a C compiler")

// rankTimeout is long enough for a machine on which other tests run.
const rankTimeout = 20 * time.Second

// launcher starts the command on the ranks of a job.
type launcher struct {
	t           *testing.T
	mpirun, bin string
}

// newLauncher builds the command for an MPI library.
func newLauncher(t *testing.T, library string) launcher {
	t.Helper()
	mpirun, err := exec.LookPath("mpirun." + library)
	if err != nil {
		t.Skip(err)
	}
	l := launcher{t, mpirun, filepath.Join(t.TempDir(), "train")}
	build := exec.Command("go", "build", "-tags", "mpi", "-o", l.bin, "inkstone/cmd/train")
	build.Env = append(os.Environ(), "CGO_ENABLED=1", "CC=mpicc."+library)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return l
}

// command returns a job of n ranks. Its processes are a group of their own.
func (l launcher) command(n int, args ...string) *exec.Cmd {
	c := exec.Command(l.mpirun, append([]string{"-n", strconv.Itoa(n), l.bin}, args...)...)
	c.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1",
		fmt.Sprintf("INKSTONE_RANK_TIMEOUT=%g", rankTimeout.Seconds()))
	return c
}

// run runs a job that must succeed, and returns its model.
func (l launcher) run(n int, folder string, args ...string) []byte {
	l.t.Helper()
	if out, err := l.command(n, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%d ranks: %v\n%s", n, err, out)
	}
	return modelOf(l.t, folder)
}

func modelOf(t *testing.T, folder string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// end starts a job, calls act with it and the process of its last rank after two epochs, and returns
// what it printed and its exit status.
func (l launcher) end(c *exec.Cmd, folder string, act func(job, rank *os.Process)) (output string, status int) {
	l.t.Helper()
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		l.t.Fatal(err)
	}
	for started := time.Now(); time.Since(started) < time.Minute; time.Sleep(50 * time.Millisecond) {
		if log, _ := os.ReadFile(filepath.Join(folder, runfolder.LogFile)); bytes.Contains(log, []byte("\nepoch  2/")) {
			break
		}
	}
	act(c.Process, l.lastRank(folder))
	ended := make(chan error)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended:
	case <-time.After(5 * rankTimeout):
		c.Process.Kill()
		<-ended
		l.t.Errorf("the job has not ended: %s", &out)
	}
	return out.String(), c.ProcessState.ExitCode()
}

// lastRank returns the youngest process of the command with this folder.
func (l launcher) lastRank(folder string) *os.Process {
	l.t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		l.t.Fatal(err)
	}
	last := 0
	for _, path := range paths {
		line, _ := os.ReadFile(path)
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && bytes.HasPrefix(line, []byte(l.bin+"\x00")) && bytes.Contains(line, []byte(folder)) {
			last = max(last, pid)
		}
	}
	p, err := os.FindProcess(last)
	if err != nil || last == 0 {
		l.t.Fatalf("no process of a rank: %v", err)
	}
	return p
}

// Jobs of mpirun train models with the bytes of one process, also after a rank was killed, and end
// within a bounded time if a rank is killed or hangs, or if ranks have other settings.
func TestMPI(t *testing.T) {
	if *mpiLibraries == "" {
		t.Skip("without -mpi")
	}
	dir := t.TempDir()
	common := []string{"-dataset", "builtin", "-limit", "150", "-batch", "8", "-accumulate", "8", "-workers", "1", "-test=false", "-report=false"}
	with := func(out string, more ...string) []string {
		return append(append([]string{"-out", filepath.Join(dir, out)}, common...), more...)
	}
	alone := func(out string, more ...string) []byte {
		t.Helper()
		if err := Run(t.Context(), with(out, more...), &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		return modelOf(t, filepath.Join(dir, out))
	}
	trainings := map[string][]string{
		"cnn":    {"-model", "cnn", "-epochs", "1"},
		"resnet": {"-model", "resnet", "-epochs", "1"},
		"tuned":  {"-finetune", filepath.Join(dir, "resnet"), "-classes", "0-4", "-epochs", "3", "-unfreeze-at", "2", "-unfreeze-every", "1"},
	}
	want := map[string][]byte{}
	for _, name := range []string{"cnn", "resnet", "tuned"} {
		want[name] = alone(name, trainings[name]...)
	}
	long := []string{"-model", "tiny", "-epochs", "60"}
	want["long"] = alone("long", long...)
	for _, library := range strings.Split(*mpiLibraries, ",") {
		t.Run(library, func(t *testing.T) {
			l := newLauncher(t, library)
			folder := func(name string) string { return filepath.Join(dir, library+"-"+name) }
			for name, args := range trainings {
				for _, n := range []int{2, 3, 4, 8} {
					out := fmt.Sprintf("%s-%s-%d", library, name, n)
					if !bytes.Equal(l.run(n, filepath.Join(dir, out), with(out, args...)...), want[name]) {
						t.Errorf("%s on %d ranks has other bytes than one process", name, n)
					}
				}
			}
			// A launcher that gets a signal may end with any status.
			for _, tc := range []struct {
				name  string
				act   func(job, rank *os.Process)
				fails bool
				text  string // in the output
			}{
				{"kill", func(_, rank *os.Process) { rank.Kill() }, true, ""},
				{"hang", func(_, rank *os.Process) { rank.Signal(syscall.SIGSTOP) }, true, "for 20 seconds: it hangs"},
				{"usr1", func(job, _ *os.Process) { job.Signal(syscall.SIGUSR1) }, false, "train: interrupted after "},
				{"one rank", func(_, rank *os.Process) { rank.Signal(syscall.SIGTERM) }, true, "train: interrupted after "},
			} {
				path := folder(tc.name)
				output, status := l.end(l.command(3, with(library+"-"+tc.name, long...)...), path, tc.act)
				if tc.fails && status == 0 || !strings.Contains(output, tc.text) {
					t.Errorf("%s: the job ends with status %d and prints\n%s", tc.name, status, output)
				}
				if !bytes.Equal(l.run(2, path, "-resume", path), want["long"]) {
					t.Errorf("%s: the resumed run has other bytes than one process", tc.name)
				}
			}
			for _, tc := range []struct {
				second []string // flags of the second rank, after those of the first
				text   string
			}{
				{[]string{"-batch", "16"}, "rank 1: the ranks differ: its batch is 16, that of rank 0 is 8"},
				{[]string{"-limit", "140"}, "rank 1: the ranks differ: its training set is "},
				{[]string{"-model", "lenet5"}, `rank 1: the ranks differ: its model is "lenet5", that of rank 0 is "tiny"`},
				{[]string{"-nonsense"}, "rank 1: flag provided but not defined: -nonsense"},
				{[]string{"-teacher", "/nowhere"}, "rank 1: "},
			} {
				c := l.command(1, with(library+"-refused", long...)...)
				c.Args = append(append(c.Args, ":", "-n", "1", l.bin), append(with(library+"-refused", long...), tc.second...)...)
				out, err := c.CombinedOutput()
				if err == nil || strings.Count(string(out), "train: "+tc.text) != 1 {
					t.Errorf("%v on the second rank: %v\n%s", tc.second, err, out)
				}
			}
			plain := exec.Command("go", "build", "-o", l.bin, "inkstone/cmd/train")
			plain.Env = append(os.Environ(), "CGO_ENABLED=0")
			if out, err := plain.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			out, err := l.command(3, with(library+"-plain", long...)...).CombinedOutput()
			if err == nil || strings.Count(string(out), "3 processes, but this program is built without MPI: build it with ") != 1 {
				t.Errorf("without MPI: %v\n%s", err, out)
			}
		})
	}
}
