package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/internal/modelfile"
	"inkstone/cmd/internal/pictures"
	"inkstone/model"
	"inkstone/model/explain"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
	"inkstone/train/data/picture"
)

const usage = `
Show why a network answers as it does for a picture.

  go run ./cmd/explain seven.png                             explain the answer of the built-in model, on the page
                                                             explanation.html
  go run ./cmd/explain -model runs/NAME -out why seven.png   explain the answer of a run's model, as pictures in the folder why
  go run ./cmd/explain FOLDER digits.csv                     explain the answers for all pictures in a folder and the images in
                                                             the rows of a CSV file
  go run ./cmd/explain - < seven.png                         explain the answer for a picture from the standard input
  go run ./cmd/explain -class 1 seven.png                    explain another class than the answer
  go run ./cmd/explain -value conv1:12,10,3 seven.png        show how the value at row 12, column 10 and channel 3 of conv1
                                                             is computed
  go run ./cmd/explain -data DIR -test 42                    explain a test image of MNIST, and show the training images that
                                                             look most alike to the network`

// methods are the explanations, in their order on the page.
var methods = []string{"saliency", "smoothgrad", "gradcam", "occlusion", "change", "favorite", "similar", "value"}

type settings struct {
	model         string
	class, target string
	only          []string
	layer         string
	values        []value
	dataset, data string
	offline       bool
	test          []int
	similar       int
	out           string
	workers       int
	megapixels    int
	seed          uint64
	pictures      []string
}

// value names an output value of a layer.
type value struct {
	layer string
	at    []int
}

// parseValue reads "conv1:12,10,3".
func parseValue(text string) (value, error) {
	layer, list, ok := strings.Cut(text, ":")
	if !ok || layer == "" {
		return value{}, fmt.Errorf("want a layer and indices, as in conv1:12,10,3")
	}
	at, err := integers(list)
	return value{layer, at}, err
}

// integers reads "12,10,3".
func integers(list string) ([]int, error) {
	var numbers []int
	for _, field := range strings.Split(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is no index, want whole numbers from 0 up with commas between them", field)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("explain", flag.ContinueOnError)
	fs.StringVar(&s.model, "model", "", "model `file`, or the run folder that contains it (default the built-in model)")
	fs.StringVar(&s.class, "class", "", "`name` of the class to explain (default the answer of the network)")
	fs.StringVar(&s.target, "target", "", "`name` of the class that the smallest change leads to (default the nearest)")
	fs.Func("only", "`names` of the explanations to show, separated by commas: "+strings.Join(methods, ", ")+" (default all that the other flags allow)", func(text string) error {
		s.only = strings.Split(text, ",")
		return nil
	})
	fs.StringVar(&s.layer, "layer", "", "`name` of the layer of Grad-CAM (default the last one whose output is an image)")
	fs.Func("value", "`layer:indices` of a value whose arithmetic to show, as in conv1:12,10,3 (row, column, channel) or fc1:7; may be given several times", func(text string) error {
		v, err := parseValue(text)
		s.values = append(s.values, v)
		return err
	})
	fs.StringVar(&s.dataset, "dataset", "", "`name` of the data set for -test and similar images (default mnist)")
	fs.StringVar(&s.data, "data", "", "`folder` with its files; by default INKSTONE_DATA, then the cache, then a download")
	fs.BoolVar(&s.offline, "offline", false, "never download files")
	fs.Func("test", "`numbers` of test images to explain, separated by commas, from 0", func(text string) (err error) {
		s.test, err = integers(text)
		return err
	})
	fs.IntVar(&s.similar, "similar", 8, "`number` of similar training images to show, if -dataset or -data is given")
	fs.StringVar(&s.out, "out", "explanation.html", "HTML `file` to write, or folder for pictures")
	fs.IntVar(&s.workers, "workers", 0, "`number` of threads, 0 for one per processor")
	fs.IntVar(&s.megapixels, "max-megapixels", picture.MaxPixels>>20, "refuse larger pictures, in `megapixels`")
	fs.Uint64Var(&s.seed, "seed", 1, "`seed` of the noise of SmoothGrad and of the favorite image")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	s.pictures = fs.Args()
	hasData := s.dataset != "" || s.data != ""
	unknown := slices.IndexFunc(s.only, func(name string) bool { return !slices.Contains(methods, name) })
	wrong := ""
	if unknown >= 0 {
		wrong = s.only[unknown]
	}
	return &s, cli.Check(
		cli.Rule{Holds: len(s.pictures) > 0 || len(s.test) > 0, Else: "no input: name pictures, folders of pictures, CSV files or - for the standard input, or test images with -test"},
		cli.Rule{Holds: unknown < 0, Else: fmt.Sprintf("-only: there is no explanation %q; there are %s", wrong, strings.Join(methods, ", "))},
		cli.Rule{Holds: s.dataset == "" || slices.Contains(mnist.Names(), s.dataset), Else: fmt.Sprintf("-dataset: unknown data set %q; the known ones are %s", s.dataset, strings.Join(mnist.Names(), ", "))},
		cli.Rule{Holds: hasData || !slices.Contains(s.only, "similar"), Else: "-only similar needs training images: name them with -dataset or -data"},
		cli.Rule{Holds: len(s.values) > 0 || !slices.Contains(s.only, "value"), Else: "-only value needs -value"},
		cli.Rule{Holds: s.similar >= 1 && s.similar <= 1000, Else: fmt.Sprintf("-similar is %d, want 1 to 1000", s.similar)},
		cli.Rule{Holds: s.out != "", Else: "-out is empty, want an HTML file or a folder"},
		cli.Rule{Holds: s.workers >= 0, Else: fmt.Sprintf("-workers is %d, want at least 0", s.workers)},
		cli.Rule{Holds: s.megapixels >= 1 && s.megapixels <= 4096, Else: fmt.Sprintf("-max-megapixels is %d, want 1 to 4096", s.megapixels)},
	)
}

// wants reports whether an explanation is to be shown.
func (s *settings) wants(method string) bool {
	switch {
	case method == "similar" && s.dataset == "" && s.data == "", method == "value" && len(s.values) == 0:
		return false
	}
	return s.only == nil || slices.Contains(s.only, method)
}

// standardInput is what the name - stands for. Tests replace it.
var standardInput io.Reader = os.Stdin

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	m, err := modelfile.Open(s.model, stderr)
	if err != nil {
		return err
	}
	w := &work{settings: s, model: m, stderr: stderr}
	if len(s.pictures) > 0 {
		if err := pictures.CheckModel("the model", m); err != nil {
			return err
		}
	}
	list, err := pictures.Open(s.pictures, s.megapixels<<20, standardInput, stderr)
	if err != nil {
		return err
	}
	if w.class, err = classIndex(m, "-class", s.class); err != nil {
		return err
	}
	if w.target, err = classIndex(m, "-target", s.target); err != nil {
		return err
	}
	if w.explainer, err = explain.New(m, s.workers); err != nil {
		return err
	}
	defer w.explainer.Close()
	if err := w.checkLayers(); err != nil {
		return err
	}
	if err := w.readPictures(ctx, list); err != nil {
		return err
	}
	if len(w.sources) == 0 && len(s.test) == 0 {
		return list.Unreadable()
	}
	if err := w.loadData(ctx); err != nil {
		return err
	}
	if err := w.addTestImages(); err != nil {
		return err
	}
	var all []explanation
	for _, in := range w.sources {
		x, err := w.explain(ctx, in)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%s: %s\n", in.name, x.Answer)
		for _, note := range x.Notes {
			fmt.Fprintf(stderr, "%s: %s\n", in.name, note)
		}
		all = append(all, x)
	}
	if ext := strings.ToLower(filepath.Ext(s.out)); ext == ".html" || ext == ".htm" {
		err = writePage(s.out, m, all)
	} else {
		err = writePictures(s.out, all)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "wrote %s\n", s.out)
	return list.Unreadable()
}

// classIndex returns the index of a class that a flag names, or [explain.Predicted] for "".
func classIndex(m *model.Model, flag, name string) (int, error) {
	if name == "" {
		return explain.Predicted, nil
	}
	if i := slices.Index(m.Classes, name); i >= 0 {
		return i, nil
	}
	return 0, cli.Usagef("%s: the model has no class %q; it has %s", flag, name, strings.Join(m.Classes, ", "))
}

// loadData loads the data set, if a flag needs it.
func (w *work) loadData(ctx context.Context) error {
	if !w.wants("similar") && len(w.settings.test) == 0 {
		return nil
	}
	name := w.settings.dataset
	if name == "" {
		name = mnist.Default
	}
	training, test, err := mnist.Load(ctx, mnist.Options{
		Name: name, Dir: w.settings.data, Offline: w.settings.offline,
		Logf: func(format string, args ...any) { fmt.Fprintf(w.stderr, format+"\n", args...) },
	})
	if err != nil {
		return err
	}
	for _, set := range []*data.Set{training, test} {
		if set.Height() != w.model.Height || set.Width() != w.model.Width {
			return fmt.Errorf("the images of %s have %dx%d pixels, the model expects %dx%d", name, set.Height(), set.Width(), w.model.Height, w.model.Width)
		}
	}
	w.training, w.test = training, test
	return nil
}
