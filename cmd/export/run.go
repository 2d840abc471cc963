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
	"inkstone/internal/atomicfile"
	"inkstone/model"
	"inkstone/train/runfolder"
)

const usage = `
Write a trained model in the format of another program.

  go run ./cmd/export -model runs/RUN -out digits.onnx               an ONNX file, for ONNX Runtime and others
  go run ./cmd/export -model runs/RUN -out digits.onnx -normalize    it takes pixels from 0 to 255
  go run ./cmd/export -model runs/RUN -out digits.onnx -int8         it computes with 8-bit integers
  go run ./cmd/export -model runs/RUN -out digits.go                 a Go file without dependencies, with Predict
  go run ./cmd/export -model runs/RUN -out digits.c                  the same in C`

type settings struct {
	model, format, out string
	name               string // of the package or the functions
	int8, offline      bool
	data, images       string
	calibration        int // number of images
	onnx               model.ONNXOptions
}

// formats are the values of -format, with a function that writes the model.
var formats = []struct {
	name  string
	write func(s *settings, m *model.Model, w io.Writer) error
}{
	{"onnx", func(s *settings, m *model.Model, w io.Writer) error { return m.WriteONNX(w, s.onnx) }},
	{"go", func(s *settings, m *model.Model, w io.Writer) error { return m.WriteGo(w, s.name) }},
	{"c", func(s *settings, m *model.Model, w io.Writer) error { return m.WriteC(w, s.name) }},
	{"npz", func(_ *settings, m *model.Model, w io.Writer) error { return m.WriteNPZ(w) }},
	{"safetensors", func(_ *settings, m *model.Model, w io.Writer) error { return m.Write(w) }},
}

// formatNames returns the names of the formats.
func formatNames() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("export", flag.ContinueOnError)
	fs.StringVar(&s.model, "model", "", "model `file`, or the run folder that contains it")
	fs.StringVar(&s.format, "format", "", "`format` to write: "+strings.Join(formatNames(), ", ")+"; by default the ending of -out")
	fs.StringVar(&s.out, "out", "", "`file` to write; an existing one is replaced")
	fs.BoolVar(&s.int8, "int8", false, "write the ONNX file with 8-bit integers, and print the accuracy before and after; implies -fold")
	fs.StringVar(&s.data, "data", "", "`folder` with the data set of the model, for -int8; by default INKSTONE_DATA, then the cache, then a download")
	fs.StringVar(&s.images, "images", "", "`folder` of pictures for -int8, with a subfolder for each class; by default the one that the run of the model used, if it used one")
	fs.IntVar(&s.calibration, "calibration", 1024, "`number` of training images that -int8 measures values on")
	fs.BoolVar(&s.offline, "offline", false, "never download files")
	fs.StringVar(&s.name, "name", "", "`name` of the Go package, or prefix of the C functions; by default that of -out")
	fs.IntVar(&s.onnx.Opset, "opset", 13, "`version` of ONNX's operators, 13 to 17")
	fs.BoolVar(&s.onnx.Normalize, "normalize", false, "let the ONNX file take pixels from 0 to 255 and normalize them itself")
	fs.BoolVar(&s.onnx.Fold, "fold", false, "fold batch normalization into the layers before it and leave out dropout")
	fs.StringVar(&s.onnx.License, "license", "", "`license` of the model, for the metadata of the ONNX file")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	if s.format == "" {
		s.format = strings.TrimPrefix(filepath.Ext(s.out), ".")
	}
	if s.name == "" {
		s.name = identifier(s.out)
	}
	return &s, cli.Check(
		cli.Rule{Holds: fs.NArg() == 0, Else: fmt.Sprintf("unexpected argument %q", fs.Arg(0))},
		cli.Rule{Holds: s.model != "", Else: "-model is missing: name a model file or a run folder"},
		cli.Rule{Holds: s.out != "", Else: "-out is missing: name the file to write"},
		cli.Rule{Holds: slices.Contains(formatNames(), s.format), Else: fmt.Sprintf("-format is %q, want one of %s", s.format, strings.Join(formatNames(), ", "))},
		cli.Rule{Holds: !s.int8 || s.format == "onnx", Else: fmt.Sprintf("-int8 is for ONNX files, -format is %s", s.format)},
		cli.Rule{Holds: s.data == "" || s.images == "", Else: "-data and -images exclude each other"},
		cli.Rule{Holds: s.calibration >= 1, Else: fmt.Sprintf("-calibration is %d, want at least 1", s.calibration)},
		cli.Rule{Holds: s.onnx.Opset >= 13 && s.onnx.Opset <= 17, Else: fmt.Sprintf("-opset is %d, want 13 to 17", s.onnx.Opset)},
	)
}

// identifier returns the base name of a file as a name in Go and C.
func identifier(path string) string {
	base, _, _ := strings.Cut(filepath.Base(path), ".")
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(base))
	if name == "" || name[0] < 'a' {
		name = "net" + name
	}
	return name
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	m, err := model.Load(runfolder.ModelPath(s.model))
	if err != nil {
		return err
	}
	if s.int8 {
		return exportInt8(ctx, s, m, stdout, stderr)
	}
	i := slices.Index(formatNames(), s.format)
	if err := atomicfile.Write(s.out, func(w io.Writer) error { return formats[i].write(s, m, w) }); err != nil {
		return err
	}
	return printSize(s, m, stdout)
}

// printSize prints what was written.
func printSize(s *settings, m *model.Model, stdout io.Writer) error {
	info, err := os.Stat(s.out)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s: %s, %d bytes\n", s.out, m, info.Size())
	return nil
}
