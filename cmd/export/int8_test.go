package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/cmd/train/traincmd"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/data/sets"
	"inkstone/train/runfolder"
)

// writePictures writes n drawn digits into a folder for each class.
func writePictures(t *testing.T, dir string, n int, class func(digit int) string) {
	t.Helper()
	pixels, labels := digits.Generate(5, n)
	drawn, err := data.New("drawn", "", digits.Size, digits.Size, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		var content bytes.Buffer
		if err := png.Encode(&content, drawn.Image(i)); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, class(drawn.Label(i)), fmt.Sprintf("%03d.png", i)), content.Bytes())
	}
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func parity(digit int) string { return []string{"even", "odd"}[digit%2] }

// export runs the command, and returns its output.
func export(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), args, &stdout, &stderr)
	return stdout.String(), err
}

// The model of a run on a folder of pictures is measured on the training pictures of the run, and
// its accuracy on the test pictures is printed.
func TestInt8OfPictures(t *testing.T) {
	dir := t.TempDir()
	pictures, trained := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writePictures(t, pictures, 160, parity)
	args := []string{"-images", pictures, "-model", "tiny", "-epochs", "2", "-batch", "16", "-seed", "3", "-out", trained, "-report=false"}
	if err := traincmd.Run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "int8.onnx")
	text, err := export(t, "-model", trained, "-out", out, "-int8")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}

	m, err := model.Load(filepath.Join(trained, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	selection := data.DefaultSelection()
	selection.Images = pictures
	all, err := sets.Load(t.Context(), selection, 3, sets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := m.WriteInt8(&want, model.ONNXOptions{Opset: 13}, all.Training.Len(), all.Training.Pixels); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, want.Bytes()) {
		t.Error("the file is not that of the training pictures of the run")
	}
	quantized, err := model.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	after, err := train.Evaluate(t.Context(), quantized, all.Test, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		fmt.Sprintf("values measured on %d of %[1]d training images of pictures\n", all.Training.Len()),
		fmt.Sprintf("accuracy on %d test images of pictures: %.2f %% before, %.2f %% with 8-bit integers\n", all.Test.Len(), 100*m.Accuracy, 100*after.Accuracy),
	} {
		if !strings.Contains(text, line) {
			t.Errorf("stdout lacks %q:\n%s", line, text)
		}
	}

	// The same pictures in another place, with a class that the model does not have. The
	// images of that class are left out.
	moved := filepath.Join(dir, "moved")
	if err := os.Rename(pictures, moved); err != nil {
		t.Fatal(err)
	}
	if _, err := export(t, "-model", trained, "-out", out, "-int8"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "-images") {
		t.Errorf("error of pictures that have moved is %v", err)
	}
	if _, err := export(t, "-model", trained, "-images", moved, "-out", out, "-int8"); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(out); err != nil || !bytes.Equal(again, file) {
		t.Errorf("pictures that have moved give another file (%v)", err)
	}
	writePictures(t, moved, 12, func(int) string { return "third" })
	text, err = export(t, "-model", filepath.Join(trained, runfolder.ModelFile), "-images", moved, "-out", out, "-int8", "-calibration", "20")
	if err != nil {
		t.Fatal(err)
	}
	if line := fmt.Sprintf("accuracy on %d test images of moved: %.2f %% before,", all.Test.Len(), 100*m.Accuracy); !strings.Contains(text, line) || !strings.Contains(text, "measured on 20 of ") {
		t.Errorf("stdout lacks %q, or 20 images:\n%s", line, text)
	}
}

// A folder of pictures that does not fit the model is refused, and no file is written.
func TestInt8RefusesPictures(t *testing.T) {
	dir := t.TempDir()
	m, err := model.New(model.Spec{Preset: "tiny", Classes: []string{"even", "odd"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	m.Dataset = "handwriting"
	file := filepath.Join(dir, "model.safetensors")
	if err := m.Save(file); err != nil {
		t.Fatal(err)
	}
	empty, other, broken, unset := filepath.Join(dir, "empty"), filepath.Join(dir, "other"), filepath.Join(dir, "broken"), filepath.Join(dir, "unset")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	writePictures(t, other, 12, func(digit int) string { return []string{"even", "strange"}[digit%2] })
	writePictures(t, broken, 12, parity)
	writeFile(t, filepath.Join(broken, "odd", "bad.png"), []byte("no picture"))
	writeFile(t, filepath.Join(unset, runfolder.ConfigFile), []byte("seed = \"x\"\n"))
	if err := m.Save(filepath.Join(unset, runfolder.ModelFile)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"-model", file, "-images", empty}, "want a subfolder for each of 2 to 256 classes"},
		{[]string{"-model", file, "-images", other}, `classes even, strange, want classes among even, odd`},
		{[]string{"-model", file, "-images", broken}, "1 of 13 pictures cannot be read: odd/bad.png"},
		{[]string{"-model", file}, "trained on handwriting, which is no data set"},
		{[]string{"-model", file, "-images", other, "-data", other}, "-data and -images exclude each other"},
		{[]string{"-model", unset}, runfolder.ConfigFile},
	} {
		out := filepath.Join(dir, "int8.onnx")
		if _, err := export(t, append(tc.args, "-out", out, "-int8")...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: error is %v, want %q", tc.args, err, tc.want)
		}
		if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: there is a file (%v)", tc.args, err)
		}
	}
}
