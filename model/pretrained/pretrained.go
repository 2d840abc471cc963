// Package pretrained holds a trained model, so that commands and programs have one before any
// training. README.md says how it was trained.
package pretrained

import (
	_ "embed"
	"fmt"

	"inkstone/model"
)

//go:embed tiny.safetensors
var tiny []byte

// Tiny returns a new copy of the trained model of the preset tiny. It reads the digits of MNIST,
// and of photographs that package picture has brought to MNIST's form.
func Tiny() (*model.Model, error) {
	m, err := model.Parse(tiny)
	if err != nil {
		return nil, fmt.Errorf("the built-in model: %w", err)
	}
	return m, nil
}
