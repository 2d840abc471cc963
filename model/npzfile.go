package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"inkstone/model/npz"
	"inkstone/model/safetensors"
)

// metadataFile is the file of an archive with the metadata of the model, as JSON.
const metadataFile = "inkstone.json"

// WriteNPZ writes the parameters as an archive of NumPy (.npz), with the names, the axis order and
// the metadata of the file that [Model.Save] writes. Equal models give equal bytes.
func (m *Model) WriteNPZ(w io.Writer) error {
	f, err := m.file()
	if err != nil {
		return err
	}
	meta, err := json.MarshalIndent(f.Metadata, "", "  ")
	if err != nil {
		return err
	}
	a := npz.Archive{Arrays: f.Tensors, Texts: map[string]string{metadataFile: string(meta) + "\n"}}
	return a.Write(w)
}

// isNPZ reports whether a content is a zip archive of .npy files.
func isNPZ(content []byte) bool {
	return bytes.HasPrefix(content, []byte("PK\x03\x04")) && bytes.Contains(content, []byte(".npy"))
}

// parseNPZ returns the content of an archive as a model file.
func parseNPZ(content []byte) (*safetensors.File, error) {
	a, err := npz.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	f := &safetensors.File{Tensors: a.Arrays}
	if text, ok := a.Texts[metadataFile]; ok {
		if err := json.Unmarshal([]byte(text), &f.Metadata); err != nil {
			return nil, fmt.Errorf("%w: npz: %s: %w", ErrDamaged, metadataFile, err)
		}
	}
	return f, nil
}
