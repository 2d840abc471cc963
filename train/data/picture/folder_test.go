package picture

import (
	"context"
	"errors"
	"fmt"
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

// read reads a folder and returns it with the lines of its log.
func read(t *testing.T, dir string) (*Folder, []string, error) {
	t.Helper()
	var lines []string
	f, err := ReadFolder(t.Context(), dir, FolderOptions{Logf: func(format string, args ...any) {
		lines = append(lines, fmt.Sprintf(format, args...))
	}})
	return f, lines, err
}

// touch writes files that are not pictures.
func touch(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("not a picture"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadFolder(t *testing.T) {
	dir := strokes(t, filepath.Join(t.TempDir(), "bars"), 12)
	f, lines, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	training, test := f.Training, f.Test
	if f.Validation != nil || len(lines) > 0 {
		t.Errorf("validation set %v, log %q, want none", f.Validation, lines)
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
	again, _, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range training.Len() {
		if !slices.Equal(again.Training.Pixels(i), training.Pixels(i)) {
			t.Fatalf("image %d differs when the folder is read again", i)
		}
	}
}

// A class of two pictures keeps one to train on.
func TestReadFolderSmallClass(t *testing.T) {
	dir := strokes(t, t.TempDir(), 2)
	for i := range 20 {
		stroke(t, filepath.Join(dir, "level", fmt.Sprint(i, ".png")), true, i)
	}
	f, _, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := f.Training.Counts(), f.Test.Counts(); !slices.Equal(a, []int{19, 1}) || !slices.Equal(b, []int{3, 1}) {
		t.Errorf("%v training and %v test images by class, want 19, 1 and 3, 1", a, b)
	}
}

// The folders for validation and testing may lack classes, which is logged, but have no others.
func TestReadFolderClasses(t *testing.T) {
	dir := t.TempDir()
	strokes(t, filepath.Join(dir, "train"), 5)
	stroke(t, filepath.Join(dir, "test", "upright", "a.png"), false, 0)
	f, lines, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Test.Counts(); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("%v test images by class, want 0 and 1", got)
	}
	if len(lines) != 1 || !strings.Contains(lines[0], "test has no pictures of the class level") {
		t.Errorf("log %q", lines)
	}
	stroke(t, filepath.Join(dir, "test", "slanted", "a.png"), true, 0)
	if _, _, err := read(t, dir); err == nil || !strings.Contains(err.Error(), "test has the class slanted, but the training pictures have only level, upright") {
		t.Errorf("error %v", err)
	}
}

// Files and folders that cannot be pictures or classes are passed over, with a count.
func TestReadFolderPassesOver(t *testing.T) {
	dir := strokes(t, t.TempDir(), 3)
	touch(t, dir, ".DS_Store", "Thumbs.db", "README.md", "labels.csv", "sample.png", "model.bin", "__MACOSX/level/._a.png",
		"level/.DS_Store", "level/THUMBS.DB", "level/desktop.ini", "upright/.DS_Store", "upright/notes.txt")
	f, lines, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Training.Len() + f.Test.Len(); got != 6 {
		t.Errorf("%d pictures, want 6", got)
	}
	want := "passed over 12 files or folders: .DS_Store (3 times), README.md, THUMBS.DB, Thumbs.db, __MACOSX, desktop.ini, labels.csv, model.bin, notes.txt, sample.png"
	if len(lines) != 1 || !strings.HasSuffix(lines[0], want) || !strings.Contains(lines[0], dir) {
		t.Errorf("log %q, want %q", lines, want)
	}
}

// The first ten pictures that cannot be read are named, and their number is given.
func TestReadFolderBadPictures(t *testing.T) {
	dir := strokes(t, t.TempDir(), 3)
	for i := range 8 {
		touch(t, dir, fmt.Sprintf("level/bad%02d.png", i))
	}
	_, _, err := read(t, dir)
	if err == nil || !strings.Contains(err.Error(), "8 of 14 pictures cannot be read: level/bad00.png: ") || strings.Contains(err.Error(), "more") {
		t.Errorf("error %v", err)
	}
	for i := 8; i < 13; i++ {
		touch(t, dir, fmt.Sprintf("level/bad%02d.png", i))
	}
	_, _, err = read(t, dir)
	if err == nil || !strings.Contains(err.Error(), "13 of 19") || strings.Count(err.Error(), "level/bad") != 10 || !strings.HasSuffix(err.Error(), "and 3 more") {
		t.Errorf("error %v", err)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error of more than one line: %v", err)
	}
}

func TestReadFolderRefuses(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for _, tc := range []struct {
		name  string
		make  func(dir string) // beside the classes level and upright
		dir   string           // inside of the folder
		wants []string
	}{
		{"a folder among pictures", func(dir string) { touch(t, dir, "level/more/a.png") }, "", []string{"1 of 7 pictures", "level/more is a folder, want a picture"}},
		{"an unknown kind of file", func(dir string) { touch(t, dir, "level/a.tiff") }, "", []string{"1 of 7 pictures", "level/a.tiff"}},
		{"a broken link", func(dir string) {
			if err := os.Symlink(missing, filepath.Join(dir, "level", "link.png")); err != nil {
				t.Skip(err)
			}
		}, "", []string{"1 of 7 pictures", "level/link.png", "no such file"}},
		{"an empty class", func(dir string) { touch(t, dir, "none/Thumbs.db") }, "", []string{"the class none has 0 pictures, want at least 2"}},
		{"a class of one", func(dir string) { stroke(t, filepath.Join(dir, "one", "a.png"), true, 0) }, "", []string{"the class one has 1 pictures, want at least 2"}},
		{"missing", func(string) {}, "missing", []string{"missing", "no such file"}},
		{"a file", func(string) {}, "level/a.png", []string{filepath.Join("level", "a.png"), "is a file, want a folder"}},
		{"no classes", func(string) {}, "level", []string{"level", "it has 0 subfolders and 3 files, want a subfolder for each of 2 to 256 classes"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := strokes(t, t.TempDir(), 3)
			tc.make(dir)
			dir = filepath.Join(dir, tc.dir)
			_, _, err := read(t, dir)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(tc.wants, dir) {
				if !strings.Contains(filepath.ToSlash(err.Error()), filepath.ToSlash(want)) {
					t.Errorf("error %v lacks %q", err, want)
				}
			}
		})
	}
}

// Reading a folder ends with its context.
func TestReadFolderCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ReadFolder(ctx, strokes(t, t.TempDir(), 3), FolderOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Pictures that are cut off at the border are counted, and ten are named.
func TestDoubtfulPictures(t *testing.T) {
	dir := strokes(t, t.TempDir(), 12)
	for i := range 12 {
		stroke(t, filepath.Join(dir, "upright", string(rune('a'+i))+".png"), false, -40)
	}
	_, lines, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 1 {
		t.Fatalf("log %q, want one line", lines)
	}
	for _, want := range []string{"12 of 24", "upright/a.png", "upright/j.png", "border", "2 more"} {
		if !strings.Contains(filepath.ToSlash(lines[0]), want) {
			t.Errorf("the line is %q, want one with %s", lines[0], want)
		}
	}
	if strings.Contains(lines[0], "k.png") || strings.Contains(lines[0], "level") {
		t.Errorf("the line is %q", lines[0])
	}
}

// Two marks side by side are doubtful in the folder of a digit, but not in that of another class.
func TestSeveralInFolder(t *testing.T) {
	dir := t.TempDir()
	two := image.NewGray(image.Rect(0, 0, 80, 60))
	for y := 10; y < 50; y++ {
		for _, x := range []int{20, 21, 22, 23, 56, 57, 58, 59} {
			two.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	for _, class := range []string{"7", "八"} {
		for i := range 3 {
			path := filepath.Join(dir, class, fmt.Sprint(i, ".png"))
			stroke(t, path, false, i)
			if i > 0 {
				continue
			}
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, two); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
	}
	_, lines, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 1 || !strings.Contains(lines[0], "1 of 6 pictures are doubtful: 7") || !strings.Contains(lines[0], "2 characters") {
		t.Errorf("log %q", lines)
	}
}
