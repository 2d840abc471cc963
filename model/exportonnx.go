package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"inkstone/graph"
	"inkstone/model/onnx"
	"inkstone/model/simplify"
)

// Keys of the metadata of ONNX files. The first three are from ONNX's list of properties, and the
// others are those of model files.
const (
	keyLicense = "model_license"
	keyPixels  = "Image.BitmapPixelFormat"
	keyRange   = "Image.NominalPixelRange"

	grayPixels = "Gray8"
	byteRange  = "NominalRange_0_255" // the network normalizes pixels from 0 to 255 itself
)

// ONNXOptions are settings of [Model.WriteONNX]. Fields left at zero take their defaults.
type ONNXOptions struct {
	Opset     int    // version of the operators, 13 to 17; 0 means 13
	Normalize bool   // the network takes pixels from 0 to 255 and normalizes them itself
	Fold      bool   // fold batch normalization into the layers before it, and leave out dropout
	License   string // of the model, for the metadata; "" for none
}

// Forward returns the network as a list of steps, for programs that translate it.
func (m *Model) Forward() (*graph.Forward, error) {
	if err := m.usable("reading the network"); err != nil {
		return nil, err
	}
	return graph.NewForward(m.Params, m.net, m.Config(1, 1))
}

// WriteONNX writes the model as an ONNX file. The input "images" has the shape batch, channels,
// height, width, normalized as by [Model.Normalizer] unless o.Normalize is set, and the output
// "logits" batch, classes. The metadata holds the classes, the normalization, the data set and the
// accuracy. Equal models give equal bytes. The error names the first layer that ONNX cannot express.
func (m *Model) WriteONNX(w io.Writer, o ONNXOptions) error {
	f, err := m.onnxFile(o)
	if err != nil {
		return fmt.Errorf("model %q: %w", m.Preset, err)
	}
	return f.Write(w)
}

func (m *Model) onnxFile(o ONNXOptions) (*onnx.File, error) {
	p, err := m.Forward()
	if err != nil {
		return nil, err
	}
	if o.Fold {
		p = simplify.Fold(p)
	}
	meta, err := m.metadata()
	if err != nil {
		return nil, err
	}
	delete(meta, keyPreset) // the name of the graph
	options := onnx.Options{Name: m.Preset, Opset: o.Opset}
	if m.imported != nil {
		options.Name = m.imported.network.Name()
	}
	meta[keyLicense], meta[keyPixels] = strings.ToValidUTF8(o.License, "\uFFFD"), grayPixels
	if o.Normalize {
		options.Scale, options.Shift = 1/(255*m.Std), -m.Mean/m.Std
		meta[keyRange] = byteRange
	}
	for _, key := range slices.SortedFunc(maps.Keys(meta), cmp.Compare) {
		if meta[key] != "" {
			options.Metadata = append(options.Metadata, onnx.Entry{Key: key, Value: meta[key]})
		}
	}
	return onnx.Export(p, options)
}

// metadata returns what files say about the model besides its parameters.
func (m *Model) metadata() (map[string]string, error) {
	classes, err := json.Marshal(m.Classes)
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal([]int{m.Height, m.Width, m.Channels})
	if err != nil {
		return nil, err
	}
	return map[string]string{
		keyPreset:   m.Preset,
		keyClasses:  string(classes),
		keyInput:    string(input),
		keyMean:     formatFloat(m.Mean),
		keyStd:      formatFloat(m.Std),
		keyDataset:  strings.ToValidUTF8(m.Dataset, "\uFFFD"),
		keyAccuracy: formatFloat(m.Accuracy),
	}, nil
}
