package train

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/train/data"
)

// sameImages returns a set with the same images under another name.
func sameImages(t *testing.T, s *data.Set, name string) *data.Set {
	t.Helper()
	var pixels, labels []byte
	for i := range s.Len() {
		pixels, labels = append(pixels, s.Pixels(i)...), append(labels, byte(s.Label(i)))
	}
	other, err := data.New(name, "elsewhere", s.Height(), s.Width(), s.Classes(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// A checkpoint belongs to the runs on the same images, whatever the sets are called, and to
// those that are tested on the same ones, where both sides say which these are.
func TestIdentityOfSets(t *testing.T) {
	training, validation, test := stripes(t, 40, 1), stripes(t, 20, 2), stripes(t, 20, 3)
	newTrainer := func(training, validation, test *data.Set) *Trainer {
		cfg := quick
		cfg.Test = test
		tr, err := New(fresh(t, "tiny"), training, validation, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tr.Close() })
		return tr
	}
	saved := map[bool]string{}
	for _, tested := range []bool{false, true} {
		saved[tested] = filepath.Join(t.TempDir(), "last")
		tr := newTrainer(training, validation, map[bool]*data.Set{true: test}[tested])
		if err := tr.SaveCheckpoint(saved[tested]); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name                       string
		tested                     bool // whether the checkpoint notes the test set
		training, validation, test *data.Set
		want                       string
	}{
		{"the same", true, training, validation, test, ""},
		{"renamed", true, sameImages(t, training, "a, b"), sameImages(t, validation, "c"), sameImages(t, test, "d"), ""},
		{"checkpoint of an earlier version", false, training, validation, test, ""},
		{"program that does not name it", true, training, validation, nil, ""},
		{"another test set", true, training, validation, stripes(t, 20, 4), "its test set is "},
		{"fewer test images", true, training, validation, stripes(t, 19, 3), "its test set is "},
		{"other training images", true, stripes(t, 40, 5), validation, test, "its training set is "},
		{"other validation images", true, training, test, test, "its validation set is "},
		{"no validation set", true, training, nil, test, "its validation set is "},
	} {
		err := newTrainer(tc.training, tc.validation, tc.test).LoadCheckpoint(saved[tc.tested])
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v", tc.name, err)
		case tc.want != "" && (!errors.Is(err, ErrOtherRun) || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s: error %v, want %q", tc.name, err, tc.want)
		}
	}
}
