package picture

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"inkstone/internal/random"
	"inkstone/train/data"
)

// testShare is the reciprocal of the share of the pictures that ReadFolder uses for testing,
// unless the folder has a subfolder for testing.
const testShare = 6

// Folder holds the sets of a folder of pictures.
type Folder struct {
	Training   *data.Set
	Validation *data.Set // nil if there is no subfolder for validation
	Test       *data.Set
}

// FolderOptions are the options of [ReadFolder]. The zero value has the usual limit and reports
// nothing.
type FolderOptions struct {
	// MaxPixels is the limit for the number of pixels of a picture; 0 for [MaxPixels].
	MaxPixels int
	// Logf is called with a line about files that are passed over, about classes without
	// pictures for validation or testing, and about doubtful pictures.
	Logf func(format string, args ...any)
}

// ReadFolder reads the sets of a folder with a subfolder for each class. The name of the
// subfolder is the name of the class. Each picture is converted to MNIST's form as by [Read].
//
// If the subfolders are train and test, or train, valid and test, or the like, each of these
// has the subfolders of the classes. The words train, training, val, valid, validation, test
// and testing are understood in upper and lower case, also as a part of a name, as in
// training_set. Each of these folders, and dir, may hold another folder that holds everything.
//
// Without a subfolder for testing, a sixth of the training pictures of each class, at least one
// and always the same ones, become the test set. The folders for validation and testing may
// lack classes.
//
// ReadFolder passes over hidden files, files that programs leave in folders, such as Thumbs.db
// and __MACOSX, texts, tables, and files outside the folders of the classes. It returns an error
// that names the first ten files that are not pictures, a class with too few pictures, or a
// class that is not in the training set. It returns the error of ctx when that is done.
// Pictures of which it is doubtful what they show, see [Picture], are counted, and the first
// ten are named.
func ReadFolder(ctx context.Context, dir string, o FolderOptions) (*Folder, error) {
	r := &folderReader{ctx: ctx, dir: filepath.Clean(dir), limit: o.MaxPixels, logf: o.Logf, skipped: map[string]bool{}}
	if r.logf == nil {
		r.logf = func(string, ...any) {}
	}
	if r.limit == 0 {
		r.limit = MaxPixels
	}
	f, err := r.read()
	if err != nil {
		return nil, fmt.Errorf("folder of pictures %s: %w", dir, err)
	}
	return f, nil
}

// folderReader reads a folder of pictures.
type folderReader struct {
	ctx      context.Context
	dir      string
	limit    int // of the number of pixels
	logf     func(format string, args ...any)
	skipped  map[string]bool // paths of what is passed over
	pictures int             // number of pictures so far
	broken   []string        // errors of those that cannot be read
	doubtful []string        // names and doubts of those that are doubtful
}

// read reads the sets.
func (r *folderReader) read() (*Folder, error) {
	places, err := r.findLayout(r.dir)
	if err != nil {
		return nil, err
	}
	least := 1
	if places.test == "" {
		least = 2
	}
	var parts [3]*folderPart // for training, validation and testing
	if parts[0], err = r.readPart(places.training, nil, least); err != nil {
		return nil, err
	}
	for i, dir := range []string{"", places.validation, places.test} {
		if dir != "" {
			if parts[i], err = r.readPart(dir, parts[0].classes, 0); err != nil {
				return nil, err
			}
		}
	}
	r.logSkipped()
	if len(r.doubtful) > 0 {
		r.logf("warning: folder of pictures %s: %d of %d pictures are doubtful: %s", r.dir, len(r.doubtful), r.pictures, firstNames(r.doubtful, "; "))
	}
	if len(r.broken) > 0 {
		return nil, fmt.Errorf("%d of %d pictures cannot be read: %s", len(r.broken), r.pictures, firstNames(r.broken, "; "))
	}
	var sets [3]*data.Set
	for i, p := range parts {
		if p != nil {
			if sets[i], err = r.newSet(p); err != nil {
				return nil, err
			}
		}
	}
	f := &Folder{sets[0], sets[1], sets[2]}
	if f.Test == nil {
		f.Training, f.Test, err = setAside(f.Training)
	}
	return f, err
}

// folderPart holds the pictures of a folder of classes, in the order of the classes and of the
// files.
type folderPart struct {
	dir            string
	classes        []string
	pixels, labels []byte
}

// readPart reads a folder of classes. If known is not nil, it holds the classes that the folder
// may have. readPart returns an error for a class with fewer than least pictures.
func (r *folderReader) readPart(dir string, known []string, least int) (*folderPart, error) {
	here, err := r.list(dir)
	if err != nil {
		return nil, err
	}
	p := &folderPart{dir: dir, classes: here.folders}
	fewest := 2
	if known != nil {
		p.classes, fewest = known, 1
		for _, class := range here.folders {
			if !slices.Contains(known, class) {
				return nil, fmt.Errorf("%s has the class %s, but the training pictures have only %s", r.short(dir), class, strings.Join(known, ", "))
			}
		}
	}
	if n := len(here.folders); n < fewest || n > 256 {
		return nil, fmt.Errorf("%s has %d subfolders and %d files, want a subfolder for each of %d to 256 classes", r.short(dir), n, len(here.files), fewest)
	}
	r.skip(dir, here.files)
	for label, class := range p.classes {
		n := 0
		if slices.Contains(here.folders, class) {
			if n, err = r.readClass(p, label); err != nil {
				return nil, err
			}
		}
		if n < least {
			return nil, fmt.Errorf("the class %s has %d pictures, want at least %d", class, n, least)
		}
		if n == 0 {
			r.logf("warning: folder of pictures %s: %s has no pictures of the class %s", r.dir, r.short(dir), class)
		}
	}
	return p, nil
}

// readClass reads the pictures of a class and returns their number.
func (r *folderReader) readClass(p *folderPart, label int) (int, error) {
	dir := filepath.Join(p.dir, p.classes[label])
	here, err := r.list(dir)
	if err != nil {
		return 0, err
	}
	for _, name := range here.files {
		path := filepath.Join(dir, name)
		img, err := Read(r.ctx, path, r.limit)
		if r.ctx.Err() != nil {
			return 0, r.ctx.Err()
		}
		if err != nil {
			r.broken = append(r.broken, r.short(err.Error()))
			continue
		}
		doubts := img.Doubts
		if n := len(img.Row); n > 1 && isDigit(p.classes[label]) {
			doubts = append(doubts, fmt.Sprintf("it has %d characters", n))
		}
		if len(doubts) > 0 {
			r.doubtful = append(r.doubtful, r.short(path)+": "+strings.Join(doubts, ", "))
		}
		p.pixels, p.labels = append(p.pixels, img.Image.Pix...), append(p.labels, byte(label))
	}
	for _, name := range here.folders {
		r.broken = append(r.broken, r.short(filepath.Join(dir, name))+" is a folder, want a picture")
	}
	n := len(here.files) + len(here.folders)
	r.pictures += n
	return n, nil
}

// isDigit reports whether a class is a single digit. A picture of another class may consist of
// marks side by side, such as those of 八.
func isDigit(class string) bool { return len(class) == 1 && class[0] >= '0' && class[0] <= '9' }

// newSet returns the set of a part.
func (r *folderReader) newSet(p *folderPart) (*data.Set, error) {
	if len(p.labels) == 0 {
		return nil, fmt.Errorf("%s has no pictures", r.short(p.dir))
	}
	return data.New(filepath.Base(p.dir), p.dir, Size, Size, p.classes, p.pixels, p.labels)
}

// short returns a text without the path of the folder of pictures. The path of that folder
// itself becomes "it".
func (r *folderReader) short(text string) string {
	switch r.dir {
	case text:
		return "it"
	case ".":
		return text // paths in it have no prefix
	}
	return strings.ReplaceAll(text, r.dir+string(filepath.Separator), "")
}

// setAside divides a set in the order of its classes into training and test images.
func setAside(all *data.Set) (training, test *data.Set, err error) {
	var chosen, rest []int
	r := random.New(uint64(random.PictureTest), random.PictureTest)
	at := 0
	for _, n := range all.Counts() {
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
