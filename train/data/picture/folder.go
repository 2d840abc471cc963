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

// FolderOptions are options for reading a folder of pictures.
type FolderOptions struct {
	MaxPixels int                              // a file with more pixels is an error; MaxPixels is the usual number
	Logf      func(format string, args ...any) // is called for a warning, if it is not nil
}

// folderReader reads the folders of classes and notes what is doubtful.
type folderReader struct {
	FolderOptions
	doubtful []string // a line for each doubtful picture
}

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
//
// Pictures of which it is doubtful what they show, see [Picture], are counted and the first of
// them named, by a call of o.Logf.
func ReadFolder(ctx context.Context, dir string, o FolderOptions) (training, test *data.Set, err error) {
	f := folderReader{FolderOptions: o}
	if training, test, err = f.read(ctx, dir); err != nil {
		return nil, nil, err
	}
	f.reportDoubts(training.Len() + test.Len())
	return training, test, nil
}

func (f *folderReader) read(ctx context.Context, dir string) (training, test *data.Set, err error) {
	top, err := visible(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("folder of pictures: %w", err)
	}
	if slices.Equal(top, []string{"test", "train"}) {
		return f.readBoth(ctx, dir)
	}
	all, err := f.readClasses(ctx, dir, 2)
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
func (f *folderReader) readBoth(ctx context.Context, dir string) (training, test *data.Set, err error) {
	if training, err = f.readClasses(ctx, filepath.Join(dir, "train"), 1); err != nil {
		return nil, nil, err
	}
	if test, err = f.readClasses(ctx, filepath.Join(dir, "test"), 1); err != nil {
		return nil, nil, err
	}
	if a, b := training.Classes(), test.Classes(); !slices.Equal(a, b) {
		return nil, nil, fmt.Errorf("folder of pictures %s: train has the classes %s, but test has %s, want the same", dir, strings.Join(a, ", "), strings.Join(b, ", "))
	}
	return training, test, nil
}

// readClasses reads a folder of classes. The images are in the order of the classes and of
// the files. It returns an error for a class with fewer than least pictures.
func (f *folderReader) readClasses(ctx context.Context, dir string, least int) (*data.Set, error) {
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
			path := filepath.Join(folder, name)
			p, err := Read(ctx, path, f.MaxPixels)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				broken = append(broken, err.Error())
				continue
			}
			if len(p.Doubts) > 0 {
				f.doubtful = append(f.doubtful, path+": "+strings.Join(p.Doubts, ", "))
			}
			pixels, labels = append(pixels, p.Image.Pix...), append(labels, byte(label))
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

// reportDoubts warns of doubtful pictures among the given number.
func (f *folderReader) reportDoubts(pictures int) {
	const named = 10
	if len(f.doubtful) == 0 || f.Logf == nil {
		return
	}
	first, more := f.doubtful[:min(named, len(f.doubtful))], ""
	if n := len(f.doubtful) - named; n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	f.Logf("warning: %d of %d pictures are doubtful: %s%s", len(f.doubtful), pictures, strings.Join(first, "; "), more)
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
