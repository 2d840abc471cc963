package traincmd

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"inkstone/train/runfolder"
)

// smallDisk is a file system of that size in memory, and a function that changes its
// options. Only root may mount one.
func smallDisk(t *testing.T, size string) (path string, remount func(options string, flags uintptr)) {
	t.Helper()
	path = t.TempDir()
	if err := syscall.Mount("none", path, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("mounting a file system of %s: %v", size, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(path, 0); err != nil {
			t.Error(err)
		}
	})
	return path, func(options string, flags uintptr) {
		t.Helper()
		if err := syscall.Mount("none", path, "tmpfs", syscall.MS_REMOUNT|flags, options); err != nil {
			t.Fatal(err)
		}
	}
}

// A disk that fills up ends the run in one line. What was whole stays whole, and with
// room again the run goes on to the end that it would have had.
func TestFullDisk(t *testing.T) {
	disk, remount := smallDisk(t, "300k")
	dir, whole := filepath.Join(disk, "run"), filepath.Join(t.TempDir(), "whole")
	mustRun(t, faultRun(t, whole, "-model", "tiny")...)
	mustFail(t, "no space left on device", faultRun(t, dir, "-model", "tiny")...)
	if _, err := os.Stat(filepath.Join(dir, runfolder.CheckpointFile)); err != nil {
		t.Fatalf("no checkpoint is left: %v", err)
	}
	mustFail(t, "no space left on device", "-resume", dir)
	remount("size=10m", 0)
	mustRun(t, "-resume", dir)
	if !bytes.Equal(modelBytes(t, whole), modelBytes(t, dir)) || metricLines(t, whole) != metricLines(t, dir) {
		t.Error("the resumed run differs from the whole one")
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*.tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
	// Without room for the first file there is no folder, to be in the way next time.
	full := filepath.Join(disk, "another")
	if err := os.WriteFile(filepath.Join(disk, "filler"), make([]byte, 16<<20), 0o666); err == nil {
		t.Fatal("the disk is not full")
	}
	mustFail(t, "no space left on device", faultRun(t, full)...)
	if left, err := filepath.Glob(filepath.Join(disk, "*another*")); err != nil || len(left) > 0 {
		t.Errorf("the run that could not begin left %v, %v", left, err)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	disk, remount := smallDisk(t, "10m")
	dir := filepath.Join(disk, "run")
	mustRun(t, faultRun(t, dir, "-epochs", "1")...)
	want := modelBytes(t, dir)
	remount("size=10m", syscall.MS_RDONLY)
	mustFail(t, "read-only file system", faultRun(t, filepath.Join(disk, "new"))...)
	mustFail(t, "read-only file system", "-resume", dir, "-epochs", "2")
	mustFail(t, "read-only file system", faultRun(t, filepath.Join(disk, "search"), "-find-lr")...)
	if !bytes.Equal(want, modelBytes(t, dir)) {
		t.Error("the model changed")
	}
	remount("size=10m", 0)
	mustRun(t, "-resume", dir, "-epochs", "2")
}
