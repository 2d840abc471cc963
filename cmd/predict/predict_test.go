package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/schedule"
)

// trained holds the file of each network that a test has trained, for the next test that wants it.
var trained = map[string][]byte{}

// trainedModel trains a network on built-in digits and returns the file name of the model.
func trainedModel(t *testing.T, preset string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if content := trained[preset]; content != nil {
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pixels, labels := digits.Generate(1, 2000)
	set, err := data.New("builtin", "test", 28, 28, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(model.Spec{Preset: preset, Seed: 1, Height: 28, Width: 28, Classes: model.Digits()})
	if err != nil {
		t.Fatal(err)
	}
	cfg := train.Defaults()
	cfg.Epochs, cfg.Batch, cfg.Optimizer.LearningRate, cfg.Schedule = 3, 32, 0.003, schedule.Schedule{}
	if _, err := train.Fit(t.Context(), m, set, nil, cfg); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	if trained[preset], err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// enlarged returns a digit as in a photograph: dark on light, four times as large, off
// center.
func enlarged(pixels []byte) image.Image {
	img := image.NewGray(image.Rect(0, 0, 150, 130))
	for y := range 130 {
		for x := range 150 {
			v := byte(240)
			if i, j := (y-5)/4, (x-30)/4; y >= 5 && x >= 30 && i < 28 && j < 28 {
				v -= byte(float64(pixels[i*28+j]) * 0.8)
			}
			img.SetGray(x, y, color.Gray{Y: v})
		}
	}
	return img
}

func TestPredict(t *testing.T) {
	file := trainedModel(t, "lenet5")
	dir := t.TempDir()
	pixels, labels := digits.Generate(99, 20)
	var paths []string
	for i := range labels {
		img := enlarged(pixels[i*784 : (i+1)*784])
		path := filepath.Join(dir, string(rune('a'+i)))
		var b bytes.Buffer
		if i%2 == 0 {
			path += ".png"
			png.Encode(&b, img)
		} else {
			path += ".jpg"
			jpeg.Encode(&b, img, nil)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}

	var out bytes.Buffer
	if err := run(t.Context(), append([]string{"-model", file, "-json"}, paths...), &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	right := 0
	dec := json.NewDecoder(&out)
	for i, path := range paths {
		var r prediction
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, p := range r.Probabilities {
			sum += p
		}
		if r.File != path || len(r.Probabilities) != 10 || math.Abs(sum-1) > 1e-9 {
			t.Errorf("predicting %d gives %+v", i, r)
		}
		if r.Label == string('0'+rune(labels[i])) {
			right++
		}
	}
	if right < 16 {
		t.Errorf("%d of 20 pictures were classified correctly, want at least 16", right)
	}

	out.Reset()
	if err := run(t.Context(), []string{"-model", file, paths[0]}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	head, line, _ := strings.Cut(out.String(), "\n")
	if !strings.HasPrefix(head, "picture") || !strings.HasSuffix(head, "third") || !strings.HasPrefix(line, paths[0]+"  ") || strings.Count(line, "\n") != 1 || strings.Count(line, "%") != 3 {
		t.Errorf("printed %q, want a head, and a line with the file, the digit and the three most probable classes", out.String())
	}

	out.Reset()
	if err := run(t.Context(), []string{"-model", file, "-dataset", "builtin", "-json"}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	var score struct {
		Accuracy       float64
		Errors, Images int
	}
	if err := json.Unmarshal(out.Bytes(), &score); err != nil {
		t.Fatal(err)
	}
	if score.Images != 10000 || score.Accuracy < 0.8 || score.Accuracy != 1-float64(score.Errors)/10000 {
		t.Errorf("the score is %+v", score)
	}

	// A run folder is accepted in place of the model file in it.
	single := out.String()
	out.Reset()
	if err := run(t.Context(), []string{"-model", filepath.Dir(file), "-dataset", "builtin", "-json"}, &out, &bytes.Buffer{}); err != nil || out.String() != single {
		t.Errorf("with the folder of the model: %v, printed %q, want %q", err, out.String(), single)
	}

	// If one picture cannot be read, the others still are.
	bad := filepath.Join(dir, "bad.png")
	if err := os.WriteFile(bad, []byte("no picture"), 0o666); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	err := run(t.Context(), []string{"-model", file, bad, paths[0]}, &out, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), bad) || !strings.Contains(out.String(), "\n"+paths[0]) {
		t.Errorf("error is %v and %q was printed, want an error that names %s and the other picture read", err, out.String(), bad)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk")
	if err := os.WriteFile(junk, []byte("junk"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ args, want string }{
		{"", "no input"},
		{"-preset fast a.png", "-preset needs -model"},
		{"-csv -json a.png", "exclude each other"},
		{"-csv -dataset mnist", "-csv needs pictures"},
		{"- -", "named twice"},
		{"-model m,,n a.png", "a name is empty"},
		{"-model m", "no input"},
		{"-model m -dataset mnits", `unknown data set "mnits"`},
		{"-model m -dataset mnist a.png", "want only one of them"},
		{"-model m -workers -1 a.png", "-workers is -1"},
		{"-model " + filepath.Join(dir, "absent") + " a.png", "absent"},
		{"-model " + junk + " a.png", "model file " + junk + ": damaged file: safetensors: the file has 4 bytes"},
	} {
		err := run(t.Context(), strings.Fields(tc.args), &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error is %v, want one line with %q", tc.args, err, tc.want)
		}
	}
}

// A model trained on some of a set's classes is evaluated on their images only.
func TestSubset(t *testing.T) {
	classes := []string{"8", "0", "3"}
	m, err := model.New(model.Spec{Preset: "fast", Seed: 1, Height: 28, Width: 28, Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-model", path, "-data", smallTest(t, 100), "-dataset", "mnist", "-json"}, &out, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	pixels, labels := digits.Generate(5, 100)
	set, err := data.New("digits", "", 28, 28, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	counts := set.Counts()
	var got struct {
		Images  int
		LeftOut int `json:"left_out"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Images != counts[8]+counts[0]+counts[3] || got.LeftOut != 100-got.Images {
		t.Errorf("scored on %+v images, %v, want %d and the rest left out", got, err, counts[8]+counts[0]+counts[3])
	}
}

// Test images that are inverted are reported.
func TestWarnings(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	folder := smallTest(t, 200)
	images := filepath.Join(folder, "t10k-images-idx3-ubyte")
	content, err := os.ReadFile(images)
	if err != nil {
		t.Fatal(err)
	}
	for i := range content[16:] {
		content[16+i] = 255 - content[16+i]
	}
	for _, want := range []string{"", "200 of 200 images have a bright border"} {
		var stderr bytes.Buffer
		if err := run(t.Context(), []string{"-model", path, "-data", folder, "-dataset", "mnist"}, &bytes.Buffer{}, &stderr); err != nil {
			t.Fatal(err)
		}
		if got := stderr.String(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("stderr is %q, want %q", got, want)
		}
		if err := os.WriteFile(images, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// A model whose classes have another order than the set's is scored by their names, and one
// with other classes is refused.
func TestClassesByName(t *testing.T) {
	file := trainedModel(t, "lenet5")
	m, err := model.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	permuted := filepath.Join(dir, "permuted.safetensors")
	order := []int{7, 3, 0, 9, 1, 8, 2, 6, 4, 5}
	weight, bias := m.Params.Get("fc3.weight"), m.Params.Get("fc3.bias")
	w, b := weight.Portable(), bias.Portable()
	inputs := len(w) / len(b)
	var w2, b2 []float32
	for k, from := range order {
		m.Classes[k] = model.Digits()[from]
		w2, b2 = append(w2, w[from*inputs:(from+1)*inputs]...), append(b2, b[from])
	}
	if err := errors.Join(weight.SetPortable(weight.PortableShape(), w2), bias.SetPortable(bias.PortableShape(), b2), m.Save(permuted)); err != nil {
		t.Fatal(err)
	}
	folder := smallTest(t, 300)
	for _, more := range [][]string{nil, {"-tta"}} {
		var scores [3]struct {
			Accuracy, Loss float64
			Errors         int
		}
		for i, name := range []string{file, permuted, permuted + "," + file} {
			var out bytes.Buffer
			if err := run(t.Context(), append(more, "-model", name, "-data", folder, "-dataset", "mnist", "-json"), &out, &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(out.Bytes(), &scores[i]); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range scores {
			if s.Errors != scores[0].Errors || s.Accuracy < 0.8 || math.Abs(s.Loss-scores[0].Loss) > 1e-5 {
				t.Errorf("%v: the scores are %v, want the same three times", more, scores)
			}
		}
	}

	m.Classes = strings.Split("ABCDEFGHIJ", "")
	letters := filepath.Join(dir, "letters.safetensors")
	if err := m.Save(letters); err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), []string{"-model", letters, "-data", folder, "-dataset", "mnist"}, &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "A, B, C") || !strings.Contains(err.Error(), "0, 1, 2") {
		t.Errorf("error %v, want one with the classes of the model and of the set", err)
	}
}
