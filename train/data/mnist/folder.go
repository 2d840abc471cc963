package mnist

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"inkstone/train/data"
)

// absentError reports that a folder has none of the files of a data set.
type absentError struct{ text string }

func (e *absentError) Error() string { return e.text }

// folder is a directory or a zip archive with the files of data sets.
type folder struct {
	fs.FS
	name string // path, for messages
}

// zipName is the name of the archive in which NIST distributes EMNIST.
const zipName = "gzip.zip"

// readFolder reads a data set from a user's folder. [dataset.findFiles] says where the files may
// be. EMNIST's archive may be in the folder too. If testOnly is set, it reads the test files
// only, and train is nil.
//
// A user may have custom data in MNIST's form, so readFolder accepts any number of images of
// any size if the files fit together. It returns an *absentError if none of the files of the
// set is there.
func (d dataset) readFolder(dir string, testOnly bool) (train, test *data.Set, err error) {
	want := fmt.Sprintf("want a folder with %s (with or without .gz)", strings.Join(d.fileNames(), ", "))
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, nil, fmt.Errorf("data folder: %s is a file, %s", dir, want)
	}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, nil, fmt.Errorf("data folder: %w; %s", err, want)
	}
	here := folder{os.DirFS(dir), dir}
	names, err := d.findFiles(here, testOnly)
	var absent *absentError
	if d.transposed && errors.As(err, &absent) {
		archive, zipErr := zip.OpenReader(filepath.Join(dir, zipName))
		if zipErr == nil {
			defer archive.Close()
			here = folder{archive, filepath.Join(dir, zipName)}
			names, err = d.findFiles(here, testOnly)
		} else if !errors.Is(zipErr, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("%s: %w", filepath.Join(dir, zipName), zipErr)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return d.read(here, names, false)
}

// read decodes the four files of d and returns the two sets. If the names of the training files
// are "", train is nil. If strict is set, the files must be the published ones: they must have
// the right number of images and, if it is known, the right checksum of the content.
func (d dataset) read(here folder, names []string, strict bool) (train, test *data.Set, err error) {
	source := here.name
	var arrays [4]*Array
	for i, f := range d.files() {
		if names[i] == "" {
			continue
		}
		array, sum, err := here.decode(names[i])
		if err != nil {
			return nil, nil, err
		}
		if other := d.otherDataset(sum); other != "" {
			return nil, nil, &absentError{fmt.Sprintf("%s: it is a file of %s, not of %s", here.path(names[i]), other, d.name)}
		}
		if f.content != "" && sum != f.content {
			if strict {
				return nil, nil, fmt.Errorf("%s: the SHA-256 of the content is %s, want %s", here.path(names[i]), sum, f.content)
			}
			source = here.name + " (not the published files)"
		}
		arrays[i] = array
	}
	if !strict {
		if d.classes, err = d.classesFor(here.path(names[1]), arrays[1], arrays[3]); err != nil {
			return nil, nil, err
		}
	}
	if names[0] != "" {
		if train, err = d.newSet(source, here.path(names[0]), here.path(names[1]), arrays[0], arrays[1]); err != nil {
			return nil, nil, err
		}
	}
	if test, err = d.newSet(source, here.path(names[2]), here.path(names[3]), arrays[2], arrays[3]); err != nil {
		return nil, nil, err
	}
	if train == nil {
		return nil, test, nil
	}
	if train.Height() != test.Height() || train.Width() != test.Width() {
		return nil, nil, fmt.Errorf("%s: training images of %d x %d pixels, test images of %d x %d, want the same size",
			here.name, train.Height(), train.Width(), test.Height(), test.Width())
	}
	if strict && (train.Len() != d.train.count || test.Len() != d.test.count) {
		return nil, nil, fmt.Errorf("%s: %d training and %d test images, but %s has %d and %d",
			here.name, train.Len(), test.Len(), d.name, d.train.count, d.test.count)
	}
	return train, test, nil
}

// otherDataset returns the name of another data set with a file that has this checksum, or
// "". The files of MNIST, Fashion-MNIST and KMNIST have the same names and differ only in
// their content.
func (d dataset) otherDataset(sum string) string {
	for _, other := range catalog {
		for _, f := range other.files() {
			if other.name != d.name && f.content == sum {
				return other.name
			}
		}
	}
	return ""
}

// path returns the path of a file in the folder.
func (here folder) path(name string) string {
	return filepath.Join(here.name, filepath.FromSlash(name))
}

// decode reads an IDX file. sum is the SHA-256 of its unpacked content.
func (here folder) decode(name string) (array *Array, sum string, err error) {
	f, err := here.Open(name)
	if err != nil {
		var bare *fs.PathError
		if errors.As(err, &bare) {
			err = bare.Err // the path in err lacks the folder
		}
		return nil, "", fmt.Errorf("%s: %w", here.path(name), err)
	}
	defer f.Close()
	content, err := unpack(f)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", here.path(name), err)
	}
	digest := sha256.New()
	array, err = decodePlain(io.TeeReader(content, digest))
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", here.path(name), err)
	}
	return array, hex.EncodeToString(digest.Sum(nil)), nil
}

// newSet returns the set of an image file and a label file. Its errors name the two paths.
// The set uses the memory of the arrays, which newSet changes.
func (d dataset) newSet(source, imagesPath, labelsPath string, images, labels *Array) (*data.Set, error) {
	if len(images.Dims) != 3 {
		return nil, fmt.Errorf("%s: %d dimensions, want 3 (images x rows x columns)", imagesPath, len(images.Dims))
	}
	if len(labels.Dims) != 1 {
		return nil, fmt.Errorf("%s: %d dimensions, want 1 (labels)", labelsPath, len(labels.Dims))
	}
	if images.Dims[0] != labels.Dims[0] {
		return nil, fmt.Errorf("%s has %d images, but %s has %d labels, want a label for each image", imagesPath, images.Dims[0], labelsPath, labels.Dims[0])
	}
	last := int(d.firstLabel) + len(d.classes) - 1
	for i, label := range labels.Data {
		if label < d.firstLabel || int(label) > last {
			return nil, fmt.Errorf("%s: label %d of image %d, want %d to %d", labelsPath, label, i, d.firstLabel, last)
		}
		labels.Data[i] = label - d.firstLabel
	}
	height, width := images.Dims[1], images.Dims[2]
	if d.transposed {
		if height != width {
			return nil, fmt.Errorf("%s: images of %d x %d pixels, want square images, since %s stores them by columns", imagesPath, height, width, d.name)
		}
		transpose(images.Data, height)
	}
	return data.New(d.name, source, height, width, d.classes, images.Data, labels.Data)
}

// transpose transposes each n x n image in place.
func transpose(pixels []byte, n int) {
	for ; len(pixels) > 0; pixels = pixels[n*n:] {
		for y := range n {
			for x := range y {
				pixels[y*n+x], pixels[x*n+y] = pixels[x*n+y], pixels[y*n+x]
			}
		}
	}
}
