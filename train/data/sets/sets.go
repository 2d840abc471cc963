// Package sets loads the images of a [data.Selection]: the training set, the validation set and
// the test set.
package sets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inkstone/train/data"
	"inkstone/train/data/mnist"
	"inkstone/train/data/picture"
)

// Sets holds the images of a run.
type Sets struct {
	Training   *data.Set
	Validation *data.Set // nil if there is none
	Test       *data.Set
	Note       string // remark for the reader of the results, or ""
}

// Options holds functions that report the progress of [Load]. The zero value reports nothing.
type Options struct {
	// Logf is called with a line about each download, each warning of [data.Set.Check], the
	// use of the built-in digits instead of MNIST, and the files of a folder of pictures that
	// are not used.
	Logf func(format string, args ...any)
	// Progress is called for each block of bytes that is downloaded. done and total are the
	// bytes so far and the size of the file, or -1 if the size is not known.
	Progress func(done, total int64, file string)
}

// Check returns an error if a selection cannot be loaded. It does not look for the files. The
// error begins with the name of a setting. For a name that package mnist does not know it
// wraps [mnist.ErrUnknownDataset].
func Check(s data.Selection) error {
	if err := s.Check(); err != nil {
		return err
	}
	switch {
	case s.Dataset != "" && !slices.Contains(mnist.Names(), s.Dataset):
		return fmt.Errorf("dataset: %w %q; the known ones are %s", mnist.ErrUnknownDataset, s.Dataset, strings.Join(mnist.Names(), ", "))
	case s.Dataset == mnist.Builtin && s.Dir != "":
		return fmt.Errorf("data %s and dataset builtin exclude each other: the built-in digits are generated, not read", s.Dir)
	}
	return nil
}

// Load loads the images of a selection. The seed determines the built-in digits, the validation
// images, and the images of each class that are kept. Each class keeps at least one training
// image, see [data.Set.Split].
//
// If a folder of pictures has a subfolder for validation and s.Validation is below 0, these
// pictures are the validation set, and all others are for training.
//
// If Load returns an error, the three sets are those of [data.Failed].
func Load(ctx context.Context, s data.Selection, seed uint64, o Options) (*Sets, error) {
	all, err := load(ctx, s, seed, o)
	if err != nil {
		return &Sets{Training: data.Failed(err), Validation: data.Failed(err), Test: data.Failed(err)}, err
	}
	return all, nil
}

func load(ctx context.Context, s data.Selection, seed uint64, o Options) (*Sets, error) {
	if ctx == nil {
		return nil, errors.New("data set: the context is nil: pass context.Background()")
	}
	if err := Check(s); err != nil {
		return nil, err
	}
	silent := o.Logf == nil
	if silent {
		o.Logf = func(string, ...any) {}
	}
	all, err := read(ctx, s, seed, o)
	if err != nil {
		return nil, err
	}
	if s.Classes != "" {
		if err := all.selectClasses(s.Classes); err != nil {
			return nil, err
		}
	}
	if s.Limit > 0 {
		if all.Training, err = all.Training.Limit(s.Limit); err != nil {
			return nil, err
		}
	}
	if !silent { // to look for warnings reads, or draws, all images
		for _, warning := range Warnings(all.Training, nil) {
			o.Logf("warning: %s", warning)
		}
		for _, warning := range Warnings(all.Test, all.Training) {
			o.Logf("warning: test images: %s", warning)
		}
	}
	if all.Training.Name() == mnist.Builtin {
		all.Note = "built-in digits, drawn by a program: the accuracy says nothing about MNIST"
	}
	if all.Validation == nil {
		if err := all.holdOut(s, seed); err != nil {
			return nil, err
		}
	}
	if s.PerClass > 0 {
		if all.Training, err = all.Training.PerClass(s.PerClass, seed); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// read returns the complete training set and test set, except that it limits the training set
// if all classes are used.
func read(ctx context.Context, s data.Selection, seed uint64, o Options) (all *Sets, err error) {
	all = &Sets{}
	if s.Images != "" {
		return readPictures(ctx, s, o)
	}
	limit := s.Limit
	if s.Classes != "" {
		limit = 0 // the limit applies to the images of the selected classes
	}
	all.Training, all.Test, err = mnist.Load(ctx, mnist.Options{
		Name: s.Dataset, Dir: s.Dir, Offline: s.Offline, Seed: seed, Limit: limit, Logf: o.Logf, Progress: o.Progress,
	})
	return all, err
}

// readPictures returns the sets of a folder of pictures. There is no validation set if the
// selection has a number of validation images or a fold.
func readPictures(ctx context.Context, s data.Selection, o Options) (*Sets, error) {
	f, err := picture.ReadFolder(ctx, s.Images, picture.FolderOptions{MaxPixels: s.MaxMegapixels << 20, Logf: o.Logf})
	if err != nil {
		return nil, err
	}
	if f.Validation != nil && (s.Validation >= 0 || s.Fold.Of > 0) {
		reason := fmt.Sprintf("val is %d", s.Validation)
		if s.Fold.Of > 0 {
			reason = "fold is " + s.Fold.String()
		}
		o.Logf("the %d pictures in %s are not used, because %s", f.Validation.Len(), f.Validation.Source(), reason)
		f.Validation = nil
	}
	return &Sets{Training: f.Training, Validation: f.Validation, Test: f.Test}, nil
}

// holdOut uses some training images for validation, as the selection says: those of a fold, or a
// number of them. The default number leaves each class an image to train on.
func (all *Sets) holdOut(s data.Selection, seed uint64) (err error) {
	if s.Fold.Of > 0 {
		all.Training, all.Validation, err = all.Training.Fold(s.Fold, seed)
		return err
	}
	n, err := s.HeldOut(all.Training.Len())
	if err != nil {
		return err
	}
	if s.Validation < 0 {
		most := 0
		for _, count := range all.Training.Counts() {
			most += max(count-1, 0)
		}
		n = min(n, most)
	}
	if n == 0 {
		return nil
	}
	if all.Training, all.Validation, err = all.Training.Split(n, seed); err != nil {
		return fmt.Errorf("val is %d: %w", n, err)
	}
	return nil
}

// selectClasses removes the images of other classes than those in text.
func (all *Sets) selectClasses(text string) error {
	classes, err := all.Training.ParseClasses(text)
	if err != nil {
		return err
	}
	if len(classes) < 2 {
		return fmt.Errorf("classes %q select 1 class, want at least 2", text)
	}
	if all.Training, err = all.Training.Select(classes); err != nil {
		return err
	}
	if all.Validation != nil {
		if all.Validation, err = all.Validation.Select(classes); err != nil {
			return fmt.Errorf("validation images: %w", err)
		}
	}
	if all.Test, err = all.Test.Select(classes); err != nil {
		return fmt.Errorf("test images: %w", err)
	}
	return nil
}

// String returns the name, the source and the sizes of the sets.
func (all *Sets) String() string {
	if all.Training.Err() != nil {
		return all.Training.String()
	}
	validation := ""
	if all.Validation != nil {
		validation = fmt.Sprintf(", %d validation", all.Validation.Len())
	}
	return fmt.Sprintf("%s from %s: %d training%s, %d test images", all.Training.Name(), all.Training.Source(), all.Training.Len(), validation, all.Test.Len())
}

// Overfit makes the training and the validation set the same few training images: a correct
// network memorizes them.
func (all *Sets) Overfit(images int) (err error) {
	images = min(images, all.Training.Len())
	if all.Training, err = all.Training.Limit(images); err != nil {
		return err
	}
	all.Validation = all.Training
	all.Note = strings.TrimPrefix(all.Note+"; ", "; ") + fmt.Sprintf("trained and validated on the same %d images, without -augment, -finish, -label-smoothing and -mixup: the accuracy says nothing about others", images)
	return nil
}
