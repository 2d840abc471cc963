// Package peers measures the networks in other programs on this machine: in PyTorch and in
// ONNX Runtime. It runs the scripts pytorch.py and onnxruntime.mjs as processes.
package peers

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"inkstone/train/data"
)

// Options says where the other programs are.
type Options struct {
	Python  string // the Python that has PyTorch; "" tries python3 and /usr/bin/python3
	Modules string // the folder in or above which the folder node_modules of Node.js lies, or that folder itself
}

// Job is a measurement of one network.
type Job struct {
	Model        string // a preset
	Parameters   int    // the number of its trainable parameters; a network with another number is an error
	Threads      int
	Batch        int     // images in a training step
	ForwardBatch int     // images in a large forward pass
	Seconds      float64 // to measure training; forward passes take a fraction of that
}

// Figures are the speeds that a peer reached in a job.
type Figures struct {
	TrainImagesPerSecond   float64 `json:"train_images_per_second,omitempty"` // 0 for a peer that does not train
	ForwardImagesPerSecond float64 `json:"forward_images_per_second"`
	ForwardOneSeconds      float64 `json:"forward_one_seconds"`
}

// Peer is a program to compare with.
type Peer struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Missing string `json:"missing,omitempty"` // why the program cannot be measured; "" if it can
	Warning string `json:"warning,omitempty"` // what makes its figures worse than they could be
	Trains  bool   `json:"trains"`            // whether it trains too

	measure func(ctx context.Context, j Job) (*Figures, error)
}

// Measure runs a job in a process of its own.
func (p *Peer) Measure(ctx context.Context, j Job) (*Figures, error) {
	if p.Missing != "" {
		return nil, fmt.Errorf("%s is missing: %s", p.Name, p.Missing)
	}
	f, err := p.measure(ctx, j)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	if !(f.ForwardImagesPerSecond > 0 && f.ForwardOneSeconds > 0) || p.Trains != (f.TrainImagesPerSecond > 0) {
		return nil, fmt.Errorf("%s: the script printed the figures %+v, want positive ones", p.Name, *f)
	}
	return f, nil
}

//go:embed pytorch.py
var pytorchScript []byte

//go:embed onnxruntime.mjs
var onnxRuntimeScript []byte

// Folder is a temporary folder with the scripts and what they read.
type Folder struct {
	path  string
	Peers []*Peer // PyTorch and ONNX Runtime
}

// Open creates the folder and looks for the other programs. Close removes it. The programs
// train on the images of the set.
func Open(ctx context.Context, o Options, set *data.Set) (*Folder, error) {
	path, err := os.MkdirTemp("", "inkstone-peers-")
	if err != nil {
		return nil, err
	}
	f := &Folder{path: path}
	if err := f.fill(set); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	torch := f.findPyTorch(ctx, o.Python)
	f.Peers = []*Peer{torch.peer(), f.findONNXRuntime(ctx, o.Modules, torch)}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close removes the folder.
func (f *Folder) Close() error { return os.RemoveAll(f.path) }

func (f *Folder) file(name string) string { return filepath.Join(f.path, name) }

// fill writes the scripts, and the images and the labels of the set, a byte for each pixel and
// for each label.
func (f *Folder) fill(set *data.Set) error {
	var images, labels []byte
	for i := range set.Len() {
		images = append(images, set.Pixels(i)...)
		labels = append(labels, byte(set.Label(i)))
	}
	for name, content := range map[string][]byte{
		"pytorch.py": pytorchScript, "onnxruntime.mjs": onnxRuntimeScript, "images": images, "labels": labels,
	} {
		if err := os.WriteFile(f.file(name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// call runs a program and decodes the JSON object that it prints. Its error ends with the last
// line that the program wrote to standard error.
func call(ctx context.Context, result any, environ []string, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), environ...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if line := errorLine(stderr.String()); line != "" {
			return fmt.Errorf("%s: %s", filepath.Base(program), line)
		}
		return err // names the program if it was not found
	}
	if err := json.Unmarshal(stdout.Bytes(), result); err != nil {
		return fmt.Errorf("%s printed %.100q, want a JSON object: %w", filepath.Base(program), stdout.String(), err)
	}
	return nil
}

// errorLine returns the line of a Python or JavaScript error that says what is wrong: the last
// one that looks like "NameOfError: text", or else the last one.
func errorLine(text string) string {
	var last, named string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		last = line
		if name, _, ok := strings.Cut(line, ": "); ok && strings.HasSuffix(name, "Error") && !strings.Contains(name, " ") {
			named = line
		}
	}
	if named != "" {
		return named
	}
	return last
}
