package traincmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"inkstone/internal/localranks"
	"inkstone/train/runfolder"
)

// runRanks runs the command as n ranks, and returns the output and the errors of each.
func runRanks(t *testing.T, n int, args ...string) (stdout, stderr []string, errs []error) {
	t.Helper()
	stdout, stderr, errs = make([]string, n), make([]string, n), make([]error, n)
	var wait sync.WaitGroup
	for rank, comm := range localranks.New(n) {
		wait.Go(func() {
			var out, bars bytes.Buffer
			errs[rank] = runRank(t.Context(), args, comm, &out, &bars)
			if errs[rank] != nil {
				comm.Abort(errs[rank]) // as mpi.Run does
			}
			stdout[rank], stderr[rank] = out.String(), bars.String()
		})
	}
	wait.Wait()
	return stdout, stderr, errs
}

// Several ranks make the run of one process, in one folder that rank 0 writes. A run of two ranks is
// resumed by three.
func TestRanks(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-dataset", "builtin", "-limit", "120", "-model", "tiny", "-epochs", "2", "-batch", "8", "-accumulate", "4", "-workers", "1", "-test=false", "-report=false"}
	call := func(n int, name string, more ...string) []byte {
		t.Helper()
		path := filepath.Join(dir, name)
		if n == 1 {
			if err := Run(t.Context(), append(append([]string{"-out", path}, args...), more...), &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
		} else {
			stdout, stderr, errs := runRanks(t, n, append([]string{"-out", path}, append(args, more...)...)...)
			for rank, err := range errs {
				if err != nil || rank > 0 && stdout[rank]+stderr[rank] != "" {
					t.Fatalf("rank %d: %v, prints %s%s", rank, err, stdout[rank], stderr[rank])
				}
			}
			if !strings.Contains(stdout[0], "\nepoch 2/2  ") {
				t.Errorf("rank 0 prints %s", stdout[0])
			}
		}
		b, err := os.ReadFile(filepath.Join(path, runfolder.ModelFile))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	want := call(1, "one")
	if got := call(3, "three"); !bytes.Equal(got, want) {
		t.Error("three ranks train another model than one process")
	}
	folder := filepath.Join(dir, "resumed")
	if _, _, errs := runRanks(t, 2, append([]string{"-out", folder, "-epochs", "1"}, without(args, "-epochs")...)...); errs[0] != nil || errs[1] != nil {
		t.Fatal(errs)
	}
	if _, _, errs := runRanks(t, 3, "-resume", folder, "-epochs", "2"); errs[0] != nil || errs[1] != nil || errs[2] != nil {
		t.Fatal(errs)
	}
	whole := filepath.Join(dir, "whole")
	if err := Run(t.Context(), append([]string{"-out", whole, "-epochs", "1"}, without(args, "-epochs")...), &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), []string{"-resume", whole, "-epochs", "2"}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	resumed, err := os.ReadFile(filepath.Join(folder, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(filepath.Join(whole, runfolder.ModelFile)); err != nil || !bytes.Equal(resumed, again) {
		t.Errorf("a run that is resumed by other ranks has another model, %v", err)
	}
}

// without returns arguments without a flag and its value.
func without(args []string, flag string) (rest []string) {
	for i := 0; i < len(args); i++ {
		if args[i] == flag {
			i++
			continue
		}
		rest = append(rest, args[i])
	}
	return rest
}

// A mistake on any rank ends all, and leaves no folder.
func TestRanksRefuse(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	args := []string{"-out", out, "-dataset", "builtin", "-limit", "120", "-model", "tiny", "-batch", "8", "-workers", "1", "-test=false"}
	for more, want := range map[string]string{
		"-accumulate 2":                      "accumulate is 2, want at least 3",
		"-accumulate 3 -seeds 2 -test":       "-seeds, -find-lr and -baseline are for one process, and this is one of 3",
		"-accumulate 3 -find-lr":             "-seeds, -find-lr and -baseline are for one process",
		"-accumulate 3 -finetune /nowhere":   "-finetune: ",
		"-accumulate 3 -model nothing":       "nothing",
		"-accumulate 3 -dataset fashion-xyz": "fashion-xyz",
	} {
		_, _, errs := runRanks(t, 3, append(args, strings.Fields(more)...)...)
		for rank, err := range errs {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, rank %d: %v, want %q", more, rank, err, want)
			}
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s leaves a folder", more)
		}
	}
	if stdout, _, errs := runRanks(t, 2, append(args, "-accumulate", "2", "-dry-run")...); errs[0] != nil || errs[1] != nil || !strings.Contains(stdout[0], "one step on 16 images") {
		t.Errorf("the dry run gives %v, %v", stdout, errs)
	}
	if stdout, _, errs := runRanks(t, 2, "-list"); errs[0] != nil || errs[1] != nil || !strings.Contains(stdout[0], "resnet") {
		t.Errorf("the list gives %v, %v", stdout, errs)
	}
}
