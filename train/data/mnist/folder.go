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
	"path"
	"path/filepath"
	"strings"

	"inkstone/train/data"
)

// absentError says that a folder holds none of a data set's files.
type absentError struct{ text string }

func (e *absentError) Error() string { return e.text }

// folder is a place where the files of data sets lie: a directory or a zip archive.
type folder struct {
	fs.FS
	name string // for messages
}

// zipName is the archive in which NIST distributes all of EMNIST.
const zipName = "gzip.zip"

// readFolder loads a data set from a folder of the user's. The files may lie in the
// folder itself, in one of the set's own subfolders, or in EMNIST's archive there.
//
// It takes any number of images of any one size as long as the files agree, since a
// user may have data of his own in MNIST's form. Its error is an *absentError
// when there is not one of the set's files.
func (d dataset) readFolder(dir string) (train, test *data.Set, err error) {
	if _, err := os.ReadDir(dir); err != nil {
		return nil, nil, fmt.Errorf("data folder: %w; want a folder with %s (with or without .gz)", err, d.fileNames())
	}
	here := folder{os.DirFS(dir), dir}
	names, err := d.locate(here)
	var absent *absentError
	if d.transposed && errors.As(err, &absent) {
		archive, zipErr := zip.OpenReader(filepath.Join(dir, zipName))
		if zipErr == nil {
			defer archive.Close()
			here = folder{archive, filepath.Join(dir, zipName)}
			names, err = d.locate(here)
		} else if !errors.Is(zipErr, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("%s: %w", filepath.Join(dir, zipName), zipErr)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return d.read(here, names, false)
}

// locate finds the four files of d, in the order of d.files. Its error names the
// folder and the files that are missing.
func (d dataset) locate(here folder) ([]string, error) {
	var best, bestMissing []string
	for _, sub := range append(d.folders[:len(d.folders):len(d.folders)], ".") {
		var found, missing []string
		for _, f := range d.files() {
			if name, ok := here.find(sub, f.name); ok {
				found = append(found, name)
			} else {
				missing = append(missing, f.name)
			}
		}
		if len(missing) == 0 {
			return found, nil
		}
		if len(found) > len(best) {
			best, bestMissing = found, missing
		}
	}
	if len(best) > 0 {
		return nil, fmt.Errorf("%s: files of %s are missing: %s (with or without .gz), next to %s",
			here.name, d.name, strings.Join(bestMissing, ", "), best[0])
	}
	return nil, &absentError{fmt.Sprintf("%s: no files of %s in it; looked for %s (with or without .gz), also in its subfolders %s",
		here.name, d.name, d.fileNames(), strings.Join(d.folders, ", "))}
}

// fileNames lists the files of d for messages.
func (d dataset) fileNames() string {
	var names []string
	for _, f := range d.files() {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

// find looks for a file in a subfolder under the names in use: packed or not, and
// with the dot before "idx" that some tools put there when they unpack.
func (here folder) find(sub, name string) (string, bool) {
	for _, spelling := range []string{name, strings.Replace(name, "-idx", ".idx", 1)} {
		for _, suffix := range []string{"", ".gz"} {
			candidate := path.Join(sub, spelling+suffix)
			if info, err := fs.Stat(here, candidate); err == nil && !info.IsDir() {
				return candidate, true
			}
		}
	}
	return "", false
}

// read decodes the four files of d and makes the two sets of them. With strict, they
// must be the published files: in number of images and, where it is known, in the
// checksum of the content.
func (d dataset) read(here folder, names []string, strict bool) (train, test *data.Set, err error) {
	source := here.name
	var arrays [4]*Array
	for i, f := range d.files() {
		array, sum, err := here.decode(names[i])
		if err != nil {
			return nil, nil, err
		}
		if other := d.belongsTo(sum); other != "" {
			return nil, nil, &absentError{fmt.Sprintf("%s: this is a file of %s, not of %s", here.path(names[i]), other, d.name)}
		}
		if f.content != "" && sum != f.content {
			if strict {
				return nil, nil, fmt.Errorf("%s: SHA-256 of the content is %s, want %s", here.path(names[i]), sum, f.content)
			}
			source = here.name + " (not the published files)"
		}
		arrays[i] = array
	}
	if train, err = d.assemble(source, here.path(names[0]), here.path(names[1]), arrays[0], arrays[1]); err != nil {
		return nil, nil, err
	}
	if test, err = d.assemble(source, here.path(names[2]), here.path(names[3]), arrays[2], arrays[3]); err != nil {
		return nil, nil, err
	}
	if train.Height() != test.Height() || train.Width() != test.Width() {
		return nil, nil, fmt.Errorf("%s: training images of %d x %d, test images of %d x %d, want the same",
			here.name, train.Height(), train.Width(), test.Height(), test.Width())
	}
	if strict && (train.Len() != d.train.count || test.Len() != d.test.count) {
		return nil, nil, fmt.Errorf("%s: %d training and %d test images, %s has %d and %d",
			here.name, train.Len(), test.Len(), d.name, d.train.count, d.test.count)
	}
	return train, test, nil
}

// belongsTo returns the name of another data set of the catalogue one of whose
// files has this content, or "". MNIST, Fashion-MNIST and KMNIST name their files
// alike, so only the content tells them apart.
func (d dataset) belongsTo(sum string) string {
	for _, other := range catalogue {
		for _, f := range other.files() {
			if other.name != d.name && f.content == sum {
				return other.name
			}
		}
	}
	return ""
}

// path returns the name of a file in the folder for messages.
func (here folder) path(name string) string {
	return filepath.Join(here.name, filepath.FromSlash(name))
}

// decode reads one IDX file and returns the SHA-256 of its unpacked content with it.
func (here folder) decode(name string) (array *Array, sum string, err error) {
	f, err := here.Open(name)
	if err != nil {
		var bare *fs.PathError
		if errors.As(err, &bare) {
			err = bare.Err // its path lacks the folder
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

// assemble makes a set of an image and a label file, whose paths it takes for its
// messages. It changes the arrays in place and hands them over.
func (d dataset) assemble(source, imagesPath, labelsPath string, images, labels *Array) (*data.Set, error) {
	if len(images.Dims) != 3 {
		return nil, fmt.Errorf("%s: %d dimensions, want 3 (images x rows x columns)", imagesPath, len(images.Dims))
	}
	if len(labels.Dims) != 1 {
		return nil, fmt.Errorf("%s: %d dimensions, want 1 (labels)", labelsPath, len(labels.Dims))
	}
	if images.Dims[0] != labels.Dims[0] {
		return nil, fmt.Errorf("%s has %d images, %s has %d labels, want as many", imagesPath, images.Dims[0], labelsPath, labels.Dims[0])
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
			return nil, fmt.Errorf("%s: images of %d x %d, want square ones, since %s stores them by columns", imagesPath, height, width, d.name)
		}
		transpose(images.Data, height)
	}
	return data.New(d.name, source, height, width, d.classes, images.Data, labels.Data)
}

// transpose mirrors each n x n image at its main diagonal, in place.
func transpose(pixels []byte, n int) {
	for ; len(pixels) > 0; pixels = pixels[n*n:] {
		for y := range n {
			for x := range y {
				pixels[y*n+x], pixels[x*n+y] = pixels[x*n+y], pixels[y*n+x]
			}
		}
	}
}
