// Package report draws pictures of training runs: the curves of a history, the heat map of a
// confusion matrix, and the curve of a search for the learning rate. Each picture is an
// [image.Image], which a notebook displays and [WritePNG] writes to a file.
//
// It is the only package that links the plotting library, gonum.org/v1/plot. So a program that
// does not draw, such as one for WebAssembly, stays small.
package report

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"inkstone/internal/atomicfile"
)

// WritePNG writes a picture to a PNG file, completely or not at all.
func WritePNG(path string, img image.Image) error {
	if img == nil {
		return fmt.Errorf("writing %s: the image is nil", path)
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return atomicfile.Write(path, func(w io.Writer) error { return encoder.Encode(w, img) })
}
