// Command inspect prints what files with the parameters of networks hold: model files and
// checkpoints of Inkstone, safetensors files of other programs, ONNX files and archives of NumPy.
//
//	go run ./cmd/inspect FILE...
package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train/runfolder"
)

const usage = `
Print what files with the parameters of networks hold: layers, shapes, statistics, metadata, and
which network they fit.

  go run ./cmd/inspect FILE...    safetensors, ONNX, .npz, a checkpoint, or a run folder`

func main() { cli.Main("inspect", run) }

func run(_ context.Context, args []string, stdout, _ io.Writer) error {
	fs := flag.NewFlagSet("inspect", flag.ContinueOnError)
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return cli.Usagef("no file is named")
	}
	for i, path := range fs.Args() {
		x, err := model.Inspect(runfolder.ModelPath(path))
		if err != nil {
			return err
		}
		if fs.NArg() > 1 {
			if i > 0 {
				fmt.Fprintln(stdout)
			}
			fmt.Fprintf(stdout, "%s\n", path)
		}
		fmt.Fprint(stdout, x)
	}
	return nil
}
