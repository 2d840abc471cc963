package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
	"inkstone/train/data/picture"
	"inkstone/train/runfolder"
)

const about = `
Read digits with a trained model.

  go run ./cmd/predict -model FILE picture.png...              each picture's digit: PNG or JPEG,
                                                               any size, dark on light or light on dark
  go run ./cmd/predict -model FILE -dataset mnist -data DIR    the accuracy on a test set
  go run ./cmd/predict -model FILE,FILE... -tta picture.png    the mean over several models, and over
                                                               shifted, turned and scaled copies`

type settings struct {
	models        []string
	tta           bool
	dataset, data string
	workers       int
	json, offline bool
	pictures      []string
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("predict", flag.ContinueOnError)
	files := fs.String("model", "", "the model's `file`, or the run folder that training left it in; several, with commas between them, are averaged")
	fs.BoolVar(&s.tta, "tta", false, "average over shifted, turned and scaled copies of each image, which takes several times as long")
	fs.StringVar(&s.dataset, "dataset", "", "evaluate the test images of the data set of that `name`")
	fs.StringVar(&s.data, "data", "", "`folder` with the data set's files; without it INKSTONE_DATA, the cache, then a download")
	fs.IntVar(&s.workers, "workers", 0, "threads to compute on, 0 for one per processor")
	fs.BoolVar(&s.json, "json", false, "print JSON, an object in a line")
	fs.BoolVar(&s.offline, "offline", false, "download nothing")
	if err := cli.Parse(fs, about, args, stdout); err != nil {
		return nil, err
	}
	s.pictures = fs.Args()
	if *files != "" {
		for name := range strings.SplitSeq(*files, ",") {
			s.models = append(s.models, runfolder.Model(name))
		}
	}
	known := mnist.Names()
	return &s, cli.Check(
		cli.Rule{Holds: len(s.models) > 0, Else: "-model is missing: name a run folder, or the model file in it"},
		cli.Rule{Holds: !slices.Contains(s.models, ""), Else: fmt.Sprintf("-model is %q: a name between the commas is empty", *files)},
		cli.Rule{Holds: s.dataset == "" || slices.Contains(known, s.dataset), Else: fmt.Sprintf("-dataset: unknown data set %q; the known ones are %s", s.dataset, strings.Join(known, ", "))},
		cli.Rule{Holds: len(s.pictures) > 0 || s.dataset != "" || s.data != "", Else: "nothing to read: name pictures, or a data set with -dataset"},
		cli.Rule{Holds: len(s.pictures) == 0 || s.dataset == "" && s.data == "", Else: fmt.Sprintf("pictures (%s) and a data set (-dataset or -data) exclude each other", strings.Join(s.pictures, ", "))},
		cli.Rule{Holds: s.workers >= 0, Else: fmt.Sprintf("-workers is %d, want at least 0", s.workers)},
	)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	models, err := load(s.models)
	if err != nil {
		return err
	}
	if len(s.pictures) > 0 {
		return pictures(s, models, stdout)
	}
	return evaluate(ctx, s, models, stdout, stderr)
}

// load reads model files that can stand in one ensemble.
func load(files []string) ([]*model.Model, error) {
	var models []*model.Model
	for i, file := range files {
		if slices.Contains(files[:i], file) {
			return nil, cli.Usagef("-model: %s is named twice", file)
		}
		m, err := model.Load(file)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			if err := train.Agree(models[0], m); err != nil {
				return nil, fmt.Errorf("model files %s and %s cannot be averaged: %w", files[0], file, err)
			}
		}
		models = append(models, m)
	}
	return models, nil
}

// ensemble prepares the models to read so many images at a time.
func ensemble(s *settings, models []*model.Model, batch int) (*train.Ensemble, error) {
	var views []train.View
	if s.tta {
		views = train.TestTimeAugmentation()
	}
	return train.NewEnsemble(models, views, batch, s.workers)
}

// testBatch is how many images of a test set are read at a time.
const testBatch = 64

// evaluate scores the models on a test set.
func evaluate(ctx context.Context, s *settings, models []*model.Model, stdout, stderr io.Writer) error {
	_, test, err := mnist.Load(ctx, mnist.Options{
		Name: s.dataset, Dir: s.data, Offline: s.offline, Limit: 1,
		Logf: func(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) },
	})
	if err != nil {
		return err
	}
	if test, err = ofClasses(test, models[0].Classes); err != nil {
		return err
	}
	e, err := ensemble(s, models, testBatch)
	if err != nil {
		return err
	}
	defer e.Close()
	score, err := e.Evaluate(ctx, test)
	if err != nil {
		return err
	}
	if s.json {
		return json.NewEncoder(stdout).Encode(map[string]any{
			"dataset": test.Name(), "source": test.Source(), "accuracy": score.Accuracy,
			"errors": score.Errors, "images": score.Images, "loss": score.Loss,
			"calibration_error": score.Calibration.ECE(),
		})
	}
	fmt.Fprintf(stdout, "%s (%s): accuracy %s\n", test.Name(), test.Source(), score)
	fmt.Fprintf(stdout, "loss %.4f, calibration error %.2f %%", score.Loss, 100*score.Calibration.ECE())
	if s.tta || len(models) > 1 {
		fmt.Fprintf(stdout, ", %s", e)
	}
	fmt.Fprintln(stdout)
	return nil
}

// ofClasses takes from a set the classes that a model tells apart, where it was trained
// on some of the set's. A set of other classes stays as it is.
func ofClasses(set *data.Set, classes []string) (*data.Set, error) {
	all := set.Classes()
	if slices.Equal(all, classes) {
		return set, nil
	}
	var list []int
	for _, name := range classes {
		i := slices.Index(all, name)
		if i < 0 {
			return set, nil
		}
		list = append(list, i)
	}
	return set.Select(list)
}

// reading is what the models make of a picture.
type reading struct {
	File          string    `json:"file"`
	Label         string    `json:"label"`
	Probabilities []float64 `json:"probabilities"` // in the order of the classes
}

// pictures reads every picture. One that cannot be read does not keep the others
// from being read, but makes the command fail.
func pictures(s *settings, models []*model.Model, stdout io.Writer) error {
	m := models[0]
	if m.Height != picture.Size || m.Width != picture.Size {
		return fmt.Errorf("model file %s reads images of %dx%d, pictures are brought to %dx%d", s.models[0], m.Height, m.Width, picture.Size, picture.Size)
	}
	e, err := ensemble(s, models, 1)
	if err != nil {
		return err
	}
	defer e.Close()
	var failed []error
	for _, file := range s.pictures {
		r, err := read(e, m.Classes, file)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if s.json {
			err = json.NewEncoder(stdout).Encode(r)
		} else {
			_, err = fmt.Fprintln(stdout, r.line(m.Classes, s.pictures))
		}
		if err != nil {
			return err
		}
	}
	if len(failed) > 1 {
		return fmt.Errorf("%d of %d pictures could not be read; the first: %w", len(failed), len(s.pictures), failed[0])
	}
	if len(failed) == 1 {
		return failed[0]
	}
	return nil
}

func read(e *train.Ensemble, classes []string, file string) (*reading, error) {
	img, err := picture.Read(file)
	if err != nil {
		return nil, err
	}
	p, err := e.Probabilities(img.Pix)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &reading{file, classes[ranking(p)[0]], p}, nil
}

// line shows the likeliest classes, aligned for the longest of the file names.
func (r *reading) line(classes, files []string) string {
	width := 0
	for _, f := range files {
		width = max(width, len(f))
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%-*s  %s ", width, r.File, r.Label)
	for i, class := range ranking(r.Probabilities) {
		if p := r.Probabilities[class]; i < 3 || p >= 0.01 {
			fmt.Fprintf(&s, "  %s: %.2f %%", classes[class], 100*p)
		}
	}
	return s.String()
}

// ranking lists the classes, the likeliest first.
func ranking(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	return order
}
