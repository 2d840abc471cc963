package picture

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"inkstone/internal/random"
	"inkstone/train/data"
)

// testShare is the reciprocal of the share of the pictures that ReadFolder uses for testing,
// unless the folder has a subfolder test.
const testShare = 6

// ReadFolder reads training and test sets from a folder with a subfolder for each class. The
// name of the subfolder is the name of the class. Each picture is converted to MNIST's form
// as by [Read].
//
// If the subfolders of the folder are train and test, each of these has the subfolders of
// the classes. Otherwise a sixth of the pictures of each class, at least one and always the
// same ones, become the test set.
//
// ReadFolder ignores files and folders whose names begin with a dot. It returns an error that
// names a file that is not a picture, or a class with too few pictures.
func ReadFolder(dir string) (training, test *data.Set, err error) {
	top, err := visible(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("folder of pictures: %w", err)
	}
	if slices.Equal(top, []string{"test", "train"}) {
		return readBoth(dir)
	}
	all, err := readClasses(dir, 2)
	if err != nil {
		return nil, nil, err
	}
	var chosen, rest []int
	r := random.New(uint64(random.PictureTest), random.PictureTest)
	at := 0
	for _, n := range all.Counts() { // the set is in the order of the classes
		aside := max(1, n/testShare)
		for k, i := range r.Perm(n) {
			if k < aside {
				chosen = append(chosen, at+i)
			} else {
				rest = append(rest, at+i)
			}
		}
		at += n
	}
	slices.Sort(chosen)
	slices.Sort(rest)
	if training, err = all.Subset(rest); err == nil {
		test, err = all.Subset(chosen)
	}
	return training, test, err
}

// readBoth reads the training set and the test set from the subfolders train and test.
func readBoth(dir string) (training, test *data.Set, err error) {
	if training, err = readClasses(filepath.Join(dir, "train"), 1); err != nil {
		return nil, nil, err
	}
	if test, err = readClasses(filepath.Join(dir, "test"), 1); err != nil {
		return nil, nil, err
	}
	if a, b := training.Classes(), test.Classes(); !slices.Equal(a, b) {
		return nil, nil, fmt.Errorf("folder of pictures %s: train has the classes %s, but test has %s, want the same", dir, strings.Join(a, ", "), strings.Join(b, ", "))
	}
	return training, test, nil
}

// readClasses reads a folder of classes. The images are in the order of the classes and of
// the files. It returns an error for a class with fewer than least pictures.
func readClasses(dir string, least int) (*data.Set, error) {
	classes, err := visible(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of pictures: %w", err)
	}
	if len(classes) < 2 {
		return nil, fmt.Errorf("folder of pictures %s: it has %d subfolders, want one for each of at least 2 classes", dir, len(classes))
	}
	var pixels, labels []byte
	var broken []string
	for label, class := range classes {
		if label > 255 {
			return nil, fmt.Errorf("folder of pictures %s: %d classes, want at most 256", dir, len(classes))
		}
		folder := filepath.Join(dir, class)
		files, err := visible(folder)
		if err != nil {
			return nil, fmt.Errorf("folder of pictures %s: %s is not the folder of a class: %w", dir, class, err)
		}
		if len(files) < least {
			return nil, fmt.Errorf("folder of pictures %s: the class %s has %d pictures, want at least %d", dir, class, len(files), least)
		}
		for _, name := range files {
			img, err := Read(filepath.Join(folder, name))
			if err != nil {
				broken = append(broken, err.Error())
				continue
			}
			pixels, labels = append(pixels, img.Pix...), append(labels, byte(label))
		}
	}
	if len(broken) > 0 {
		more := ""
		if n := len(broken) - 1; n > 0 {
			more = fmt.Sprintf(" (and %d more)", n)
		}
		return nil, fmt.Errorf("folder of pictures %s: %d of %d pictures cannot be read: %s%s", dir, len(broken), len(broken)+len(labels), broken[0], more)
	}
	return data.New(filepath.Base(filepath.Clean(dir)), dir, Size, Size, classes, pixels, labels)
}

// visible returns the sorted names in a folder that do not begin with a dot.
func visible(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
