package mnist

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unpacked returns the files unpacked, without .gz in their names, which rename changes.
func unpacked(t *testing.T, files map[string][]byte, rename func(string) string) map[string][]byte {
	t.Helper()
	plain := make(map[string][]byte)
	for name, content := range files {
		a, err := Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		plain[rename(strings.TrimSuffix(name, ".gz"))] = encode(t, a.Data, a.Dims...)
	}
	return plain
}

func TestReadFolder(t *testing.T) {
	d, files := tiny(t)
	same := func(name string) string { return name }
	dotted := func(name string) string { return strings.Replace(name, "-idx", ".idx", 1) }
	misnamed := func(name string) string { return name + ".gz" }
	tests := []struct {
		name  string
		sub   string
		files map[string][]byte
	}{
		{"packed", "", files},
		{"plain", "", unpacked(t, files, same)},
		{"with a dot", "", unpacked(t, files, dotted)},
		{"plain, but called .gz", "", unpacked(t, files, misnamed)},
		{"in a subfolder", "tiny", files},
		{"as torchvision has it", "Tiny/raw", unpacked(t, files, same)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, tt.sub), tt.files)
			train, test, err := d.readFolder(dir, false)
			if err != nil {
				t.Fatal(err)
			}
			if train.Len() != 6 || test.Len() != 4 || train.Source() != dir || train.Pixels(2)[0] != 18 {
				t.Errorf("got %v and %v", train, test)
			}
		})
	}
}

// TestReadFolderCustomData reads custom data in MNIST's form.
func TestReadFolderCustomData(t *testing.T) {
	d, files := tiny(t)
	dir := t.TempDir()
	write(t, dir, files)
	write(t, dir, map[string][]byte{
		"t10k-images-idx3-ubyte.gz": pack(t, encode(t, make([]byte, 18), 2, 3, 3)),
		"t10k-labels-idx1-ubyte.gz": encode(t, []byte{1, 1}, 2),
	})
	_, test, err := d.readFolder(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if test.Len() != 2 || !strings.Contains(test.Source(), "not the published files") {
		t.Errorf("got %v", test)
	}
}

func TestReadFolderRefuses(t *testing.T) {
	d, files := tiny(t)
	const (
		trainLabels = "train-labels-idx1-ubyte.gz"
		testImages  = "t10k-images-idx3-ubyte.gz"
	)
	packed := files[trainImages]
	tests := []struct {
		name    string
		file    string
		content []byte // nil removes the file
		want    []string
	}{
		{"file missing", trainLabels, nil, []string{"missing", "train-labels-idx1-ubyte"}},
		{"truncated gzip", trainImages, packed[:len(packed)-12], []string{trainImages, "unexpected EOF"}},
		{"not an IDX file", trainImages, []byte("hello, world"), []string{trainImages, "magic number"}},
		{"labels for images", trainImages, files[trainLabels], []string{trainImages, "1 dimensions, want 3"}},
		{"images for labels", trainLabels, packed, []string{trainLabels, "3 dimensions, want 1"}},
		{"counts disagree", trainLabels, encode(t, []byte{0, 1, 2, 0, 1}, 5), []string{trainImages, "6 images", trainLabels, "5 labels"}},
		{"label out of range", trainLabels, encode(t, []byte{0, 1, 2, 3, 1, 2}, 6), []string{trainLabels, "label 3 of image 3, want 0 to 2"}},
		{"trailing bytes", trainLabels, append(encode(t, make([]byte, 6), 6), 1), []string{trainLabels, "trailing bytes"}},
		{"sizes differ", testImages, encode(t, make([]byte, 16), 4, 2, 2), []string{"3 x 3", "2 x 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, files)
			if tt.content != nil {
				write(t, dir, map[string][]byte{tt.file: tt.content})
			} else if err := os.Remove(filepath.Join(dir, tt.file)); err != nil {
				t.Fatal(err)
			}
			_, _, err := d.readFolder(dir, false)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(tt.want, dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v lacks %q", err, want)
				}
			}
		})
	}
}

// TestEMNIST reads a set with images stored by columns and labels from 1 from a zip archive.
func TestEMNIST(t *testing.T) {
	d, _ := tiny(t)
	d.transposed, d.firstLabel = true, 1
	images := encode(t, []byte{
		1, 4, 7,
		2, 5, 8,
		3, 6, 9,

		0, 0, 9,
		0, 0, 0,
		0, 0, 0,
	}, 2, 3, 3)
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, content := range map[string][]byte{
		"train-images-idx3-ubyte.gz": pack(t, images),
		"train-labels-idx1-ubyte.gz": pack(t, encode(t, []byte{1, 3}, 2)),
		"t10k-images-idx3-ubyte.gz":  pack(t, images),
		"t10k-labels-idx1-ubyte.gz":  pack(t, encode(t, []byte{2, 1}, 2)),
	} {
		member, err := w.Create("gzip/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := member.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	d.folders = []string{"gzip"}
	dir := t.TempDir()
	write(t, dir, map[string][]byte{zipName: archive.Bytes()})

	train, _, err := d.readFolder(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := train.Pixels(0); !slices.Equal(got, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("image 0 is %v, want 1 to 9 by rows", got)
	}
	if got := train.Pixels(1); got[6] != 9 || got[2] != 0 {
		t.Errorf("image 1 is %v, want a 9 at the lower left", got)
	}
	if train.Label(0) != 0 || train.Label(1) != 2 {
		t.Errorf("labels %d and %d, want 0 and 2", train.Label(0), train.Label(1))
	}

	write(t, dir, map[string][]byte{zipName: archive.Bytes()[:50]})
	if _, _, err := d.readFolder(dir, false); err == nil || !strings.Contains(err.Error(), zipName) {
		t.Errorf("broken archive: error %v", err)
	}
	write(t, dir, map[string][]byte{
		"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": encode(t, []byte{1, 0}, 2),
		"t10k-images-idx3-ubyte": images, "t10k-labels-idx1-ubyte": encode(t, []byte{1, 1}, 2),
	})
	if _, _, err := d.readFolder(dir, false); err == nil || !strings.Contains(err.Error(), "label 0 of image 1, want 1 to 3") {
		t.Errorf("label below the first: error %v, want one with the label and its range", err)
	}
}
