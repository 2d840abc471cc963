package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data/digits"
)

// drawn writes a picture of a built-in digit and returns its path and its label.
func drawn(t *testing.T, seed uint64) (path, label string) {
	t.Helper()
	pixels, labels := digits.Generate(seed, 1)
	img := image.NewGray(image.Rect(0, 0, 112, 112))
	for y := range 112 {
		for x := range 112 {
			img.SetGray(x, y, color.Gray{Y: 255 - pixels[y/4*28+x/4]})
		}
	}
	path = filepath.Join(t.TempDir(), "a digit.png")
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path, string('0' + rune(labels[0]))
}

// smallData returns a folder with a data set of 200 built-in training digits and 40 for testing.
func smallData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	pixels, labels := digits.Generate(5, 240)
	for name, n := range map[string][2]int{"train": {0, 200}, "t10k": {200, 240}} {
		count := byte(n[1] - n[0])
		for file, content := range map[string][]byte{
			name + "-images-idx3-ubyte": append([]byte{0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28}, pixels[n[0]*784:n[1]*784]...),
			name + "-labels-idx1-ubyte": append([]byte{0, 0, 8, 1, 0, 0, 0, count}, labels[n[0]:n[1]]...),
		} {
			if err := os.WriteFile(filepath.Join(dir, file), content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestPage(t *testing.T) {
	path, label := drawn(t, 7)
	out := filepath.Join(t.TempDir(), "why.html")
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{path, "-value", "conv1:12,10,3", "-value", "fc1:7", "-out", out}, &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stdout.String(), path+": "+label+" (") || !strings.HasSuffix(stdout.String(), "wrote "+out+"\n") || !strings.Contains(stderr.String(), "built-in one is used: tiny") {
		t.Errorf("printed %q and %q, want the answer %s", stdout.String(), stderr.String(), label)
	}
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	for _, want := range []string{"<h3>Saliency</h3>", "<h3>SmoothGrad</h3>", "Grad-CAM at relu6", "<h3>Occlusion</h3>", "<h3>Smallest change</h3>", "<h3>Favorite image</h3>", "conv1 (12, 10, 3) = ", "fc1 (7) = "} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	// The page needs no other file, no script and no network.
	if strings.Contains(page, "<script") || strings.Contains(page, `src="http`) || strings.Contains(page, "ZgotmplZ") || strings.Count(page, "<img") != strings.Count(page, `src="data:image/png;base64,`) {
		t.Error("the page refers to something outside of it")
	}
	if len(page) > 300_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

// The folder has a picture for each explanation; -test and -data add similar images.
func TestPictures(t *testing.T) {
	path, _ := drawn(t, 7)
	dir := filepath.Join(t.TempDir(), "why")
	if err := run(t.Context(), []string{path, "-only", "saliency,change,similar", "-data", smallData(t), "-test", "3", "-similar", "2", "-out", dir}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1-a-digit-image.png", "1-a-digit-saliency.png", "1-a-digit-change.png", "1-a-digit.txt", "2-test-image-3--a-"} {
		found, err := filepath.Glob(filepath.Join(dir, name+"*"))
		if err != nil || len(found) == 0 {
			t.Errorf("there is no %s", name)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "1-a-digit.txt"))
	if err != nil || strings.Count(string(text), "similarity 0.9") != 2 {
		t.Errorf("the text is %q, %v", text, err)
	}
}

func TestRefusals(t *testing.T) {
	path, label := drawn(t, 7)
	blank := filepath.Join(t.TempDir(), "blank.png")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 40))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blank, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	m, err := model.New(model.Spec{Preset: "tiny", Height: 20, Width: 20})
	if err != nil {
		t.Fatal(err)
	}
	small := filepath.Join(t.TempDir(), "small.safetensors")
	if err := m.Save(small); err != nil {
		t.Fatal(err)
	}
	out, data := filepath.Join(t.TempDir(), "x.html"), smallData(t)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, "no input"},
		{[]string{path, "-only", "salience"}, `no explanation "salience"; there are saliency, smoothgrad`},
		{[]string{path, "-class", "ten"}, `no class "ten"; it has 0, 1, 2`},
		{[]string{path, "-target", label, "-only", "change"}, "predicts " + label + " already"},
		{[]string{path, "-layer", "conv7"}, `no layer "conv7"; there are conv1`},
		{[]string{"absent.png", "-value", "conv7:1,2,3", "-data", "nowhere"}, `there is no layer "conv7"; there are conv1`},
		{[]string{"absent.png", "-layer", "conv7", "-data", "nowhere"}, `there is no layer "conv7"; there are conv1`},
		{[]string{"absent.png", "-data", "nowhere"}, "absent.png"},
		{[]string{path, "-layer", "fc1"}, "Grad-CAM works at conv1"},
		{[]string{path, "-value", "conv1"}, "as in conv1:12,10,3"},
		{[]string{path, "-value", "conv1:28,0,0"}, "0 to 27"},
		{[]string{path, "-value", "conv9:1,0,0"}, "there are conv1"},
		{[]string{path, "-only", "similar"}, "needs training images"},
		{[]string{path, "-dataset", "mnits"}, `unknown data set "mnits"`},
		{[]string{"-test", "40", "-data", data}, "no test image 40, want 0 to 39"},
		{[]string{blank}, "the picture is blank"},
		{[]string{path, "-model", small}, "expects images of 20x20"},
		{[]string{path, "-model", "absent"}, "absent"},
	} {
		err := run(t.Context(), append(tc.args, "-out", out), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error is %v, want one line with %q", tc.args, err, tc.want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a refused command wrote a page")
	}
}

// A folder, the rows of a table and the standard input are explained too. A picture that cannot be
// read does not keep the others from being explained.
func TestInputs(t *testing.T) {
	path, label := drawn(t, 7)
	folder := filepath.Dir(path)
	pixels, _ := digits.Generate(7, 1)
	row := label
	for _, p := range pixels {
		row += "," + strconv.Itoa(int(p))
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	explained := func(stdin string, args ...string) (page, answers string, err error) {
		standardInput = strings.NewReader(stdin)
		defer func() { standardInput = os.Stdin }()
		out := filepath.Join(t.TempDir(), "why.html")
		var stdout bytes.Buffer
		err = run(t.Context(), append([]string{"-only", "saliency", "-out", out}, args...), &stdout, io.Discard)
		html, _ := os.ReadFile(out)
		return string(html), stdout.String(), err
	}
	for _, tc := range []struct {
		stdin string
		args  []string
		want  string
	}{
		{"", []string{folder}, path + ": " + label + " ("},
		{string(content), []string{"-"}, "-: " + label + " ("},
		{row, []string{"-"}, "standard input:1, a " + label + ": " + label + " ("},
	} {
		page, answers, err := explained(tc.stdin, tc.args...)
		if err != nil || !strings.HasPrefix(answers, tc.want) || strings.Count(page, "<h3>Saliency</h3>") != 1 {
			t.Errorf("%v: printed %q, error %v, want %q and one saliency", tc.args, answers, err, tc.want)
		}
	}
	broken := filepath.Join(folder, "broken.png")
	if err := os.WriteFile(broken, []byte("no picture"), 0o666); err != nil {
		t.Fatal(err)
	}
	page, _, err := explained("", folder)
	if err == nil || !strings.Contains(err.Error(), broken) || strings.Count(page, "<h3>Saliency</h3>") != 1 {
		t.Errorf("error is %v, want one about %s, and the other picture on the page", err, broken)
	}
	if _, _, err := explained(strings.Repeat(row+"\n", maxImages+1), "-"); err == nil || !strings.Contains(err.Error(), "more than 1000 images") {
		t.Errorf("error is %v, want one about the number of images", err)
	}
}
