package main

import (
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"inkstone/internal/table"
	"inkstone/train/data"
)

//go:embed ort.mjs
var ortScript []byte

//go:embed torchrun.py
var torchScript []byte

// engine is a program that evaluates ONNX files.
type engine struct {
	name    string
	command []string // before the file of the images
}

// findEngines returns the engines that the settings name. It writes their scripts to dir.
func findEngines(s *settings, dir string) ([]engine, error) {
	var list []engine
	if s.python != "" {
		script := filepath.Join(dir, "torchrun.py")
		if err := os.WriteFile(script, torchScript, 0o600); err != nil {
			return nil, err
		}
		list = append(list, engine{"PyTorch", []string{s.python, script, "logits"}})
	}
	if s.modules != "" {
		script := filepath.Join(dir, "ort.mjs")
		if err := os.WriteFile(script, ortScript, 0o600); err != nil {
			return nil, err
		}
		for _, name := range []string{"onnxruntime-node", "onnxruntime-web"} {
			path, err := filepath.Abs(filepath.Join(s.modules, name))
			if err != nil {
				return nil, err
			}
			list = append(list, engine{name, []string{"node", script, path}})
		}
	}
	return list, nil
}

// evaluate returns the logits of each network.
func (e engine) evaluate(ctx context.Context, dir, images string, list []*exported) ([][]float32, error) {
	m := list[0].model
	args := append(e.command[1:], images, strconv.Itoa(m.Height), strconv.Itoa(m.Width))
	var outs []string
	for i, x := range list {
		out := filepath.Join(dir, fmt.Sprintf("%s-%d", e.name, i))
		outs = append(outs, out)
		args = append(args, x.file, out)
	}
	if text, err := exec.CommandContext(ctx, e.command[0], args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", e.name, err, text)
	}
	var logits [][]float32
	for _, out := range outs {
		content, err := os.ReadFile(out)
		if err != nil {
			return nil, err
		}
		logits = append(logits, floats(content))
	}
	return logits, nil
}

// compare prints a table with a row for each network.
func compare(ctx context.Context, engines []engine, dir, images string, list []*exported, test *data.Set, stdout, stderr io.Writer) error {
	results := make([][]difference, len(list))
	for _, e := range engines {
		fmt.Fprintf(stderr, "running %s\n", e.name)
		logits, err := e.evaluate(ctx, dir, images, list)
		if err != nil {
			return err
		}
		for i, x := range list {
			d, err := compareLogits(x.logits, logits[i], len(x.model.Classes))
			if err != nil {
				return fmt.Errorf("%s: %s: %w", e.name, x.model.Preset, err)
			}
			results[i] = append(results[i], d)
		}
	}
	head := []string{"network", "bytes", "accuracy"}
	for _, e := range engines {
		head = append(head, e.name, "other digits")
	}
	t := &table.Table{Columns: table.Columns(1, head...)}
	failed := ""
	for i, x := range list {
		row := []string{x.model.Preset, strconv.Itoa(x.size), fmt.Sprintf("%.2f %%", 100*accuracy(x, test))}
		for k, d := range results[i] {
			row = append(row, fmt.Sprintf("%.1e", d.largest), strconv.Itoa(d.other))
			if d.largest > tolerance || d.other > 0 {
				failed = fmt.Sprintf("%s of %s", engines[k].name, x.model.Preset)
			}
		}
		t.Add(row...)
	}
	fmt.Fprintln(stdout, t)
	if failed != "" {
		return fmt.Errorf("the logits do not agree: %s", failed)
	}
	return nil
}

// accuracy returns the share of the images whose largest logit is that of their class.
func accuracy(x *exported, set *data.Set) float64 {
	n, right := len(x.model.Classes), 0
	for i := range set.Len() {
		if largest(x.logits[i*n:(i+1)*n]) == set.Label(i) {
			right++
		}
	}
	return float64(right) / float64(set.Len())
}

// floatBytes returns float32 numbers as bytes, little-endian.
func floatBytes(v []float32) []byte {
	list := make([]byte, 0, 4*len(v))
	for _, x := range v {
		list = binary.LittleEndian.AppendUint32(list, math.Float32bits(x))
	}
	return list
}

// floats is the inverse of floatBytes.
func floats(b []byte) []float32 {
	list := make([]float32, len(b)/4)
	for i := range list {
		list[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return list
}
