package model

import (
	"errors"
	"fmt"
	"io"
	"math"

	"inkstone/graph"
	"inkstone/model/onnx"
)

// calibrationBatch is the number of images of one evaluation.
const calibrationBatch = 64

// WriteInt8 writes the model as an ONNX file with 8-bit integers, in the form QDQ: weights have a
// scale for each output channel, and values the range that they have on the calibration images,
// height x width pixels each. It folds batch normalization as o.Fold does. Equal models and images
// give equal bytes.
func (m *Model) WriteInt8(w io.Writer, o ONNXOptions, images int, pixels func(i int) []byte) error {
	if images < 1 || pixels == nil {
		return errors.New("calibration: there are no images")
	}
	o.Fold = true
	f, err := m.onnxFile(o)
	if err != nil {
		return fmt.Errorf("model %q: %w", m.Preset, err)
	}
	n, err := onnx.Import(f, 0)
	if err != nil {
		return fmt.Errorf("model %q: %w", m.Preset, err)
	}
	ranges, err := m.calibrate(f, n, images, pixels)
	if err != nil {
		return fmt.Errorf("model %q: calibration: %w", m.Preset, err)
	}
	if f, err = onnx.Quantize(f, ranges); err != nil {
		return fmt.Errorf("model %q: %w", m.Preset, err)
	}
	return f.Write(w)
}

// calibrate returns the ranges of the values of an exported network. The names of values are those of
// the layers of the imported network.
func (m *Model) calibrate(f *onnx.File, n *onnx.Network, images int, pixels func(i int) []byte) (map[string]onnx.Range, error) {
	ranges := map[string]onnx.Range{}
	var layers []string
	for _, name := range onnx.QuantizedValues(f) {
		if name == f.Graph.Inputs[0].Name || name == "normalize" {
			ranges[name] = onnx.Range{Min: float32(-m.Mean / m.Std), Max: float32((1 - m.Mean) / m.Std)}
		} else {
			layers = append(layers, name)
			ranges[name] = onnx.Range{Min: float32(math.Inf(1)), Max: float32(math.Inf(-1))}
		}
	}
	params := graph.NewParams(0)
	a, err := graph.NewActivations(params, n.Net, m.Config(calibrationBatch, 0), layers...)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if err := n.Load(params); err != nil {
		return nil, err
	}
	input, normalize, size := a.Input().Data().([]float32), m.Normalizer(), m.Height*m.Width
	for first := 0; first < images; first += calibrationBatch {
		for k := range calibrationBatch {
			normalize(input[k*size:(k+1)*size], pixels(min(first+k, images-1)))
		}
		if err := a.Run(); err != nil {
			return nil, err
		}
		for k, out := range a.Outputs() {
			r := ranges[layers[k]]
			for _, v := range out.Data().([]float32) {
				r.Min, r.Max = min(r.Min, v), max(r.Max, v)
			}
			ranges[layers[k]] = r
		}
	}
	return ranges, nil
}
