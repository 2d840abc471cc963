package source

import (
	"bytes"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"inkstone/graph"
)

func network(t *testing.T, name string, net graph.Net) *Network {
	t.Helper()
	f, err := graph.NewForward(graph.NewParams(1), net, graph.Config{Height: 4, Width: 4, Channels: 1, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	return &Network{Name: name, Doc: "a */ network\nof two lines", Forward: f, Classes: []string{`"quoted"`, "砚"}, Scale: 1, Shift: -0.5}
}

func TestRefuses(t *testing.T) {
	custom := graph.Op{
		Forward:  func(y *tensor.Dense, in []*tensor.Dense) error { return nil },
		Backward: func(d []*tensor.Dense, dy, y *tensor.Dense, in []*tensor.Dense) error { return nil },
	}
	for want, n := range map[string]*Network{
		`relu "relu1": a custom operation has no source`: network(t, "net", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Dense("fc", b.Flatten(b.Apply("relu", custom, x)), 2)
		}),
		`the name is "9net"`:   network(t, "9net", func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Dense("fc", b.Flatten(x), 2) }),
		"the network is empty": {Name: "net"},
	} {
		for _, write := range []func(n *Network) error{
			func(n *Network) error { return n.WriteGo(&bytes.Buffer{}) },
			func(n *Network) error { return n.WriteC(&bytes.Buffer{}) },
		} {
			if err := write(n); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want %q", err, want)
			}
		}
	}
}

// TestText checks that texts of the model cannot end a comment or a string, and that only the
// functions that are called are written.
func TestText(t *testing.T) {
	n := network(t, "net", func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Dense("fc", b.Flatten(x), 2) })
	var goFile, cFile bytes.Buffer
	if err := n.WriteGo(&goFile); err != nil { // it formats the file
		t.Fatal(err)
	}
	if err := n.WriteC(&cFile); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`[2]string{"\"quoted\"", "砚"}`, "pixels: a  / network of two lines.", "func dense(", "func softmax("} {
		if !strings.Contains(goFile.String(), want) {
			t.Errorf("the Go file has no %q", want)
		}
	}
	for _, want := range []string{`{"\042quoted\042", "\347\240\232", }`, "a  / network of two lines", "static void dense(", "a[i] = 1.0f * pixels[i] + -0.5f"} {
		if !strings.Contains(cFile.String(), want) {
			t.Errorf("the C file has no %q", want)
		}
	}
	if strings.Contains(goFile.String(), "func conv(") || strings.Contains(cFile.String(), " conv(") {
		t.Error("a file has functions that are not called")
	}
}
