package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
)

// smallTest returns a folder with a test set of n built-in digits.
func smallTest(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	pixels, labels := digits.Generate(5, n)
	for name, content := range map[string][]byte{
		"t10k-images-idx3-ubyte":  append([]byte{0, 0, 8, 3, 0, 0, byte(n >> 8), byte(n), 0, 0, 0, 28, 0, 0, 0, 28}, pixels...),
		"t10k-labels-idx1-ubyte":  append([]byte{0, 0, 8, 1, 0, 0, byte(n >> 8), byte(n)}, labels...),
		"train-images-idx3-ubyte": append([]byte{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28}, pixels[:784]...),
		"train-labels-idx1-ubyte": append([]byte{0, 0, 8, 1, 0, 0, 0, 1}, labels[0]),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestEnsemble(t *testing.T) {
	a, b := trainedModel(t, "lenet5"), trainedModel(t, "fast")
	data := smallTest(t, 400)
	type score struct {
		Accuracy, Loss float64
		Errors, Images int
	}
	evaluated := func(args ...string) (s score) {
		var out bytes.Buffer
		if err := run(t.Context(), append(args, "-dataset", mnist.Default, "-data", data, "-json"), &out, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	one, two := evaluated("-model", a), evaluated("-model", b)
	both := evaluated("-model", a+","+b)
	if both.Images != 400 || both.Loss >= (one.Loss+two.Loss)/2 {
		t.Errorf("the single models have the losses %v and %v, together %+v", one.Loss, two.Loss, both)
	}
	if swapped := evaluated("-model", b+","+a); swapped.Errors != both.Errors || math.Abs(swapped.Loss-both.Loss) > 1e-6 {
		t.Errorf("in another order the models score %+v, want %+v", swapped, both)
	}
	if tta := evaluated("-model", a, "-tta"); tta.Images != 400 || tta.Loss == one.Loss || tta.Accuracy < one.Accuracy-0.1 {
		t.Errorf("with test-time augmentation the score is %+v, without %+v", tta, one)
	}

	pixels, labels := digits.Generate(99, 1)
	var picture, out bytes.Buffer
	if err := png.Encode(&picture, enlarged(pixels)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "digit.png")
	if err := os.WriteFile(file, picture.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-model", a + "," + b, "-tta", "-json", file}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	var r prediction
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Label != string('0'+rune(labels[0])) || len(r.Probabilities) != 10 {
		t.Errorf("a picture of %d was classified as %+v", labels[0], r)
	}

	out.Reset()
	if err := run(t.Context(), []string{"-model", a + "," + b, "-tta", "-dataset", mnist.Default, "-data", data}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); !strings.Contains(s, "400 images\n") || !strings.HasSuffix(s, ", mean over 2 models and 9 views of each image\n") {
		t.Errorf("printed %q, want the accuracy and what is averaged", s)
	}
}

func TestEnsembleRefusals(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, spec model.Spec) string {
		m, err := model.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := save("a", model.Spec{Preset: "tiny", Height: 28, Width: 28, Classes: model.Digits()})
	b := save("b", model.Spec{Preset: "tiny", Height: 28, Width: 28, Classes: []string{"no", "yes"}})
	c := save("c", model.Spec{Preset: "tiny", Height: 20, Width: 28, Classes: model.Digits()})
	for _, tc := range []struct{ models, want string }{
		{a + "," + b, "model files " + a + " and " + b + " cannot be averaged: "},
		{a + "," + c, "model files " + a + " and " + c + " cannot be averaged: "},
		{a + "," + a, a + " occurs twice"},
		{a + "," + filepath.Join(dir, "absent"), "absent"},
		{c, "model file " + c + " expects images of 20x28"},
	} {
		err := run(t.Context(), []string{"-model", tc.models, "digit.png"}, &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error is %v, want one line with %q", tc.models, err, tc.want)
		}
	}
}
