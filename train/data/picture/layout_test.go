package picture

import (
	"path/filepath"
	"strings"
	"testing"
)

// Layouts of folders that people have: each with 4 pictures of each class to train on, 2 for
// validation and 3 for testing, where there are folders for these.
func TestLayouts(t *testing.T) {
	for _, tc := range []struct {
		name                            string
		training, validation, test      string // folders of classes; "" for none
		wantTraining, wantVal, wantTest int    // numbers of images
	}{
		{"classes", ".", "", "", 6, 0, 2},
		{"train/test", "train", "", "test", 8, 0, 6},
		{"Train/Test", "Train", "", "Test", 8, 0, 6},
		{"TRAIN/TEST", "TRAIN", "", "TEST", 8, 0, 6},
		{"training/testing", "training", "", "testing", 8, 0, 6},
		{"train/val", "train", "val", "", 6, 4, 2},
		{"train/valid/test", "train", "valid", "test", 8, 4, 6},
		{"Training/Validation/Testing", "Training", "Validation", "Testing", 8, 4, 6},
		{"training_set/test_set", "training_set", "", "test_set", 8, 0, 6},
		{"trainingSet/testSet", "trainingSet", "", "testSet", 8, 0, 6},
		{"train only", "train", "", "", 6, 0, 2},
		{"nested classes", "archive", "", "", 6, 0, 2},
		{"nested twice", "archive/digits", "", "", 6, 0, 2},
		{"nested train/test", "archive/train", "", "archive/test", 8, 0, 6},
		{"nested train/val/test", "archive/digits/train", "archive/digits/val", "archive/digits/test", 8, 4, 6},
		{"nested inside", "seg_train/seg_train", "", "seg_test/seg_test", 8, 0, 6},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			for n, part := range map[int]string{4: tc.training, 2: tc.validation, 3: tc.test} {
				if part != "" {
					strokes(t, filepath.Join(dir, part), n)
				}
			}
			touch(t, dir, "README.md", "__MACOSX/train/._a.png", "labels.csv")
			f, _, err := read(t, dir)
			if err != nil {
				t.Fatal(err)
			}
			val := 0
			if f.Validation != nil {
				val = f.Validation.Len()
			}
			if f.Training.Len() != tc.wantTraining || val != tc.wantVal || f.Test.Len() != tc.wantTest {
				t.Errorf("%d training, %d validation and %d test images, want %d, %d and %d",
					f.Training.Len(), val, f.Test.Len(), tc.wantTraining, tc.wantVal, tc.wantTest)
			}
			if got := strings.Join(f.Training.Classes(), " "); got != "level upright" {
				t.Errorf("classes %s", got)
			}
			if tc.training != "." && f.Training.Name() != filepath.Base(tc.training) {
				t.Errorf("the name is %s", f.Training.Name())
			}
		})
	}
}

// The words for training and testing are names of classes where other classes stand beside them.
func TestLayoutOfClasses(t *testing.T) {
	for _, classes := range [][]string{{"train"}, {"test"}, {"valid", "train"}, {"unit test", "load test"}} {
		dir := strokes(t, t.TempDir(), 2)
		for _, class := range classes {
			stroke(t, filepath.Join(dir, class, "a.png"), true, 1)
			stroke(t, filepath.Join(dir, class, "b.png"), true, 2)
		}
		f, _, err := read(t, dir)
		if err != nil {
			t.Errorf("%s: %v", classes, err)
		} else if got := f.Training.Classes(); len(got) != 2+len(classes) {
			t.Errorf("%s: classes %v, want %d", classes, got, 2+len(classes))
		}
	}
}

// A folder beside those for training and testing is passed over, and is named.
func TestLayoutWithOthers(t *testing.T) {
	dir := t.TempDir()
	strokes(t, filepath.Join(dir, "train"), 4)
	strokes(t, filepath.Join(dir, "test"), 3)
	stroke(t, filepath.Join(dir, "unlabeled", "a.png"), true, 1)
	f, lines, err := read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if f.Training.Len() != 8 || f.Test.Len() != 6 || len(lines) != 1 || !strings.HasSuffix(lines[0], "passed over 1 files or folders: unlabeled") {
		t.Errorf("%d training and %d test images, log %q", f.Training.Len(), f.Test.Len(), lines)
	}
}

func TestLayoutRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		make func(dir string)
		want []string
	}{
		{"test only", func(dir string) { strokes(t, filepath.Join(dir, "test"), 2) }, []string{"test", "no folder train"}},
		{"no train", func(dir string) {
			strokes(t, filepath.Join(dir, "val"), 2)
			strokes(t, filepath.Join(dir, "test"), 2)
		}, []string{"test, val", "no folder train"}},
		{"two for training", func(dir string) {
			strokes(t, filepath.Join(dir, "train"), 2)
			strokes(t, filepath.Join(dir, "training"), 2)
		}, []string{"train and training", "want one"}},
		{"no classes to train on", func(dir string) {
			stroke(t, filepath.Join(dir, "train", "a.png"), true, 1)
			strokes(t, filepath.Join(dir, "test"), 2)
		}, []string{"train has 0 subfolders and 1 files"}},
		{"no classes to test on", func(dir string) {
			strokes(t, filepath.Join(dir, "train"), 2)
			stroke(t, filepath.Join(dir, "test", "a.png"), true, 1)
		}, []string{"test has 0 subfolders and 1 files"}},
		{"no pictures to test on", func(dir string) {
			strokes(t, filepath.Join(dir, "train"), 2)
			touch(t, dir, "test/level/Thumbs.db")
		}, []string{"test has no pictures"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			tc.make(dir)
			_, _, err := read(t, dir)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(tc.want, dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v lacks %q", err, want)
				}
			}
		})
	}
}
