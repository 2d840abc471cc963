package mnist

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// idxFolder writes a set of 2 x 2 images with these labels, in files whose names begin with
// the prefixes of the training and of the test files.
func idxFolder(t *testing.T, trainPrefix, testPrefix string, train, test []byte) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string][]byte{}
	for prefix, labels := range map[string][]byte{trainPrefix: train, testPrefix: test} {
		var pixels []byte
		for i := range labels {
			pixels = append(pixels, byte(i), 1, 2, 3)
		}
		files[prefix+"-images-idx3-ubyte"] = encode(t, pixels, len(labels), 2, 2)
		files[prefix+"-labels-idx1-ubyte"] = encode(t, labels, len(labels))
	}
	write(t, dir, files)
	return dir
}

// upTo returns the labels 0 to n-1.
func upTo(n int) []byte {
	labels := make([]byte, n)
	for i := range labels {
		labels[i] = byte(i)
	}
	return labels
}

// Custom sets in MNIST's form may have more than 10 classes.
func TestMoreClasses(t *testing.T) {
	for _, tc := range []struct {
		name        string
		train, test []byte
		classes     int
		want        string // part of the error
	}{
		{"26 classes", upTo(26), []byte{25, 3}, 26, ""},
		{"256 classes", upTo(256), []byte{255}, 256, ""},
		{"11 classes", upTo(11), []byte{0}, 11, ""},
		{"10 classes", upTo(10), []byte{9}, 10, ""},
		{"3 classes", []byte{0, 2}, []byte{2}, 10, ""},
		{"a gap", append(upTo(10), 11, 12), []byte{1}, 0, "the labels go up to 12, but no training image has the label 10"},
		{"a mistake", append(upTo(10), 200), []byte{1}, 0, "the labels go up to 200, but no training image has the label 10"},
		{"a test label alone", upTo(10), []byte{10}, 0, "the labels go up to 10, but no training image has the label 10"},
	} {
		dir := idxFolder(t, "train", "t10k", tc.train, tc.test)
		train, test, err := Load(t.Context(), Options{Name: Default, Dir: dir})
		if tc.want != "" {
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "train-labels-idx1-ubyte") {
				t.Errorf("%s: error %v, want %q and the file", tc.name, err, tc.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		var classes []string
		for i := range tc.classes {
			classes = append(classes, strconv.Itoa(i))
		}
		if !slices.Equal(train.Classes(), classes) || !slices.Equal(test.Classes(), classes) || test.Label(0) != int(tc.test[0]) {
			t.Errorf("%s: classes %v and %v, want 0 to %d", tc.name, train.Classes(), test.Classes(), tc.classes-1)
		}
	}

	// The classes of clothing have names.
	dir := idxFolder(t, "train", "t10k", upTo(11), []byte{0})
	if _, _, err := Load(t.Context(), Options{Name: "fashion-mnist", Dir: dir}); err == nil || !strings.Contains(err.Error(), "label 10 of image 10, want 0 to 9") {
		t.Errorf("11 classes of clothing: error %v", err)
	}
}

// The sets of EMNIST with digits and letters are read from local files.
func TestLocalEMNIST(t *testing.T) {
	t.Setenv(Env, "")
	for _, tc := range []struct {
		name    string
		classes int
		names   map[int]string
	}{
		{"balanced", 47, map[int]string{0: "0", 9: "9", 10: "A", 35: "Z", 36: "a", 37: "b", 38: "d", 42: "h", 43: "n", 46: "t"}},
		{"byclass", 62, map[int]string{0: "0", 10: "A", 36: "a", 38: "c", 61: "z"}},
		{"bymerge", 47, map[int]string{0: "0", 10: "A", 36: "a", 38: "d", 46: "t"}},
	} {
		dir := idxFolder(t, "emnist-"+tc.name+"-train", "emnist-"+tc.name+"-test", upTo(tc.classes), []byte{byte(tc.classes - 1)})
		train, test, err := Load(t.Context(), Options{Name: "emnist-" + tc.name, Dir: dir})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		classes := train.Classes()
		if len(classes) != tc.classes || test.Label(0) != tc.classes-1 {
			t.Errorf("%s: %d classes, want %d", tc.name, len(classes), tc.classes)
		}
		for i, want := range tc.names {
			if classes[i] != want {
				t.Errorf("%s: class %d is %s, want %s", tc.name, i, classes[i], want)
			}
		}
		// The files hold the images by columns.
		if got := train.Pixels(7); !slices.Equal(got, []byte{7, 2, 1, 3}) {
			t.Errorf("%s: image 7 is %v, want 7 2 1 3", tc.name, got)
		}
		for _, offline := range []bool{false, true} {
			_, _, err := Load(t.Context(), Options{Name: "emnist-" + tc.name, Offline: offline, Cache: t.TempDir()})
			if err == nil || !strings.Contains(err.Error(), "emnist-"+tc.name) || !strings.Contains(err.Error(), emnistArchive) {
				t.Errorf("%s without a folder: error %v, want one with NIST's archive", tc.name, err)
			}
		}
		if _, _, err := Load(t.Context(), Options{Name: "emnist-" + tc.name, Dir: idxFolder(t, "emnist-"+tc.name+"-train", "emnist-"+tc.name+"-test", []byte{byte(tc.classes)}, []byte{0})}); err == nil || !strings.Contains(err.Error(), "label "+strconv.Itoa(tc.classes)) {
			t.Errorf("%s with a label too many: error %v", tc.name, err)
		}
	}
}
