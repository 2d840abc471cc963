package sets

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
)

// folder is a folder in the form of MNIST with 300 built-in digits to train on and 50 to
// test on.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for seed, name := range []string{"train", "t10k"} {
		n := 300 - 250*seed
		pixels, labels := digits.Generate(uint64(seed+1), n)
		for suffix, a := range map[string]*mnist.Array{
			"-images-idx3-ubyte": {Dims: []int{n, 28, 28}, Data: pixels},
			"-labels-idx1-ubyte": {Dims: []int{n}, Data: labels},
		} {
			var b bytes.Buffer
			if err := mnist.Encode(&b, a); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+suffix), b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	dir := folder(t)
	for _, tc := range []struct {
		edit                       func(s *data.Selection)
		training, validation, test int
	}{
		{func(s *data.Selection) { s.Limit = 120 }, 110, 10, 50},
		{func(s *data.Selection) { s.Limit, s.Validation = 120, 0 }, 120, 0, 50},
		{func(s *data.Selection) { s.Limit, s.Validation = 120, 50 }, 70, 50, 50},
		{func(s *data.Selection) { s.PerClass = 3 }, 30, 0, 50},
		{func(s *data.Selection) { s.PerClass, s.Validation = 3, 100 }, 30, 100, 50},
		{func(s *data.Selection) { s.Classes, s.Limit = "0-4", 24 }, 22, 2, 25},
	} {
		s := data.DefaultSelection()
		s.Dataset, s.Dir = "mnist", dir
		tc.edit(&s)
		var lines []string
		all, err := Load(t.Context(), s, 1, Options{Logf: func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }})
		if err != nil {
			t.Errorf("%+v: %v", s, err)
			continue
		}
		validation := 0
		if all.Validation != nil {
			validation = all.Validation.Len()
		}
		if all.Training.Len() != tc.training || validation != tc.validation || all.Test.Len() != tc.test {
			t.Errorf("%+v: %d training, %d validation and %d test images, want %d, %d and %d", s, all.Training.Len(), validation, all.Test.Len(), tc.training, tc.validation, tc.test)
		}
		if all.Note != "" || len(lines) > 0 {
			t.Errorf("%+v: note %q, lines %q", s, all.Note, lines)
		}
	}
}

// pictures makes a folder of pictures with some classes. The map has the number of pictures of
// each class in its subfolders.
func pictures(t *testing.T, classes int, numbers map[string]int) string {
	t.Helper()
	dir := t.TempDir()
	pixels, _ := digits.Generate(1, 62)
	for part, n := range numbers {
		for i := range classes * n {
			path := filepath.Join(dir, part, string(rune('a'+i%classes)), fmt.Sprint(i, ".png"))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := png.Encode(&b, &image.Gray{Pix: pixels[i*784 : (i+1)*784], Stride: 28, Rect: image.Rect(0, 0, 28, 28)}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// The validation folder of a folder of pictures is the validation set, unless the selection
// has a number of validation images.
func TestLoadPictures(t *testing.T) {
	dir := pictures(t, 2, map[string]int{"train": 24, "val": 4, "test": 3})
	for _, tc := range []struct {
		edit                       func(s *data.Selection)
		training, validation, test int
		line                       string
	}{
		{func(s *data.Selection) {}, 48, 8, 6, ""},
		{func(s *data.Selection) { s.PerClass = 5 }, 10, 8, 6, ""},
		{func(s *data.Selection) { s.Limit = 20 }, 20, 8, 6, ""},
		{func(s *data.Selection) { s.Classes = "b,a" }, 48, 8, 6, ""},
		{func(s *data.Selection) { s.Validation = 10 }, 38, 10, 6, "the 8 pictures in " + filepath.Join(dir, "val") + " are not used, because val is 10"},
		{func(s *data.Selection) { s.Validation = 0 }, 48, 0, 6, "because val is 0"},
	} {
		s := data.DefaultSelection()
		s.Images = dir
		tc.edit(&s)
		var lines []string
		all, err := Load(t.Context(), s, 1, Options{Logf: func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }})
		if err != nil {
			t.Errorf("%+v: %v", s, err)
			continue
		}
		validation := 0
		if all.Validation != nil {
			validation = all.Validation.Len()
			if !slices.Equal(all.Validation.Classes(), all.Training.Classes()) {
				t.Errorf("%+v: the validation set has the classes %v", s, all.Validation.Classes())
			}
		}
		if all.Training.Len() != tc.training || validation != tc.validation || all.Test.Len() != tc.test {
			t.Errorf("%+v: %d training, %d validation and %d test images, want %d, %d and %d", s, all.Training.Len(), validation, all.Test.Len(), tc.training, tc.validation, tc.test)
		}
		if log := strings.Join(lines, "; "); !strings.Contains(log, tc.line) || tc.line == "" && log != "" {
			t.Errorf("%+v: log %q, want %q", s, log, tc.line)
		}
	}
}

// A class with a single image keeps it to train on.
func TestLoadKeepsClasses(t *testing.T) {
	dir := t.TempDir()
	for name, labels := range map[string][]byte{"train": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0}, "t10k": {0, 1}} {
		for suffix, a := range map[string]*mnist.Array{
			"-images-idx3-ubyte": {Dims: []int{len(labels), 28, 28}, Data: make([]byte, len(labels)*784)},
			"-labels-idx1-ubyte": {Dims: []int{len(labels)}, Data: labels},
		} {
			var b bytes.Buffer
			if err := mnist.Encode(&b, a); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+suffix), b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := data.DefaultSelection()
	s.Dataset, s.Dir = "mnist", dir
	for seed := range uint64(40) {
		for _, validation := range []int{-1, 2, 4} {
			s.Validation = validation
			all, err := Load(t.Context(), s, seed, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(all.Training.Counts(), 0) {
				t.Fatalf("seed %d, val %d: %v training images by class", seed, validation, all.Training.Counts())
			}
		}
	}
	s.Validation = 5
	if _, err := Load(t.Context(), s, 1, Options{}); err == nil || !strings.Contains(err.Error(), "val is 5") || !strings.Contains(err.Error(), "want 0 to 4") {
		t.Errorf("error %v", err)
	}

	// The default number of validation images is a twelfth, but there is only one image of each class.
	s = data.DefaultSelection()
	s.Images = pictures(t, 13, map[string]int{"train": 1, "test": 1})
	all, err := Load(t.Context(), s, 1, Options{})
	if err != nil || all.Training.Len() != 13 || all.Validation != nil {
		t.Errorf("got %+v, error %v, want 13 training images and no validation", all, err)
	}
}

// The built-in digits are no substitute for MNIST, which a note says.
func TestLoadBuiltin(t *testing.T) {
	s := data.DefaultSelection()
	s.Dataset, s.Limit = "builtin", 120
	all, err := Load(t.Context(), s, 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if all.Training.Len() != 110 || all.Test.Len() != 10000 || !strings.Contains(all.Note, "built-in digits") {
		t.Errorf("%d training and %d test images, note %q", all.Training.Len(), all.Test.Len(), all.Note)
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := folder(t)
	for _, tc := range []struct {
		edit func(s *data.Selection)
		want string
	}{
		{func(s *data.Selection) { s.Dataset = "mnits" }, `dataset: unknown data set "mnits"; the known ones are mnist,`},
		{func(s *data.Selection) { s.Dir = "x" }, "data x and dataset builtin exclude each other"},
		{func(s *data.Selection) { s.Images = "x" }, "images x and a data set"},
		{func(s *data.Selection) { s.Limit = -1 }, "limit is -1, want at least 0"},
		{func(s *data.Selection) { s.Validation = -2 }, "val is -2, want at least -1"},
		{func(s *data.Selection) { s.Limit, s.Validation = 100, 100 }, "val is 100, but there are only 100 training images"},
		{func(s *data.Selection) { s.Dataset, s.Dir, s.Classes = "mnist", dir, "3" }, `classes "3" select 1 class, want at least 2`},
		{func(s *data.Selection) { s.Dataset, s.Dir, s.Classes = "mnist", dir, "3-12" }, "there is no class 3-12"},
	} {
		s := data.DefaultSelection()
		s.Dataset = "builtin"
		tc.edit(&s)
		if _, err := Load(t.Context(), s, 1, Options{}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: error %v, want %q", s, err, tc.want)
		}
	}
}
