package diagram_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/diagram"
)

// branching has two paths from relu1 to add1, so that an edge crosses rows.
func branching(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.Conv("conv1", x, 4, 3))
	y := b.BatchNorm("bn", b.Conv("conv2", x, 4, 3, graph.Same))
	return b.Dense("out", b.Flatten(b.Add(x, y)), b.Classes())
}

func ExampleLayers() {
	layers, err := graph.Describe(graph.NewParams(1), branching, graph.Config{Height: 8, Width: 8, Channels: 1, Classes: 10})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(diagram.Layers(layers)) // SVG is the picture
	// Output:
	// images: 8 × 8 × 1
	// conv1: 6 × 6 × 4, 40 parameters <- images
	// relu1: 6 × 6 × 4 <- conv1
	// conv2: 6 × 6 × 4, 148 parameters <- relu1
	// bn (batchnorm): 6 × 6 × 4, 8 parameters <- conv2
	// add1: 6 × 6 × 4 <- relu1, bn (batchnorm)
	// flatten1: 144 <- add1
	// out (dense): 10, 1450 parameters <- flatten1
}

// The gradient of J = log Σ exp(z) - z[2] with respect to the bias is the softmax, less 1
// at the label.
func ExampleGraph() {
	identity := func(values []float64, _ graph.Fan, _ *rand.Rand) { copy(values, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}) }
	b := graph.NewBuilder(graph.NewParams64(1), graph.Train, 3, 0)
	x := b.Input("x", 1, 1, 3, 1)
	copy(x.Value().Data().([]float64), []float64{1, 2, 3})
	z := b.Dense("fc", b.Flatten(x), 3, graph.Weights(identity))
	labels := b.Labels("labels", 1)
	labels.Value().Data().([]int32)[0] = 2
	loss := b.CrossEntropy(z, labels, 0)
	if err := b.Err(); err != nil {
		log.Fatal(err)
	}
	if _, err := gorgonia.Grad(loss, b.Graph().ByName("fc.bias")...); err != nil {
		log.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(b.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
	text := diagram.Graph(loss).String()
	fmt.Print(text[:strings.Index(text, "const")])
	fmt.Println("...", strings.Contains(text, "∂/∂fc.bias, (0.09003, 0.2447, -0.3348)"))
	// Output:
	// x: 1 × 1 × 3 × 1, (1, 2, 3)
	// flatten1: 1 × 3, (1, 2, 3) <- x
	// fc.weight: 3 × 3
	// fc.bias: 3, (0, 0, 0)
	// dense fc: 1 × 3, (1, 2, 3) <- flatten1, fc.weight, fc.bias
	// labels: 1
	// crossentropy: 0.4076 <- dense fc, labels
	// ... true
}

// A training session adds the loss and the backward nodes to the layers. graph/README.md shows
// this example.
func ExampleGraph_training() {
	net := func(b *graph.Builder, x *graph.Node) *graph.Node {
		x = b.MaxPool(b.ReLU(b.Conv("conv1", x, 4, 3)), 2)
		return b.Dense("fc1", b.Flatten(x), b.Classes())
	}
	cfg := graph.Config{Batch: 2, Height: 8, Width: 8, Channels: 1, Classes: 10}
	training, err := graph.NewTraining(graph.NewParams(1), net, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer training.Close()
	fmt.Print(diagram.Graph(training.Loss()))
	// Output:
	// images: 2 × 8 × 8 × 1
	// conv1.weight: 3 × 3 × 1 × 4
	// conv1.bias: 4, (0, 0, 0, 0)
	// conv conv1: 2 × 6 × 6 × 4 <- images, conv1.weight, conv1.bias
	// relu1: 2 × 6 × 6 × 4 <- conv conv1
	// maxpool1: 2 × 3 × 3 × 4 <- relu1
	// flatten1: 2 × 36 <- maxpool1
	// fc1.weight: 36 × 10
	// fc1.bias: 10
	// dense fc1: 2 × 10 <- flatten1, fc1.weight, fc1.bias
	// labels: 2
	// crossentropy <- dense fc1, labels
	// const 1
	// crossentropy backward: 2 × 10 <- labels, const 1, crossentropy
	// dense fc1 backward: 2 × 36 <- flatten1, fc1.weight, crossentropy backward
	// dense fc1 backward output 1: 36 × 10, ∂/∂fc1.weight <- dense fc1 backward
	// dense fc1 backward output 2: 10, ∂/∂fc1.bias <- dense fc1 backward
	// flatten backward: 2 × 3 × 3 × 4 <- flatten1, dense fc1 backward
	// maxpool backward: 2 × 6 × 6 × 4 <- maxpool1, flatten backward
	// relu backward: 2 × 6 × 6 × 4 <- relu1, maxpool backward
	// conv conv1 backward: 3 × 3 × 1 × 4, ∂/∂conv1.weight <- images, conv1.weight, relu backward
	// conv conv1 backward output 2: 4, ∂/∂conv1.bias <- conv conv1 backward
}

// rects returns x, y, width and height of each box of an SVG file, which must be well-formed
// XML, and the size of the drawing.
func rects(t *testing.T, svg string) (found [][4]float64, width, height float64) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found, width, height
		}
		if err != nil {
			t.Fatalf("the SVG is not XML: %v\n%s", err, svg)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]float64{}
		for _, a := range e.Attr {
			var v float64
			fmt.Sscan(a.Value, &v)
			attr[a.Name.Local] = v
		}
		switch {
		case e.Name.Local == "svg":
			width, height = attr["width"], attr["height"]
		case e.Name.Local == "rect" && attr["rx"] > 0:
			found = append(found, [4]float64{attr["x"], attr["y"], attr["width"], attr["height"]})
		}
	}
}

func TestBoxesDoNotOverlap(t *testing.T) {
	session, err := graph.NewTraining(graph.NewParams(1), branching, graph.Config{Batch: 2, Height: 8, Width: 8, Channels: 1, Classes: 10, Loss: graph.Loss{L2: 0.1}})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	d := diagram.Graph(session.Loss())
	svg := string(d.SVG())
	if svg != string(d.SVG()) {
		t.Error("the second drawing differs from the first")
	}
	boxes, width, height := rects(t, svg)
	if want := len(session.Builder().Graph().AllNodes()); len(boxes) != want {
		t.Errorf("%d boxes, want one for each of %d nodes", len(boxes), want)
	}
	for i, a := range boxes {
		if a[0] < 0 || a[1] < 0 || a[0]+a[2] > width || a[1]+a[3] > height {
			t.Errorf("box %v is outside of %v x %v", a, width, height)
		}
		for _, b := range boxes[:i] {
			if a[0] < b[0]+b[2] && b[0] < a[0]+a[2] && a[1] < b[1]+b[3] && b[1] < a[1]+a[3] {
				t.Errorf("boxes %v and %v overlap", a, b)
			}
		}
	}
}

func TestEmpty(t *testing.T) {
	for _, d := range []*diagram.Diagram{diagram.Graph(nil), diagram.Layers(nil)} {
		if boxes, _, _ := rects(t, string(d.SVG())); len(boxes) != 0 || d.String() != "" {
			t.Errorf("drew %v, %q", boxes, d)
		}
	}
}

func TestNamesAreEscaped(t *testing.T) {
	net := func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Dense("fc1", b.Flatten(x), b.Classes())
	}
	layers, err := graph.Describe(graph.NewParams(1), net, graph.Config{Height: 2, Width: 2, Channels: 1, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	layers[1].Name = `<&">` // the builder refuses such a name
	if boxes, _, _ := rects(t, string(diagram.Layers(layers).SVG())); len(boxes) != 3 {
		t.Errorf("%d boxes, want input, flatten and dense", len(boxes))
	}
}
