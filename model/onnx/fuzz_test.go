package onnx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"inkstone/graph"
)

// addFiles adds the files of testdata and small exported networks to a corpus.
func addFiles(f *testing.F) {
	for _, net := range []graph.Net{
		func(b *graph.Builder, x *graph.Node) *graph.Node {
			x = b.SqueezeExcite("se", b.GELU(b.BatchNorm("bn", b.Conv("conv", x, 4, 3, graph.Stride(2)))), 2)
			return b.Dense("fc", b.Flatten(b.MaxPool(x, 2)), 3)
		},
		func(b *graph.Builder, x *graph.Node) *graph.Node {
			x = b.Scale("scale", b.SiLU(b.Conv("conv", x, 2, 3)))
			y := b.Mul(x, b.Param("pixels", graph.Ones, 1, 4, 4, 1))
			x = b.Concat(b.Mean(x, 1, 2), b.Max(y, 2, 1), b.Flatten(b.Add(x, y)))
			return b.Dense("fc", b.Dropout(x, 0.5), 3)
		},
	} {
		p, err := graph.NewForward(graph.NewParams(1), net, graph.Config{Height: 6, Width: 6, Channels: 1, Classes: 3})
		if err != nil {
			f.Fatal(err)
		}
		file, err := Export(p, Options{Scale: 0.5, Metadata: []Entry{{"a", "b"}}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file.marshal())
	}
	f.Add(folded().marshal())
	f.Add(padded(13, Node{Inputs: []string{"pads"}}, Node{Op: "AveragePool", Attributes: []Attribute{intsAttribute("kernel_shape", 3, 3)}}, Ints("pads", 0, 0, 1, 1, 0, 0, 1, 0)).marshal())
	for _, name := range []string{"relu", "conv_with_autopad_same", "gemm_all_attributes", "reshape_negative_dim"} {
		if content, err := os.ReadFile(filepath.Join(*nodeTests, "test_"+name, "model.onnx")); err == nil {
			f.Add(content)
		}
	}
}

// FuzzParse checks that a file that Parse accepts is written and parsed again as the same bytes.
func FuzzParse(f *testing.F) {
	addFiles(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := Parse(content)
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := file.Write(&first); err != nil {
			t.Fatal(err)
		}
		again, err := Parse(first.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Write(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("the file differs after another round, %v", err)
		}
	})
}

// FuzzImport checks that a network which Import accepts can be declared over its parameters, and
// that its skeleton is the same network.
func FuzzImport(f *testing.F) {
	addFiles(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := Parse(content)
		if err != nil {
			return
		}
		n, err := Import(file, 1<<16)
		if err != nil {
			return
		}
		params := graph.NewParams(1)
		if _, err := graph.Describe(params, n.Net, graph.Config{Height: n.Height, Width: n.Width, Channels: n.Channels, Classes: n.Classes}); err != nil {
			return // such as one class, or an input that is not used
		}
		if err := n.Load(params); err != nil && !errors.Is(err, ErrUnsupported) {
			t.Fatal(err)
		}
		s, err := Import(n.Skeleton(), 1<<16)
		if err != nil {
			t.Fatalf("the skeleton is refused: %v", err)
		}
		again := graph.NewParams(1)
		if _, err := graph.Describe(again, s.Net, graph.Config{Height: n.Height, Width: n.Width, Channels: n.Channels, Classes: n.Classes}); err != nil {
			t.Fatal(err)
		}
		if params.String() != again.String() {
			t.Fatalf("the skeleton has the parameters\n%s, want\n%s", again, params)
		}
	})
}
