package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"inkstone/graph/kernelbench"
	"inkstone/model"
	"inkstone/train/data/mnist"
)

func output(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), args, &stdout, &stderr); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	if stderr.Len() > 0 {
		t.Errorf("%v wrote %q to standard error, which is not a terminal", args, stderr.String())
	}
	return stdout.String()
}

func TestJSON(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	var r map[string]any
	if err := json.Unmarshal([]byte(output(t, "-json", "-model", "tiny", "-batch", "2", "-threads", "1", "-seconds", "0.001")), &r); err != nil {
		t.Fatal(err)
	}
	if now := runtime.GOMAXPROCS(0); now != before {
		t.Errorf("GOMAXPROCS is %d after the run, %d before", now, before)
	}
	for _, key := range []string{"train_images_per_second", "forward_images_per_second", "forward_one_seconds",
		"stock_train_images_per_second", "train_over_stock", "copy_gbytes_per_second", "parameters", "train_flops_per_image"} {
		if v, ok := r[key].(float64); !ok || !(v > 0) || math.IsInf(v, 0) {
			t.Errorf("%s is %v, want a positive number", key, r[key])
		}
	}
	assembly := kernelbench.Paths()[0] != "portable"
	if v, ok := r["peak_gflops"].(float64); !ok || (v > 0) != assembly {
		t.Errorf("peak_gflops is %v on a machine with the paths %v", r["peak_gflops"], kernelbench.Paths())
	}
	for key, want := range map[string]any{"model": "tiny", "batch": 2.0, "threads": 1.0, "path": kernelbench.Path(), "data": mnist.Builtin} {
		if r[key] != want {
			t.Errorf("%s is %v, want %v", key, r[key], want)
		}
	}
	if n := len(r["networks"].([]any)); n != 1 {
		t.Errorf("%d networks, want 1", n)
	}
	cases, err := kernelbench.Cases(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r["kernels"].([]any)); n != len(cases) {
		t.Errorf("%d kernels, want %d", n, len(cases))
	}
}

func TestTable(t *testing.T) {
	before := kernelbench.Path()
	out := output(t, "-model", "lenet5", "-batch", "2", "-seconds", "0.001", "-path", "portable", "-stock=false", "-kernels=false")
	for _, want := range []string{"kernel path portable", "multiply-add peak", "\n  lenet5  ", "  -  ", "train images/s"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Contains(out, "Kernels") {
		t.Errorf("kernels in spite of -kernels=false in\n%s", out)
	}
	if kernelbench.Path() != before {
		t.Errorf("path %s after the run, %s before", kernelbench.Path(), before)
	}
}

func TestRealData(t *testing.T) {
	dir := os.Getenv(mnist.Env)
	if dir == "" {
		t.Skip(mnist.Env + " names no folder with MNIST")
	}
	out := output(t, "-model", "tiny", "-batch", "2", "-seconds", "0.001", "-stock=false", "-kernels=false", "-data", dir)
	if !strings.Contains(out, ", mnist\n") {
		t.Errorf("the data set is not named in\n%s", out)
	}
}

func TestList(t *testing.T) {
	out := output(t, "-list")
	for _, p := range model.Presets() {
		if !strings.Contains(out, p.Name) {
			t.Errorf("network %s is not in\n%s", p.Name, out)
		}
	}
	if !strings.Contains(out, strings.Join(kernelbench.Paths(), ", ")) {
		t.Errorf("paths %v are not in\n%s", kernelbench.Paths(), out)
	}
}

func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"-model", "cmm"}, `unknown model "cmm"`},
		{[]string{"-path", "sse9"}, `"sse9": unknown`},
		{[]string{"-batch", "0"}, "-batch is 0"},
		{[]string{"-batch", "5000"}, "-batch is 5000"},
		{[]string{"-threads", "0"}, "-threads is 0"},
		{[]string{"-seconds", "0"}, "-seconds is 0"},
		{[]string{"-seconds", "NaN"}, "-seconds is NaN"},
		{[]string{"-data", "no/such/folder"}, "no/such/folder"},
		{[]string{"-python", "python3"}, "-python is set, but -peers is not"},
		{[]string{"-node-modules", "/opt"}, "-node-modules is set, but -peers is not"},
		{[]string{"-compare", "no/such/file"}, "-compare: stat no/such/file"},
		{[]string{"-compare", "bench_test.go"}, "bench_test.go is not the output of bench -json"},
		{[]string{"-compare", saved(t, &report{})}, "it has no networks"},
		{[]string{"cnn"}, `unexpected argument "cnn"`},
		{[]string{"-modle", "cnn"}, "-modle"},
	} {
		var stdout bytes.Buffer
		if err := run(t.Context(), tc.args, &stdout, &stdout); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: error is %v, want %q in it", tc.args, err, tc.want)
		}
		if stdout.Len() > 0 {
			t.Errorf("%v printed %q", tc.args, stdout.String())
		}
	}
}

func TestHelpAndInterrupt(t *testing.T) {
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-help"}, &stdout, &stdout); !errors.Is(err, flag.ErrHelp) || !strings.Contains(stdout.String(), "go run ./cmd/bench") {
		t.Errorf("help: error %v, output %q", err, stdout.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, []string{"-model", "tiny", "-seconds", "0.001"}, &stdout, &stdout); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: error %v", err)
	}
}

// A training step without skipped products: three products for each layer but the first,
// which has no input gradient.
func TestTrainFLOPs(t *testing.T) {
	s := &model.Summary{FLOPs: 110, Layers: []model.SummaryLayer{{FLOPs: 0}, {FLOPs: 10}, {FLOPs: 100}}}
	if got := trainFLOPs(s); got != 2*10+3*100 {
		t.Errorf("training takes %d FLOPs, want 320", got)
	}
}
