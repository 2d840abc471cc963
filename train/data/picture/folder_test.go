package picture

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stroke writes a picture of a bar, level or upright, whose length depends on number.
func stroke(t *testing.T, path string, level bool, number int) {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 60, 60))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for i := 10 + number; i < 50; i++ {
		for j := 27; j < 33; j++ {
			x, y := j, i
			if level {
				x, y = i, j
			}
			img.SetGray(x, y, color.Gray{})
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// strokes fills a folder with two classes of n pictures each and returns dir.
func strokes(t *testing.T, dir string, n int) string {
	t.Helper()
	for i := range n {
		name := string(rune('a'+i)) + ".png"
		stroke(t, filepath.Join(dir, "level", name), true, i)
		stroke(t, filepath.Join(dir, "upright", name), false, i)
	}
	return dir
}

func TestReadFolder(t *testing.T) {
	dir := strokes(t, filepath.Join(t.TempDir(), "bars"), 12)
	if err := os.WriteFile(filepath.Join(dir, ".DS_Store"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	training, test, err := ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := training.Counts(); !slices.Equal(got, []int{10, 10}) {
		t.Errorf("training has %v images by class", got)
	}
	if got := test.Counts(); !slices.Equal(got, []int{2, 2}) {
		t.Errorf("test has %v images by class", got)
	}
	if !slices.Equal(test.Classes(), []string{"level", "upright"}) || training.Name() != "bars" || training.Height() != 28 {
		t.Errorf("the set is %s of %v", training, test.Classes())
	}
	for i := range training.Len() {
		pix := training.Pixels(i)
		upright := pix[6*28+14] > 128 && pix[14*28+6] < 128
		if want := training.Label(i) == 1; upright != want {
			t.Errorf("image %d: upright is %v, by its class it is %v", i, upright, want)
		}
	}
	again, _, err := ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range again.Len() {
		if !slices.Equal(again.Pixels(i), training.Pixels(i)) {
			t.Fatalf("image %d differs when the folder is read again", i)
		}
	}
}

func TestReadFolderOfBoth(t *testing.T) {
	dir := t.TempDir()
	strokes(t, filepath.Join(dir, "train"), 5)
	strokes(t, filepath.Join(dir, "test"), 3)
	training, test, err := ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if training.Len() != 10 || test.Len() != 6 {
		t.Errorf("%d training and %d test images, want 10 and 6", training.Len(), test.Len())
	}
	stroke(t, filepath.Join(dir, "test", "slanted", "a.png"), true, 0)
	if _, _, err := ReadFolder(dir); err == nil || !strings.Contains(err.Error(), "level, slanted, upright") {
		t.Errorf("error %v", err)
	}
}

func TestReadFolderRefuses(t *testing.T) {
	dir := strokes(t, t.TempDir(), 3)
	write := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("not a picture"), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for want, path := range map[string]string{
		"1 of 7 pictures cannot be read: " + filepath.Join(dir, "level", "notes.txt"): write("level/notes.txt"),
	} {
		if _, _, err := ReadFolder(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
		write("upright/more.png")
		if _, _, err := ReadFolder(dir); err == nil || !strings.Contains(err.Error(), "2 of 8") || !strings.HasSuffix(err.Error(), "(and 1 more)") {
			t.Errorf("error %v", err)
		}
		os.Remove(path)
	}
	os.Remove(filepath.Join(dir, "upright", "more.png"))
	path := write("stray.txt")
	if _, _, err := ReadFolder(dir); err == nil || !strings.Contains(err.Error(), "stray.txt") {
		t.Errorf("error %v", err)
	}
	os.Remove(path)
	if err := os.Mkdir(filepath.Join(dir, "none"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadFolder(dir); err == nil || !strings.Contains(err.Error(), "the class none has 0 pictures, want at least 2") {
		t.Errorf("error %v", err)
	}
	for name, want := range map[string]string{filepath.Join(dir, "missing"): "no such file", filepath.Join(dir, "none"): "it has 0 subfolders, want one for each of at least 2 classes"} {
		if _, _, err := ReadFolder(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
