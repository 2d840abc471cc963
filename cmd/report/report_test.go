package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
	"inkstone/train/data/sets"
	"inkstone/train/runfolder"
)

// digitsFolder is a folder in the form of MNIST with few built-in digits.
func digitsFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i, part := range []string{"train", "t10k"} {
		pixels, labels := digits.Generate(uint64(i), 60)
		for name, a := range map[string]*mnist.Array{
			"-images-idx3-ubyte": {Dims: []int{60, 28, 28}, Data: pixels},
			"-labels-idx1-ubyte": {Dims: []int{60}, Data: labels},
		} {
			var b bytes.Buffer
			if err := errors.Join(mnist.Encode(&b, a), os.WriteFile(filepath.Join(dir, part+name), b.Bytes(), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// write makes the folder of a finished run with an untrained model on the images in a folder.
func write(t *testing.T, path, images string, seed uint64) {
	t.Helper()
	config := fmt.Sprintf("version = 3\nmodel = 'tiny'\ndataset = 'mnist'\ndata = '%s'\nval = 30\nseed = %d\nepochs = 1\n", images, seed)
	f, err := runfolder.Create(path, []byte(config), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	selection := data.DefaultSelection()
	selection.Dataset, selection.Dir, selection.Validation, selection.Offline = "mnist", images, 30, true
	all, err := sets.Load(t.Context(), selection, seed, sets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := train.NewModel("tiny", all.Training, seed)
	if err != nil {
		t.Fatal(err)
	}
	test, err := train.Evaluate(t.Context(), m, all.Test, 1)
	if err != nil {
		t.Fatal(err)
	}
	h := &train.History{Epochs: []train.Epoch{{Epoch: 1}}, Ended: train.EndedEpochs}
	_, err = f.Finish(m, all, seed, h, test)
	if err := errors.Join(err, f.AppendEpoch(h.Epochs[0])); err != nil {
		t.Fatal(err)
	}
}

// call runs the command and returns what it prints, its warnings, and its error.
func call(t *testing.T, args ...string) (string, string, error) {
	t.Helper()
	var out, warned bytes.Buffer
	err := run(t.Context(), args, &out, &warned)
	return out.String(), warned.String(), err
}

func TestReport(t *testing.T) {
	t.Chdir(t.TempDir())
	images := digitsFolder(t)
	write(t, "runs/a", images, 1)
	write(t, "runs/b", images, 2)
	page := filepath.Join("runs", "a", "report.html")
	out, warned, err := call(t, "runs/a")
	text, readErr := os.ReadFile(page)
	if err := errors.Join(err, readErr); err != nil || out != "report in "+page+"\n" || warned != "" {
		t.Fatalf("printed %q and %q, %v", out, warned, err)
	}
	for _, want := range []string{`<section id="robustness"`, "Accuracy on 30 validation images", `<section id="mistakes"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if _, _, err := call(t, "-robustness=false", "runs/a", "-lang", "zh"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(page); err != nil || strings.Contains(string(text), `id="robustness"`) || !strings.Contains(string(text), "混淆矩阵") {
		t.Errorf("the Chinese report without robustness is wrong: %v", err)
	}
	// Several runs, of which one is named twice.
	if _, _, err := call(t, "-robustness=false", "-out", "all.html", "runs/a", "runs/b", "runs/a/"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile("all.html"); err != nil || !strings.Contains(string(text), "<h1>2 runs</h1>") {
		t.Errorf("the comparison is wrong: %v", err)
	}
	// Images that have moved are a warning, unless the command line says where they are.
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(images, moved); err != nil {
		t.Fatal(err)
	}
	if _, warned, err := call(t, "runs/a"); err != nil || !strings.HasPrefix(warned, "warning: the robustness of runs/a is not measured: ") || strings.Count(warned, "\n") != 1 {
		t.Errorf("warned %q, %v", warned, err)
	}
	if _, warned, err := call(t, "runs/a", "-data", moved); err != nil || warned != "" {
		t.Errorf("warned %q, %v", warned, err)
	}
}

// A folder of runs with several seeds stands for its runs.
func TestSeeds(t *testing.T) {
	t.Chdir(t.TempDir())
	images := digitsFolder(t)
	if err := runfolder.CreateSeeds("seeds", []byte("version = 3\n"), 2); err != nil {
		t.Fatal(err)
	}
	if _, _, err := call(t, "seeds"); err == nil || !strings.Contains(err.Error(), "there is no run in it yet") {
		t.Errorf("error is %v", err)
	}
	write(t, "seeds/seed-10", images, 10)
	write(t, "seeds/seed-9", images, 9)
	if _, _, err := call(t, "seeds", "-robustness=false", "-out", "s.html"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile("s.html"); err != nil || !strings.Contains(string(text), "seed-9 · seed-10") {
		t.Errorf("the comparison is wrong: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Chdir(t.TempDir())
	images := digitsFolder(t)
	write(t, "a", images, 1)
	write(t, "b", images, 2)
	for _, tc := range []struct{ args, want string }{
		{"", "name the folder of a run"},
		{"absent", "config.toml"},
		{"a b", "-out: name the file for the comparison of 2 runs"},
		{"a -lang fr", `-lang is "fr", want one of en, zh`},
		{"a -workers -1", "-workers is -1"},
		{"a -data x -images y", "exclude each other"},
		{"a -robustness=false -out absent/x.html", "absent/x.html"},
	} {
		_, _, err := call(t, strings.Fields(tc.args)...)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error is %v, want one line with %q", tc.args, err, tc.want)
		}
	}
}
