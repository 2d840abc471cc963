package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"inkstone/model/safetensors"
)

// checksum returns the SHA-256 of a file's metadata, except keySum, in the order of the keys,
// and of its tensors in their order: names, types, shapes and elements. Each text and each list
// of bytes follows its length, a uint64.
func checksum(f *safetensors.File) string {
	h := sha256.New()
	number := func(n int) { h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n))) }
	field := func(b []byte) {
		number(len(b))
		h.Write(b)
	}
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		if key != keySum {
			field([]byte(key))
			field([]byte(f.Metadata[key]))
		}
	}
	for _, t := range f.Tensors {
		field([]byte(t.Name))
		field([]byte(t.DType))
		number(len(t.Shape))
		for _, d := range t.Shape {
			number(d)
		}
		field(t.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// verify returns an error that wraps ErrDamaged if the file has a checksum and other content
// than was written with it.
func verify(f *safetensors.File) error {
	if sum, ok := f.Metadata[keySum]; ok && sum != checksum(f) {
		return fmt.Errorf("%w: the content does not have the checksum that was written with it; a program that changes the file must remove %s from the metadata", ErrDamaged, keySum)
	}
	return nil
}

// hasChecksum reports whether the file has a checksum.
func hasChecksum(f *safetensors.File) bool {
	_, ok := f.Metadata[keySum]
	return ok
}

// Notes returns what users of the model should know, a line each: that the file that it was
// loaded from has no checksum, and why a PyTorch module with the same layers may compute other
// values (see [graph.Params.NotPortable]). It returns nil for most models.
func (m *Model) Notes() []string {
	var notes []string
	if m.unchecked {
		notes = append(notes, "the model file has no checksum, so damage to it would not be noticed; a file that is saved now has one")
	}
	if m.imported != nil && m.imported.assumed != "" {
		notes = append(notes, m.imported.assumed)
	}
	for _, line := range m.Params.NotPortable() {
		notes = append(notes, "the model file is for Inkstone only, other programs may compute other values from it: "+line)
	}
	return notes
}
