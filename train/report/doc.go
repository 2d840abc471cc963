// Package report draws training runs: the curves of a history, the heat map of a
// confusion matrix, and the curve of a search for the learning rate. Each drawing is an
// [image.Image], which a notebook shows and [WritePNG] writes to a file.
//
// It is the only package that links the plotting library, gonum.org/v1/plot. A program
// that does not draw runs, such as one compiled to WebAssembly, stays small without it.
package report

import (
	"image"
	"image/png"
	"io"

	"inkstone/internal/atomicfile"
)

// WritePNG writes a picture to a file, whole or not at all.
func WritePNG(path string, img image.Image) error {
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, img) })
}
