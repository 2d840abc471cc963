package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/runfolder"
)

// splitNames returns the names in a list with commas between them. The name of a file or
// folder that exists may contain commas itself.
func splitNames(list string) []string {
	var names []string
	for parts := strings.Split(list, ","); len(parts) > 0; {
		n := len(parts)
		for ; n > 1; n-- {
			if _, err := os.Stat(strings.Join(parts[:n], ",")); err == nil {
				break
			}
		}
		names, parts = append(names, strings.Join(parts[:n], ",")), parts[n:]
	}
	return names
}

// source says how to read a model file that Inkstone did not write. Such a file names
// neither its network nor its classes.
type source struct {
	preset    string
	classes   []string // nil for the digits
	mean, std float64  // of the pixels that the network was trained on
}

// loadModels reads model files. It returns an error if two cannot form an ensemble.
func loadModels(files []string, from source, stderr io.Writer) ([]*model.Model, error) {
	var models []*model.Model
	for i, file := range files {
		if slices.Contains(files[:i], file) {
			return nil, cli.Usagef("-model: %s occurs twice", file)
		}
		m, err := from.load(file, stderr)
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

// load reads a model file of Inkstone, or one of another program if the preset is given.
func (from source) load(file string, stderr io.Writer) (*model.Model, error) {
	file = runfolder.ModelPath(file)
	m, err := model.Load(file)
	switch {
	case err == nil && from.preset != "" && m.Preset != from.preset:
		return nil, fmt.Errorf("model file %s: it holds the network %q, -preset is %q", file, m.Preset, from.preset)
	case err == nil && from.classes != nil && !slices.Equal(m.Classes, from.classes):
		return nil, fmt.Errorf("model file %s: its classes are %s, -classes is %s", file, strings.Join(m.Classes, ","), strings.Join(from.classes, ","))
	case errors.Is(err, model.ErrNotModel) && from.preset == "":
		return nil, fmt.Errorf("%w; if it holds one of Inkstone's networks, name the network with -preset", err)
	case !errors.Is(err, model.ErrNotModel):
		return m, err
	}
	start := model.Start{Path: file, Preset: from.preset, Classes: from.classes, Mean: from.mean, Std: from.std}
	if start.Classes == nil {
		start.Classes = model.Digits()
	}
	m, transfer, err := start.Load()
	if err != nil {
		return nil, err
	}
	if !transfer.HeadKept {
		_, why, _ := strings.Cut(transfer.Head, "): ")
		return nil, fmt.Errorf("model file %s: %w %q: %s; -classes names the classes", file, model.ErrMismatch, m.Preset, why)
	}
	fmt.Fprintf(stderr, "%s does not name its classes and its pixels: read as %s, with the classes %s, on images of %dx%d with the mean %g and the deviation %g\n",
		file, m.Preset, strings.Join(m.Classes, ","), m.Height, m.Width, m.Mean, m.Std)
	if transfer.Prefix != "" {
		fmt.Fprintf(stderr, "%s: the prefix %s was removed from the names of its tensors\n", file, transfer.Prefix)
	}
	return m, nil
}
