package onnx

import (
	"bytes"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"inkstone/graph"
)

func forward(t *testing.T, net graph.Net) *graph.Forward {
	t.Helper()
	f, err := graph.NewForward(graph.NewParams(1), net, graph.Config{Height: 6, Width: 6, Channels: 1, Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestExportRefuses(t *testing.T) {
	identity := graph.Op{
		Forward: func(y *tensor.Dense, in []*tensor.Dense) error {
			copy(y.Data().([]float32), in[0].Data().([]float32))
			return nil
		},
		Backward: func(d []*tensor.Dense, dy, y *tensor.Dense, in []*tensor.Dense) error { return nil },
	}
	custom := forward(t, func(b *graph.Builder, x *graph.Node) *graph.Node {
		return b.Dense("fc", b.Flatten(b.Apply("relu", identity, x)), b.Classes())
	})
	mixed := forward(t, func(b *graph.Builder, x *graph.Node) *graph.Node {
		x = b.Flatten(b.Conv("conv", x, 2, 3))
		return b.Dense("fc", b.Add(x, b.Dense("other", x, 32)), b.Classes())
	})
	for _, tc := range []struct {
		p    *graph.Forward
		o    Options
		want string
	}{
		{custom, Options{}, `relu "relu1": a custom operation has no ONNX form`},
		{mixed, Options{}, `add "add1": it combines flattened images with rows whose units have another order`},
		{mixed, Options{Opset: 18}, "opset 18, want 13 to 17"},
		{&graph.Forward{}, Options{}, "the network is empty"},
		{nil, Options{}, "the network is empty"},
	} {
		if _, err := Export(tc.p, tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want %q", err, tc.want)
		}
	}
}

// TestExportNames exports a network whose layers have the names of other values.
func TestExportNames(t *testing.T) {
	f, err := Export(forward(t, func(b *graph.Builder, x *graph.Node) *graph.Node {
		x = b.GELU(b.Conv("images", x, 2, 3))
		x = b.GELU(b.Conv("conv.weight", b.Conv("conv", x, 2, 1), 2, 1))
		x = b.Mul(x, b.Param("constant.half", graph.Ones, 1, 4, 4, 2))
		return b.Dense("logits", b.Flatten(x), b.Classes())
	}), Options{Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{"images": true}
	for _, x := range f.Graph.Initializers {
		if names[x.Name] {
			t.Errorf("two values are named %q", x.Name)
		}
		names[x.Name] = true
	}
	for _, n := range f.Graph.Nodes {
		for _, in := range n.Inputs {
			if !names[in] {
				t.Errorf("%s reads %q, which is not computed before", &n, in)
			}
		}
		if out := n.Outputs[0]; names[out] {
			t.Errorf("two values are named %q", out)
		} else {
			names[out] = true
		}
	}
	var first, second bytes.Buffer
	if err := f.Write(&first); err != nil {
		t.Fatal(err)
	}
	n, err := Import(f, 0)
	if err != nil || n.Scale != 2 {
		t.Fatalf("scale %v, %v", n, err)
	}
	params := graph.NewParams(9)
	p, err := graph.NewForward(params, n.Net, graph.Config{Height: 6, Width: 6, Channels: 1, Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Load(params); err != nil {
		t.Fatal(err)
	}
	if f, err = Export(p, Options{Scale: 2}); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the file of the imported network differs, %v", err)
	}
}
