package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/internal/modelfile"
	"inkstone/cmd/internal/rasterize"
	"inkstone/graph"
	"inkstone/graph/diagram"
	"inkstone/internal/atomicfile"
	"inkstone/model"
)

const usage = `
Draw the expression graph of a network: its layers, and the gradients that flow back through them.

  go run ./cmd/graph -model resnet -out resnet.svg      the network of a preset, as SVG, PNG or DOT by the extension
  go run ./cmd/graph -model runs/NAME -out run.png      the network of a run, or of a model file
  go run ./cmd/graph -model cnn -unfold -out cnn.svg    every node of the graph
  go run ./cmd/graph -model cnn -freeze 'conv*'         what freezing removes from the backward pass

A row is a layer with its parameters. The rows of a box follow each other; a dashed box has their
gradients. A frame has the layers of a block, whose names begin alike.`

type settings struct {
	model, out string
	unfold     bool
	evaluation bool
	unfused    bool
	batch      int
	freeze     string
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("graph", flag.ContinueOnError)
	fs.StringVar(&s.model, "model", model.DefaultPreset, "`name` of a preset, a run folder or a model file")
	fs.StringVar(&s.out, "out", "graph.svg", "`file` to write: .svg, .png or .dot")
	fs.BoolVar(&s.unfold, "unfold", false, "draw every node of the graph in a box of its own")
	fs.BoolVar(&s.evaluation, "evaluation", false, "draw the graph of evaluation, which has no loss and no gradients")
	fs.BoolVar(&s.unfused, "unfused", false, "compute every layer on its own")
	fs.IntVar(&s.batch, "batch", 64, "`number` of images in a batch")
	fs.StringVar(&s.freeze, "freeze", "", "`patterns` of parameters to freeze, separated by commas, as in conv*,!conv2*")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	return &s, cli.Check(
		cli.Rule{Holds: fs.NArg() == 0, Else: fmt.Sprintf("unexpected argument %q: name the network with -model", fs.Arg(0))},
		cli.Rule{Holds: formats[strings.ToLower(filepath.Ext(s.out))] != nil, Else: fmt.Sprintf("-out is %q, want a file that ends in .svg, .png or .dot", s.out)},
		cli.Rule{Holds: s.batch >= 1 && s.batch <= 1<<20, Else: fmt.Sprintf("-batch is %d, want 1 to %d", s.batch, 1<<20)},
	)
}

// pngScale is the number of pixels of a PNG picture for each unit of the drawing.
const pngScale = 2

// formats write a drawing, by the extension of the file.
var formats = map[string]func(d *diagram.Diagram, w io.Writer) error{
	".svg": func(d *diagram.Diagram, w io.Writer) error { _, err := w.Write(d.SVG()); return err },
	".dot": func(d *diagram.Diagram, w io.Writer) error { _, err := io.WriteString(w, d.DOT()); return err },
	".png": func(d *diagram.Diagram, w io.Writer) error {
		img, err := rasterize.Paint(string(d.SVG()), pngScale)
		if err != nil {
			return err
		}
		return png.Encode(w, img)
	},
}

func run(_ context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	m, err := s.open(stderr)
	if err != nil {
		return err
	}
	if s.freeze != "" {
		if err := m.Freeze(strings.Split(s.freeze, ",")...); err != nil {
			return err
		}
	}
	d, err := s.draw(m)
	if err != nil {
		return err
	}
	write := formats[strings.ToLower(filepath.Ext(s.out))]
	if err := atomicfile.Write(s.out, func(w io.Writer) error { return write(d, w) }); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "wrote %s: %s\n", s.out, m)
	return nil
}

// open returns the model of a preset, a run or a file.
func (s *settings) open(stderr io.Writer) (*model.Model, error) {
	m, err := model.New(model.Spec{Preset: s.model})
	if !errors.Is(err, model.ErrUnknownPreset) {
		return m, err
	}
	if _, statErr := os.Stat(s.model); statErr != nil {
		return nil, fmt.Errorf("-model: there is no file and no folder of that name, and %w", err)
	}
	return modelfile.Open(s.model, stderr)
}

// draw declares and compiles the graph and draws it.
func (s *settings) draw(m *model.Model) (*diagram.Diagram, error) {
	cfg := m.Config(s.batch, 1)
	cfg.KeepValues = s.unfused
	if s.evaluation {
		e, err := graph.NewEvaluation(m.Params, m.Net(), cfg)
		if err != nil {
			return nil, err
		}
		defer e.Close()
		return s.diagram(e.Builder(), e.LogitsNode()), nil
	}
	t, err := graph.NewTraining(m.Params, m.Net(), cfg)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return s.diagram(t.Builder(), t.Loss()), nil
}

func (s *settings) diagram(b *graph.Builder, root *graph.Node) *diagram.Diagram {
	if s.unfold {
		return diagram.Graph(root)
	}
	return diagram.Folded(b, root)
}
