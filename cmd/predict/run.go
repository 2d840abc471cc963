package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/internal/modelfile"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/mnist"
	"inkstone/train/data/picture"
	"inkstone/train/data/sets"
)

const usage = `
Classify pictures of digits with a trained model, or evaluate the model on a test set.

  go run ./cmd/predict picture.png...                          print the digits in each picture: PNG, JPEG or GIF, any size,
                                                               dark on light or light on dark; with the built-in model
  go run ./cmd/predict -model FILE FOLDER digits.csv           the same with a model of yours, for all pictures in a folder
                                                               and the images in the rows of a CSV file
  go run ./cmd/predict - < picture.png                         the same for the standard input
  go run ./cmd/predict -model FILE -dataset mnist -data DIR    print the accuracy on a test set
  go run ./cmd/predict -model FILE,FILE... -tta picture.png    average several models, and shifted, rotated
                                                               and scaled copies of each picture
  go run ./cmd/predict -model FILE -preset fast picture.png    use a safetensors file that PyTorch wrote, of the
                                                               network fast`

type settings struct {
	models        []string
	from          source // of models that Inkstone did not write
	tta           bool
	dataset, data string
	workers       int
	json, csv     bool
	offline       bool
	show          string
	megapixels    int
	pictures      []string
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("predict", flag.ContinueOnError)
	var list []string // values of -model
	fs.Func("model", "model `file`, or the run folder that contains it; the predictions of several, separated by commas or each with its own -model, are averaged (default the built-in model)", func(text string) error {
		list = append(list, text)
		s.models = append(s.models, splitNames(text)...)
		return nil
	})
	fs.StringVar(&s.from.preset, "preset", "", "`name` of the network of a safetensors file that another program wrote, such as PyTorch")
	fs.Func("classes", "`names` of the classes of such a file, in the order of its outputs, separated by commas (default the digits)", func(text string) error {
		s.from.classes = strings.Split(text, ",")
		return nil
	})
	fs.Float64Var(&s.from.mean, "mean", 0.1307, "`mean` of the pixels, from 0 to 1, that the network of such a file subtracts")
	fs.Float64Var(&s.from.std, "std", 0.3081, "standard `deviation` by which it then divides them")
	fs.BoolVar(&s.tta, "tta", false, "average over shifted, rotated and scaled copies of each image; this takes several times as long")
	fs.StringVar(&s.dataset, "dataset", "", "evaluate the model on the test images of the data set with this `name`")
	fs.StringVar(&s.data, "data", "", "`folder` with the files of the data set; by default INKSTONE_DATA, then the cache, then a download")
	fs.IntVar(&s.workers, "workers", 0, "`number` of threads, 0 for one per processor")
	fs.StringVar(&s.show, "show", "", "write a PNG `file` with the images that the network saw in the pictures")
	fs.IntVar(&s.megapixels, "max-megapixels", picture.MaxPixels>>20, "refuse larger pictures, in `megapixels`")
	fs.BoolVar(&s.json, "json", false, "print JSON, one object per line")
	fs.BoolVar(&s.csv, "csv", false, "print CSV with a line for each picture")
	fs.BoolVar(&s.offline, "offline", false, "never download files")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	s.pictures = fs.Args()
	var unknown error
	if s.from.preset != "" {
		_, unknown = model.Lookup(s.from.preset)
	}
	known := mnist.Names()
	return &s, cli.Check(
		cli.Rule{Holds: len(s.models) > 0 || s.from.preset == "", Else: "-preset needs -model: name the file that holds the network"},
		cli.Rule{Holds: !slices.Contains(s.models, ""), Else: fmt.Sprintf("-model is %q: a name is empty", strings.Join(list, ","))},
		cli.Rule{Holds: unknown == nil, Else: fmt.Sprintf("-preset: %v", unknown)},
		cli.Rule{Holds: s.from.std > 0, Else: fmt.Sprintf("-std is %v, want above 0", s.from.std)},
		cli.Rule{Holds: !slices.Contains(s.from.classes, ""), Else: fmt.Sprintf("-classes is %q: a name is empty", strings.Join(s.from.classes, ","))},
		cli.Rule{Holds: s.dataset == "" || slices.Contains(known, s.dataset), Else: fmt.Sprintf("-dataset: unknown data set %q; the known ones are %s", s.dataset, strings.Join(known, ", "))},
		cli.Rule{Holds: len(s.pictures) > 0 || s.dataset != "" || s.data != "", Else: "no input: name pictures, folders of pictures, CSV files or - for the standard input, or a data set with -dataset"},
		cli.Rule{Holds: len(s.pictures) == 0 || s.dataset == "" && s.data == "", Else: fmt.Sprintf("there are both pictures (%s) and a data set (-dataset or -data), want only one of them", strings.Join(s.pictures, ", "))},
		cli.Rule{Holds: s.workers >= 0, Else: fmt.Sprintf("-workers is %d, want at least 0", s.workers)},
		cli.Rule{Holds: s.megapixels >= 1 && s.megapixels <= 4096, Else: fmt.Sprintf("-max-megapixels is %d, want 1 to 4096", s.megapixels)},
		cli.Rule{Holds: !s.csv || !s.json, Else: "-csv and -json exclude each other"},
		cli.Rule{Holds: !s.csv || len(s.pictures) > 0, Else: "-csv needs pictures"},
		cli.Rule{Holds: s.show == "" || len(s.pictures) > 0, Else: "-show needs pictures"},
	)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	models, err := loadModels(s.models, s.from, stderr)
	if err != nil {
		return err
	}
	if len(models) == 0 {
		m, err := modelfile.BuiltIn(stderr)
		if err != nil {
			return err
		}
		s.models, models = []string{modelfile.BuiltInName}, []*model.Model{m}
	}
	for i, m := range models {
		for _, note := range m.Notes() {
			fmt.Fprintf(stderr, "note: %s: %s\n", s.models[i], note)
		}
	}
	if len(s.pictures) > 0 {
		return predictPictures(ctx, s, models, stdout, stderr)
	}
	return evaluate(ctx, s, models, stdout, stderr)
}

// newEnsemble compiles the models for batches of up to batch images.
func newEnsemble(s *settings, models []*model.Model, batch int) (*train.Ensemble, error) {
	var views []train.View
	if s.tta {
		views = train.TestTimeAugmentation()
	}
	return train.NewEnsemble(models, views, batch, s.workers)
}

// testBatch is the batch size for a test set.
const testBatch = 64

// evaluate prints the score of the models on a test set.
func evaluate(ctx context.Context, s *settings, models []*model.Model, stdout, stderr io.Writer) error {
	test, err := mnist.LoadTest(ctx, mnist.Options{
		Name: s.dataset, Dir: s.data, Offline: s.offline,
		Logf: func(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) },
	})
	if err != nil {
		return err
	}
	known, err := test.SelectNames(models[0].Classes)
	if err != nil {
		return err
	}
	for _, warning := range sets.Warnings(known, nil) {
		fmt.Fprintf(stderr, "warning: %s\n", warning)
	}
	leftOut := test.Len() - known.Len()
	if leftOut > 0 {
		fmt.Fprintf(stderr, "%d of %d test images are of classes that the model does not have; they are left out\n", leftOut, test.Len())
	}
	e, err := newEnsemble(s, models, testBatch)
	if err != nil {
		return err
	}
	defer e.Close()
	score, err := e.Evaluate(ctx, known)
	if err != nil {
		return err
	}
	if s.json {
		return json.NewEncoder(stdout).Encode(map[string]any{
			"dataset": test.Name(), "source": test.Source(), "accuracy": score.Accuracy,
			"errors": score.Errors, "images": score.Images, "loss": score.Loss,
			"calibration_error": score.Calibration.ECE(), "left_out": leftOut,
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
