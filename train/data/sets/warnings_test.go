package sets

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/train/data"
	"inkstone/train/data/mnist"
)

// changed writes the sets of folder again, with each image of the file changed.
func changed(t *testing.T, file string, change func(image []byte)) string {
	t.Helper()
	dir := folder(t)
	path := filepath.Join(dir, file)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := mnist.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Dims[0] {
		change(a.Data[i*784 : (i+1)*784])
	}
	var b bytes.Buffer
	if err := mnist.Encode(&b, a); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Images that are inverted or transposed are reported, whether they train or test.
func TestWarnings(t *testing.T) {
	transpose := func(image []byte) {
		for y := range 28 {
			for x := range y {
				image[y*28+x], image[x*28+y] = image[x*28+y], image[y*28+x]
			}
		}
	}
	invert := func(image []byte) {
		for i := range image {
			image[i] = 255 - image[i]
		}
	}
	for _, tc := range []struct {
		name, file string
		change     func([]byte)
		want       string
	}{
		{"in order", "t10k-images-idx3-ubyte", func([]byte) {}, ""},
		{"inverted to train on", "train-images-idx3-ubyte", invert, "warning: mnist: 300 of 300 images have a bright border"},
		{"inverted to test on", "t10k-images-idx3-ubyte", invert, "warning: test images: mnist: 50 of 50 images have a bright border"},
		{"transposed to train on", "train-images-idx3-ubyte", transpose, "warning: mnist: the images look transposed (rows for columns) beside the built-in digits"},
		{"transposed to test on", "t10k-images-idx3-ubyte", transpose, "warning: test images: mnist: the images look transposed (rows for columns) beside the built-in digits"},
	} {
		s := data.DefaultSelection()
		s.Dataset, s.Dir = "mnist", changed(t, tc.file, tc.change)
		var lines []string
		if _, err := Load(t.Context(), s, 1, Options{Logf: func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }}); err != nil {
			t.Fatal(err)
		}
		if tc.want == "" && len(lines) > 0 || tc.want != "" && (len(lines) != 1 || !strings.Contains(lines[0], tc.want)) {
			t.Errorf("%s: the lines are %q, want one with %q", tc.name, lines, tc.want)
		}
	}
}

// Images whose classes are no digits are compared with the training images.
func TestWarningsBesideTraining(t *testing.T) {
	s := data.DefaultSelection()
	s.Dataset, s.Dir = "mnist", changed(t, "t10k-images-idx3-ubyte", func([]byte) {})
	all, err := Load(t.Context(), s, 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	renamed := func(set *data.Set, transposed bool) *data.Set {
		var pixels, labels []byte
		for i := range set.Len() {
			image := bytes.Clone(set.Pixels(i))
			for k := range image {
				if transposed {
					image[k] = set.Pixels(i)[k%28*28+k/28]
				}
			}
			pixels, labels = append(pixels, image...), append(labels, byte(set.Label(i)))
		}
		r, err := data.New("letters", "", 28, 28, strings.Split("ABCDEFGHIJ", ""), pixels, labels)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	training := renamed(all.Training, false)
	if got := Warnings(renamed(all.Test, true), training); len(got) != 1 || !strings.Contains(got[0], "look transposed (rows for columns) beside the training images") {
		t.Errorf("transposed letters: %q", got)
	}
	for _, reference := range []*data.Set{training, nil} {
		if got := Warnings(renamed(all.Test, false), reference); len(got) > 0 {
			t.Errorf("letters: %q", got)
		}
	}
}
