// Package modelfile opens the models that commands name: a model file, a run folder, or the
// built-in model if none is named.
package modelfile

import (
	"fmt"
	"io"

	"inkstone/model"
	"inkstone/model/pretrained"
	"inkstone/train/runfolder"
)

// BuiltInName stands for the built-in model in messages.
const BuiltInName = "the built-in model"

// BuiltIn returns the built-in model and says on stderr that it is used.
func BuiltIn(stderr io.Writer) (*model.Model, error) {
	m, err := pretrained.Tiny()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "no -model is given, so the built-in one is used: %s\n", m)
	return m, nil
}

// Open reads a model file or the model of a run folder. The name "" stands for the built-in model.
// It writes the notes of the model to stderr.
func Open(name string, stderr io.Writer) (*model.Model, error) {
	if name == "" {
		return BuiltIn(stderr)
	}
	m, err := model.Load(runfolder.ModelPath(name))
	if err != nil {
		return nil, err
	}
	for _, note := range m.Notes() {
		fmt.Fprintf(stderr, "note: %s: %s\n", name, note)
	}
	return m, nil
}
