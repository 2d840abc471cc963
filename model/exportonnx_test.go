package model

import (
	"bytes"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
)

// TestExportRefuses names the operations that no other format has: those of gorgonia between layers,
// and custom ones.
func TestExportRefuses(t *testing.T) {
	square := graph.Op{
		Forward: func(y *tensor.Dense, in []*tensor.Dense) error {
			for i, v := range in[0].Data().([]float32) {
				y.Data().([]float32)[i] = v * v
			}
			return nil
		},
		Backward: func([]*tensor.Dense, *tensor.Dense, *tensor.Dense, []*tensor.Dense) error { return nil },
	}
	for want, net := range map[string]graph.Net{
		`dense "fc1" reads gorgonia's cube after flatten "flatten1", which is no layer`: func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Dense("fc1", gorgonia.Must(gorgonia.Cube(b.Flatten(x))), b.Classes())
		},
		`the result of the network is gorgonia's neg after dense "fc1", which is no layer`: func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return gorgonia.Must(gorgonia.Neg(b.Dense("fc1", b.Flatten(x), b.Classes())))
		},
		`square "square1"`: func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Dense("fc1", b.Apply("square", square, b.Flatten(x)), b.Classes())
		},
	} {
		m, err := New(Spec{Preset: "fast"})
		if err != nil {
			t.Fatal(err)
		}
		m.net, m.Params = net, graph.NewParams(1)
		var out bytes.Buffer
		for format, err := range map[string]error{
			"ONNX": m.WriteONNX(&out, ONNXOptions{}), "folded ONNX": m.WriteONNX(&out, ONNXOptions{Fold: true}),
			"Go": m.WriteGo(&out, "digits"), "C": m.WriteC(&out, "digits"),
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error is %v, want %q", format, err, want)
			}
		}
		if out.Len() > 0 {
			t.Errorf("%d bytes were written", out.Len())
		}
	}
}
