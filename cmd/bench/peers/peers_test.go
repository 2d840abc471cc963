package peers

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/digits"
)

var (
	modules = flag.String("node-modules", ".", "a `folder` in or above which node_modules has onnxruntime-node")
	measure = flag.Bool("peers", false, "measure all networks in the peers that are there")
)

func testSet(t *testing.T) *data.Set {
	t.Helper()
	pixels, labels := digits.Generate(1, 300)
	set, err := data.New("digits", "package digits", digits.Size, digits.Size, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// open opens a folder with peers, by default those of this machine.
func open(t *testing.T, o Options) *Folder {
	t.Helper()
	f, err := Open(t.Context(), o, testSet(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(f.path); err == nil {
			t.Errorf("%s is still there", f.path)
		}
	})
	return f
}

// job is a short measurement of a network.
func job(t *testing.T, name string) Job {
	t.Helper()
	m, err := model.New(model.Spec{Preset: name, Seed: 1, Height: 28, Width: 28, Classes: model.Digits(), Std: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Summary()
	if err != nil {
		t.Fatal(err)
	}
	return Job{Model: name, Parameters: s.Params, Threads: 1, Batch: 4, ForwardBatch: 8, Seconds: 0.001}
}

// Each network of Inkstone has a function in pytorch.py.
func TestNetworksInScript(t *testing.T) {
	_, list, _ := strings.Cut(string(pytorchScript), "for f in (")
	list, _, _ = strings.Cut(list, ")")
	names := map[string]bool{}
	for name := range strings.SplitSeq(list, ", ") {
		names[name] = true
	}
	for _, p := range model.Presets() {
		if !names[p.Name] || !strings.Contains(string(pytorchScript), "\ndef "+p.Name+"():\n") {
			t.Errorf("pytorch.py lacks the network %q", p.Name)
		}
	}
}

// The networks in PyTorch have the same parameters as those of Inkstone, and both peers measure
// each of them.
func TestPeers(t *testing.T) {
	if !*measure {
		t.Skip("takes half a minute; -peers runs it")
	}
	f := open(t, Options{Modules: *modules})
	for _, p := range f.Peers {
		t.Run(p.Name, func(t *testing.T) {
			if p.Missing != "" {
				t.Skip(p.Missing)
			}
			if p.Version == "" {
				t.Error("no version")
			}
			for _, preset := range model.Presets() {
				figures, err := p.Measure(t.Context(), job(t, preset.Name))
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s: %+v", preset.Name, *figures)
			}
			wrong := job(t, "tiny")
			wrong.Parameters++
			if _, err := p.Measure(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), "9914 parameters, that of Inkstone has 9915") {
				t.Errorf("a network with other parameters: error is %v", err)
			}
			wrong.Model = "vgg"
			if _, err := p.Measure(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), "vgg") {
				t.Errorf("a network that pytorch.py does not have: error is %v", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := p.Measure(ctx, job(t, "cnn")); !errors.Is(err, context.Canceled) {
				t.Errorf("interrupted: error is %v", err)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	f := open(t, Options{Python: "no-such-python", Modules: t.TempDir()})
	for _, p := range f.Peers {
		if p.Missing == "" {
			t.Errorf("%s is not missing", p.Name)
		}
		if _, err := p.Measure(t.Context(), Job{}); err == nil || !strings.Contains(err.Error(), p.Missing) {
			t.Errorf("%s measured in spite of %q: error is %v", p.Name, p.Missing, err)
		}
	}
}

// A script that prints no figures, or others than it should, is an error.
func TestMeasureChecksFigures(t *testing.T) {
	for _, tc := range []struct {
		trains bool
		text   string
		ok     bool
	}{
		{true, `{"train_images_per_second": 1, "forward_images_per_second": 2, "forward_one_seconds": 3}`, true},
		{false, `{"forward_images_per_second": 2, "forward_one_seconds": 3}`, true},
		{true, `{"forward_images_per_second": 2, "forward_one_seconds": 3}`, false},
		{false, `{"train_images_per_second": 1, "forward_images_per_second": 2, "forward_one_seconds": 3}`, false},
		{false, `{"forward_images_per_second": 2}`, false},
		{false, `{"forward_images_per_second": -2, "forward_one_seconds": 3}`, false},
	} {
		p := Peer{Name: "peer", Trains: tc.trains, measure: func(context.Context, Job) (*Figures, error) {
			var f Figures
			return &f, json.Unmarshal([]byte(tc.text), &f)
		}}
		if _, err := p.Measure(t.Context(), Job{}); (err == nil) != tc.ok {
			t.Errorf("%s: error is %v", tc.text, err)
		}
	}
}

func TestErrorLine(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"usage: x\nx: error: argument --model: invalid choice\n", "x: error: argument --model: invalid choice"},
		{"Traceback (most recent call last):\n  File \"x\", line 1\nModuleNotFoundError: No module named 'torch'\n", "ModuleNotFoundError: No module named 'torch'"},
		{"node:internal\n  throw err;\n\nError: Cannot find module 'onnxruntime-node'\nRequire stack:\n- /opt/x\n\nNode.js v20\n", "Error: Cannot find module 'onnxruntime-node'"},
	} {
		if got := errorLine(tc.text); got != tc.want {
			t.Errorf("error line of %q is %q, want %q", tc.text, got, tc.want)
		}
	}
}
