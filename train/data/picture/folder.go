package picture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"inkstone/internal/random"
	"inkstone/train/data"
)

// testShare is the reciprocal of the share of the pictures that are for testing, where
// no folder says which.
const testShare = 6

// ReadFolder reads a set of pictures from a folder with a sub-folder for each class,
// whose name is that of the class. Each picture is brought to MNIST's form as [Read]
// does. Where the folder has the two sub-folders train and test, the classes are in
// each of these; otherwise a sixth of each class, at least one picture, always the same
// ones, is set aside for testing.
//
// Files and folders whose names begin with a dot are passed over. Anything else that
// cannot be read as a picture is an error that names it, as is a class without enough
// pictures.
func ReadFolder(ctx context.Context, dir string, limit int) (training, test *data.Set, err error) {
	top, err := visible(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("folder of pictures: %w", err)
	}
	if slices.Equal(top, []string{"test", "train"}) {
		return readBoth(ctx, dir, limit)
	}
	all, err := readClasses(ctx, dir, 2, limit)
	if err != nil {
		return nil, nil, err
	}
	var chosen, rest []int
	r := random.New(uint64(random.PictureTest), random.PictureTest)
	at := 0
	for _, n := range all.Counts() { // the set is sorted by class
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

func readBoth(ctx context.Context, dir string, limit int) (training, test *data.Set, err error) {
	if training, err = readClasses(ctx, filepath.Join(dir, "train"), 1, limit); err != nil {
		return nil, nil, err
	}
	if test, err = readClasses(ctx, filepath.Join(dir, "test"), 1, limit); err != nil {
		return nil, nil, err
	}
	if a, b := training.Classes(), test.Classes(); !slices.Equal(a, b) {
		return nil, nil, fmt.Errorf("folder of pictures %s: train has the classes %s, test has %s", dir, strings.Join(a, ", "), strings.Join(b, ", "))
	}
	return training, test, nil
}

// readClasses reads a folder of classes, sorted by class and file, with at least so
// many pictures in each.
func readClasses(ctx context.Context, dir string, least, limit int) (*data.Set, error) {
	classes, err := visible(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of pictures: %w", err)
	}
	if len(classes) < 2 {
		return nil, fmt.Errorf("folder of pictures %s: it has %d sub-folders, want one for each of at least 2 classes", dir, len(classes))
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
			return nil, fmt.Errorf("folder of pictures %s: %s is no folder of a class: %w", dir, class, err)
		}
		if len(files) < least {
			return nil, fmt.Errorf("folder of pictures %s: the class %s has %d pictures, want at least %d", dir, class, len(files), least)
		}
		for _, name := range files {
			img, err := Read(ctx, filepath.Join(folder, name), limit)
			if err != nil {
				broken = append(broken, err.Error())
				continue
			}
			pixels, labels = append(pixels, img.Image.Pix...), append(labels, byte(label))
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

// visible lists the names in a folder that do not begin with a dot, in their order.
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
