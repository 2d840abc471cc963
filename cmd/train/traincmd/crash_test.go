package traincmd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"inkstone/internal/disk"
	"inkstone/train/runfolder"
)

// crashAfter runs the command and refuses every change of the disk after the first n. The
// files are then those that a kill after n changes leaves. It returns whether the command
// finished without an error, and the number of changes that it tried.
func crashAfter(t *testing.T, n int, args ...string) (finished bool, changes int) {
	t.Helper()
	killed := errors.New("killed")
	disk.Before = func(string, string) error {
		if changes++; changes > n {
			return killed
		}
		return nil
	}
	defer func() { disk.Before = nil }()
	err := Run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{})
	if err != nil && !errors.Is(err, killed) {
		t.Fatalf("%v, killed after %d changes: %v", args, n, err)
	}
	return err == nil, changes
}

// A run that is killed before any change of the disk is resumed, or started again by the same
// command, and ends with the bytes of the whole run. So it does if the second try is killed
// too. With -kills of at least 1000 every change is tried, else some of them.
func TestCrashPoints(t *testing.T) {
	set := digitsFolder(t, 120)
	from := filepath.Join(t.TempDir(), "from")
	mustRun(t, "-data", set, "-dataset", "mnist", "-model", "small", "-epochs", "1", "-batch", "32", "-out", from)
	short := []string{"-data", set, "-dataset", "mnist", "-epochs", "1", "-batch", "32", "-checkpoint-steps", "2"}
	for name, args := range map[string][]string{
		"training":    append(short, "-model", "small", "-average", "0.5"),
		"fine-tuning": append(short, "-finetune", from),
	} {
		t.Run(name, func(t *testing.T) {
			whole := filepath.Join(t.TempDir(), "whole")
			_, all := crashAfter(t, 1<<30, append(args, "-out", whole)...)
			want, lines := modelBytes(t, whole), metricLines(t, whole)
			stride := max(1, all/4)
			if *kills >= 1000 {
				stride = 1
			}
			created := 30 // changes in which the folder is created
			for n := 0; n < all; n++ {
				if n >= created && n%stride != 0 || n < created && stride > 1 && n%8 != 0 {
					continue
				}
				parent := t.TempDir()
				dir := filepath.Join(parent, "run")
				next := append(args, "-out", dir)
				crashAfter(t, n, next...)
				for again := 0; again < 2; again++ { // the first is killed too
					if runfolder.IsRun(dir) {
						next = []string{"-resume", dir}
					} else if _, err := os.Stat(dir); err == nil {
						t.Fatalf("killed after %d changes, there is a folder that cannot be resumed", n)
					}
					crashAfter(t, map[int]int{0: n/2 + 1, 1: 1 << 30}[again], next...)
				}
				if !bytes.Equal(want, modelBytes(t, dir)) || metricLines(t, dir) != lines {
					t.Errorf("killed after %d of %d changes, the run ends with another model or other metrics", n, all)
				}
				for _, folder := range []string{dir, parent} {
					if left, err := filepath.Glob(filepath.Join(folder, ".*.tmp")); err != nil || len(left) > 0 {
						t.Errorf("killed after %d changes, the run leaves %q, %v", n, left, err)
					}
				}
				if r, err := runfolder.Read(dir); err != nil || r.State() != runfolder.Finished {
					t.Errorf("killed after %d changes, the run is %v, %v", n, r, err)
				}
			}
			t.Logf("%d changes", all)
		})
	}
}
