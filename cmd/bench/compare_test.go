package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func saved(t *testing.T, r *report) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// A figure that is a speed and one that is a time both give more than 1 if the new run is
// faster. A report that was saved and read is compared like the original.
func TestCompare(t *testing.T) {
	old := &report{
		Threads: 1, Batch: 64, Path: "avx2", PeakGFLOPS: 100,
		Networks: []network{
			{Model: "cnn", TrainImagesPerSecond: 1000, ForwardImagesPerSecond: 5000, ForwardOneSeconds: 0.004},
			{Model: "tiny", TrainImagesPerSecond: 1},
		},
		Kernels: []kernelResult{{Name: "conv", Shape: "28x28", Seconds: 0.5}, {Name: "conv", Shape: "14x14", Seconds: 1}},
	}
	now := &report{
		Threads: 2, Batch: 64, Path: "avx512", PeakGFLOPS: 150,
		Networks: []network{{Model: "cnn", TrainImagesPerSecond: 1500, ForwardImagesPerSecond: 4000, ForwardOneSeconds: 0.001}},
		Kernels:  []kernelResult{{Name: "conv", Shape: "14x14", Seconds: 2}, {Name: "dense", Shape: "", Seconds: 1}},
	}
	file := saved(t, old)
	read, err := readSaved(file)
	if err != nil {
		t.Fatal(err)
	}
	c := compare(read, now, file)
	want := []change{
		{"machine", "multiply-add peak, GFLOP/s", 100, 150, 1.5, false},
		{"cnn", "train images/s", 1000, 1500, 1.5, false},
		{"cnn", "forward images/s", 5000, 4000, 0.8, false},
		{"cnn", "one image", 0.004, 0.001, 4, true},
		{"conv", "14x14", 1, 2, 0.5, true},
	}
	if !reflect.DeepEqual(c.Figures, want) {
		t.Errorf("figures %v, want %v", c.Figures, want)
	}
	if want := []string{"threads: 1, now 2", "kernel path: avx2, now avx512"}; !reflect.DeepEqual(c.Conditions, want) {
		t.Errorf("conditions %q, want %q", c.Conditions, want)
	}
	if want := []string{"tiny", "dense, ", "conv, 28x28"}; !reflect.DeepEqual(c.Unmatched, want) {
		t.Errorf("unmatched %q, want %q", c.Unmatched, want)
	}
	fields := map[string]bool{}
	for line := range strings.Lines(c.String()) {
		fields[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, want := range []string{"cnn train images/s 1000 1500 1.50x", "cnn one image 4.00 ms 1.00 ms 4.00x", "the runs differ in threads: 1, now 2"} {
		if !fields[want] {
			t.Errorf("no line %q in\n%s", want, c)
		}
	}
}

// Without kernels in one of the runs, the kernels of the other are not missing.
func TestCompareWithoutKernels(t *testing.T) {
	c := compare(&report{Kernels: []kernelResult{{Name: "conv", Seconds: 1}}}, &report{}, "old.json")
	if len(c.Figures) > 0 || len(c.Unmatched) > 0 || len(c.Conditions) > 0 {
		t.Errorf("%+v, want no changes", c)
	}
}

func TestCompareCommand(t *testing.T) {
	args := []string{"-model", "tiny", "-batch", "2", "-threads", "1", "-seconds", "0.001", "-stock=false", "-kernels=false"}
	file := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(file, []byte(output(t, append(args, "-json")...)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := output(t, append(args, "-compare", file)...); !strings.Contains(out, "Since "+file) || strings.Contains(out, "differ") {
		t.Errorf("no comparison of equal runs in\n%s", out)
	}
	var r report
	if err := json.Unmarshal([]byte(output(t, append(args, "-json", "-compare", file)...)), &r); err != nil {
		t.Fatal(err)
	}
	if r.Compared == nil || len(r.Compared.Figures) < 4 {
		t.Errorf("compared is %+v in the JSON object, want the figures of a network and of the machine", r.Compared)
	}
}
