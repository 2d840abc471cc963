package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
	"inkstone/train/data/picture"
)

// sets are the three parts of the data.
type sets struct {
	training, validation, test *data.Set // validation is nil if there is none
	note                       string    // what the reader of a result must know, if anything
}

func load(ctx context.Context, s *settings, stderr io.Writer) (*sets, error) {
	training, test, err := read(ctx, s, stderr)
	if err != nil {
		return nil, err
	}
	if training, test, err = choose(s, training, test); err != nil {
		return nil, err
	}
	d := &sets{test: test}
	n, err := s.heldOut(training.Len())
	if err != nil {
		return nil, err
	}
	if d.training = training; n > 0 {
		if d.training, d.validation, err = training.Split(n, s.seed); err != nil {
			return nil, err
		}
	}
	if s.perClass > 0 {
		if d.training, err = d.training.PerClass(s.perClass, s.seed); err != nil {
			return nil, fmt.Errorf("-limit-per-class: %w", err)
		}
		s.batch = min(s.batch, d.training.Len())
	}
	if s.overfit > 0 {
		if d.training, err = d.training.Limit(min(s.overfit*s.batch, d.training.Len())); err != nil {
			return nil, err
		}
		d.validation = d.training
	}
	if training.Name() == mnist.Builtin {
		d.note = "built-in digits, drawn by a program: the accuracy says nothing about MNIST"
	}
	if s.overfit > 0 {
		d.note = strings.TrimPrefix(d.note+"; ", "; ") + fmt.Sprintf("trained and validated on the same %d images, without -augment, -finish, -label-smoothing and -mixup: the accuracy says nothing about others", d.training.Len())
	}
	for _, w := range training.Check() {
		fmt.Fprintf(stderr, "warning: %s\n", w)
	}
	return d, nil
}

// read finds the data.
func read(ctx context.Context, s *settings, stderr io.Writer) (training, test *data.Set, err error) {
	if s.images != "" {
		return picture.ReadFolder(s.images)
	}
	var bar *cli.Bar
	var file string
	limit := s.limit
	if s.classes != "" {
		limit = 0 // it is one on the images that are chosen
	}
	training, test, err = mnist.Load(ctx, mnist.Options{
		Name: s.dataset, Dir: s.data, Offline: s.offline, Seed: s.seed, Limit: limit,
		Logf: func(format string, args ...any) {
			if bar != nil {
				bar.Clear()
			}
			fmt.Fprintf(stderr, format+"\n", args...)
		},
		Progress: func(done, total int64, name string) {
			if name != file {
				if bar != nil {
					bar.Clear()
				}
				bar, file = cli.NewBar(stderr, total, "B"), name
			}
			bar.Set(done, "%s", filepath.Base(name))
		},
	})
	if bar != nil {
		bar.Clear()
	}
	return training, test, err
}

// choose takes the classes and the number of images that were asked for.
func choose(s *settings, training, test *data.Set) (*data.Set, *data.Set, error) {
	if s.classes != "" {
		classes, err := training.ParseClasses(s.classes)
		if err != nil {
			return nil, nil, fmt.Errorf("-classes: %w", err)
		}
		if len(classes) < 2 {
			return nil, nil, fmt.Errorf("-classes %s is one class, want at least 2 to tell apart", s.classes)
		}
		if training, err = training.Select(classes); err != nil {
			return nil, nil, fmt.Errorf("-classes: %w", err)
		}
		if test, err = test.Select(classes); err != nil {
			return nil, nil, fmt.Errorf("-classes, test images: %w", err)
		}
	}
	if s.limit > 0 {
		var err error
		if training, err = training.Limit(s.limit); err != nil {
			return nil, nil, err
		}
	}
	return training, test, nil
}
