package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"inkstone/internal/atomicfile"
	"inkstone/internal/oneline"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
	"inkstone/train/data/sets"
	"inkstone/train/runfolder"
)

// exportInt8 writes the model with 8-bit integers, and prints its accuracy before and after.
func exportInt8(ctx context.Context, s *settings, m *model.Model, stdout, stderr io.Writer) error {
	images, err := loadImages(ctx, s, m, stderr)
	if err != nil {
		return err
	}
	training, test := images.Training, images.Test
	before, err := train.Evaluate(ctx, m, test, 0)
	if err != nil {
		return err
	}
	measured := min(s.calibration, training.Len())
	err = atomicfile.Write(s.out, func(w io.Writer) error { return m.WriteInt8(w, s.onnx, measured, training.Pixels) })
	if err != nil {
		return err
	}
	quantized, err := model.Load(s.out)
	if err != nil {
		return err
	}
	after, err := train.Evaluate(ctx, quantized, test, 0)
	if err != nil {
		return err
	}
	if err := printSize(s, m, stdout); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "values measured on %d of %d training images of %s\n", measured, training.Len(), training.Name())
	fmt.Fprintf(stdout, "accuracy on %d test images of %s: %.2f %% before, %.2f %% with 8-bit integers\n",
		test.Len(), test.Name(), 100*before.Accuracy, 100*after.Accuracy)
	return nil
}

// loadImages loads the training images and the test images of the classes of the model.
func loadImages(ctx context.Context, s *settings, m *model.Model, stderr io.Writer) (*sets.Sets, error) {
	selection, seed, err := selectImages(s, m)
	if err != nil {
		return nil, err
	}
	all, err := sets.Load(ctx, selection, seed, sets.Options{
		Logf: func(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) },
	})
	switch {
	case errors.Is(err, mnist.ErrUnknownDataset):
		return nil, fmt.Errorf("the model was trained on %s, which is no data set; if that is a folder of pictures, name it with -images", oneline.Escape(m.Dataset))
	case errors.Is(err, fs.ErrNotExist) && selection.Images != "" && s.images == "":
		return nil, fmt.Errorf("%w; if the pictures of the run have moved, name their folder with -images", err)
	case err != nil:
		return nil, err
	}
	if all.Training, err = all.Training.SelectNames(m.Classes); err != nil {
		return nil, err
	}
	known, err := all.Test.SelectNames(m.Classes)
	if err != nil {
		return nil, err
	}
	if leftOut := all.Test.Len() - known.Len(); leftOut > 0 {
		fmt.Fprintf(stderr, "%d of %d test images are of classes that the model does not have; they are left out\n", leftOut, all.Test.Len())
	}
	all.Test = known
	return all, nil
}

// selectImages returns the images to measure the model with, and the seed that chooses the training
// images among them: the folder of pictures that -images names or that the run of the model used, or
// else all images of the model's data set.
func selectImages(s *settings, m *model.Model) (data.Selection, uint64, error) {
	if s.data == "" && runfolder.IsRun(s.model) {
		used, seed, err := runfolder.ReadSelection(s.model)
		if err != nil {
			return used, 0, err
		}
		if used.Images != "" {
			used.Images = cmp.Or(s.images, used.Images)
			return used, seed, nil
		}
	}
	seed := train.Defaults().Seed
	if s.images != "" {
		selection := data.DefaultSelection()
		selection.Images = s.images
		return selection, seed, nil
	}
	return data.Selection{Dataset: m.Dataset, Dir: s.data, Offline: s.offline}, seed, nil
}
