package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
)

const usage = `
Compare the logits of exported networks with those of PyTorch and ONNX Runtime.

  go run ./cmd/export/agreement -data mnist -modules node_modules`

type settings struct {
	data, python, modules string
	networks              string
	images, trainOn       int
	fold                  bool
	opset                 int
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("agreement", flag.ContinueOnError)
	fs.StringVar(&s.data, "data", "", "`folder` with MNIST; by default INKSTONE_DATA, then the cache, then a download")
	fs.StringVar(&s.python, "python", "python3", "Python `program` with torch and onnx; \"\" leaves PyTorch out")
	fs.StringVar(&s.modules, "modules", "node_modules", "`folder` with onnxruntime-node and onnxruntime-web; \"\" leaves ONNX Runtime out")
	fs.StringVar(&s.networks, "networks", "", "`names` of the networks, separated by commas; by default all")
	fs.IntVar(&s.images, "images", 10000, "compare this `number` of test images")
	fs.IntVar(&s.trainOn, "train", 8000, "train each network on this `number` of images first")
	fs.IntVar(&s.opset, "opset", 13, "`version` of ONNX's operators")
	fs.BoolVar(&s.fold, "fold", false, "fold batch normalization into the layers before it")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	return &s, cli.Check(
		cli.Rule{Holds: fs.NArg() == 0, Else: fmt.Sprintf("unexpected argument %q", fs.Arg(0))},
		cli.Rule{Holds: s.images >= 1 && s.images <= 10000, Else: fmt.Sprintf("-images is %d, want 1 to 10000", s.images)},
		cli.Rule{Holds: s.trainOn >= 1 && s.trainOn <= 60000, Else: fmt.Sprintf("-train is %d, want 1 to 60000", s.trainOn)},
	)
}

// names returns the names of the networks to compare.
func (s *settings) names() []string {
	if s.networks != "" {
		return strings.Split(s.networks, ",")
	}
	var names []string
	for _, p := range model.Presets() {
		names = append(names, p.Name)
	}
	return names
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	training, test, err := mnist.Load(ctx, mnist.Options{Name: "mnist", Dir: s.data, Limit: s.trainOn, TestLimit: s.images})
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "agreement")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var list []*exported
	for _, name := range s.names() {
		fmt.Fprintf(stderr, "training %s\n", name)
		e, err := s.export(ctx, dir, name, training, test)
		if err != nil {
			return err
		}
		list = append(list, e)
	}
	engines, err := findEngines(s, dir)
	if err != nil {
		return err
	}
	images := filepath.Join(dir, "images")
	if err := os.WriteFile(images, floatBytes(inputs(list[0].model, test)), 0o600); err != nil {
		return err
	}
	return compare(ctx, engines, dir, images, list, test, stdout, stderr)
}

// exported is a network with its ONNX file and the logits of the session.
type exported struct {
	model  *model.Model
	file   string
	size   int
	logits []float32
}

// export trains a network, writes its ONNX file and evaluates the test images.
func (s *settings) export(ctx context.Context, dir, name string, training, test *data.Set) (*exported, error) {
	m, err := model.New(model.Spec{Preset: name, Seed: 1})
	if err != nil {
		return nil, err
	}
	cfg := train.Defaults()
	cfg.Epochs = 1
	if _, err := train.Fit(ctx, m, training, nil, cfg); err != nil {
		return nil, err
	}
	e := &exported{model: m, file: filepath.Join(dir, name+".onnx")}
	var content strings.Builder
	if err := m.WriteONNX(&content, model.ONNXOptions{Opset: s.opset, Fold: s.fold}); err != nil {
		return nil, err
	}
	e.size = content.Len()
	if err := os.WriteFile(e.file, []byte(content.String()), 0o600); err != nil {
		return nil, err
	}
	e.logits, err = evaluate(m, test)
	return e, err
}

// evaluate returns the logits of all images.
func evaluate(m *model.Model, set *data.Set) ([]float32, error) {
	const batch = 100
	c, err := m.Classifier(batch, 0)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var logits []float32
	for first := 0; first < set.Len(); first += batch {
		part, err := c.Logits(min(batch, set.Len()-first), func(i int) []byte { return set.Pixels(first + i) })
		if err != nil {
			return nil, err
		}
		logits = append(logits, part...)
	}
	return logits, nil
}

// inputs returns the normalized images.
func inputs(m *model.Model, set *data.Set) []float32 {
	size := m.Height * m.Width
	normalize := m.Normalizer()
	list := make([]float32, set.Len()*size)
	for i := range set.Len() {
		normalize(list[i*size:(i+1)*size], set.Pixels(i))
	}
	return list
}

// difference compares two lists of logits.
type difference struct {
	largest float64 // difference in terms of the larger of 1 and the logit
	other   int     // images with another largest logit, and a lead of more than tolerance
	ties    int     // images with another largest logit within tolerance
}

// tolerance is the largest difference of logits that counts as agreement, in terms of the larger
// of 1 and the logit.
const tolerance = 1e-4

func compareLogits(want, have []float32, classes int) (d difference, err error) {
	if len(want) != len(have) {
		return d, fmt.Errorf("%d logits, want %d", len(have), len(want))
	}
	for i, w := range want {
		scale := max(1, abs(w))
		if gap := abs(have[i]-w) / scale; !(gap <= d.largest) {
			d.largest = gap
		}
	}
	for i := 0; i < len(want); i += classes {
		w, h := want[i:i+classes], have[i:i+classes]
		a, b := largest(w), largest(h)
		switch {
		case a == b:
		case abs(w[a]-w[b]) <= tolerance*max(1, abs(w[a])):
			d.ties++
		default:
			d.other++
		}
	}
	return d, nil
}

func abs(v float32) float64 { return max(float64(v), -float64(v)) }

// largest returns the index of the largest value.
func largest(v []float32) int { return slices.Index(v, slices.Max(v)) }
