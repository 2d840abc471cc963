package diagram_test

import (
	"fmt"
	"log"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/diagram"
	"inkstone/model"
)

// blocks has a block with a skip connection, an operation of gorgonia and frozen parameters.
func blocks(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.ReLU(b.BatchNorm("bn1", b.Conv("conv1", x, 4, 3, graph.Same, graph.NoBias)))
	y := b.BatchNorm("block1.bn", b.Conv("block1.conv", x, 4, 3, graph.Same, graph.Groups(2), graph.NoBias))
	x = b.ReLU(b.Add(x, y))
	if b.Err() != nil {
		return nil
	}
	return b.Dense("fc1", b.GlobalAvgPool(gorgonia.Must(gorgonia.Tanh(x))), b.Classes())
}

var blocksConfig = graph.Config{Batch: 2, Height: 8, Width: 8, Channels: 1, Classes: 10}

// folded draws a training session of blocks with these parameters frozen.
func folded(t testing.TB, freeze ...string) *diagram.Diagram {
	params := graph.NewParams(1)
	if _, err := graph.Describe(params, blocks, blocksConfig); err != nil {
		t.Fatal(err)
	}
	if len(freeze) > 0 {
		if err := params.Freeze(freeze...); err != nil {
			t.Fatal(err)
		}
	}
	s, err := graph.NewTraining(params, blocks, blocksConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return diagram.Folded(s.Builder(), s.Loss())
}

// Each layer is a row; the skip connection from relu1 to add1 is an edge.
func ExampleFolded() {
	params := graph.NewParams64(1) // with float32 the fusion depends on the processor
	s, err := graph.NewTraining(params, blocks, blocksConfig)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	fmt.Print(diagram.Folded(s.Builder(), s.Loss()))
	// Output:
	// images: 2 × 8 × 8 × 1
	// conv1, bn1, relu1: 8 × 8 × 4, 44 parameters, relu1 fused into bn1, ∂ bn1.weight, bn1.bias, conv1.weight <- images
	// block1.conv, block1.bn: 8 × 8 × 4, 80 parameters, ∂ block1.bn.weight, block1.bn.bias, block1.conv.weight <- conv1, bn1, relu1
	// add1, relu2: 8 × 8 × 4, relu2 fused into add1 <- conv1, bn1, relu1, block1.conv, block1.bn
	// tanh <- add1, relu2
	// globalavgpool1: 4 <- tanh
	// fc1: 10, 50 parameters, ∂ fc1.weight, fc1.bias <- globalavgpool1
	// labels: 2
	// loss <- fc1, labels
}

// Freezing removes gradients from the drawing: no gradient flows below the frozen part.
func TestFoldedFrozen(t *testing.T) {
	all, some := string(folded(t).SVG()), string(folded(t, "conv1*", "bn1*").SVG())
	if strings.Count(all, "∂") != 9 || strings.Count(some, "∂") != 7 {
		t.Errorf("%d and %d lines of gradients, want 9 and 7", strings.Count(all, "∂"), strings.Count(some, "∂"))
	}
	if strings.Contains(all, "36 frozen") || !strings.Contains(some, "36 frozen") || strings.Count(some, `fill="url(#frozen)"`) != 2 {
		t.Errorf("the frozen layers are not marked: %s", some)
	}
}

func TestFoldedIsStable(t *testing.T) {
	a, b := folded(t), folded(t)
	if string(a.SVG()) != string(b.SVG()) || a.DOT() != b.DOT() {
		t.Error("two drawings of one network differ")
	}
}

// The drawing of resnet fits a page of A4 with letters of at least 6 points.
func TestFoldedFitsPage(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "resnet"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := graph.NewTraining(m.Params, m.Net(), m.Config(64, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	svg := string(diagram.Folded(s.Builder(), s.Loss()).SVG())
	boxes, width, height := rects(t, svg)
	// A4 has 210 x 297 mm; 10 mm of each side are margin. 72 points are 25.4 mm.
	const points, letters = 72 / 25.4, 11
	if scale := min(190*points/width, 277*points/height); letters*scale < 6 {
		t.Errorf("%.0f x %.0f with letters of %d: %.1f points on A4, want 6", width, height, letters, letters*scale)
	}
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			outer := a[0] == 0 || b[0] == 0 || a[2] > 400 && a[3] > 100 || b[2] > 400 && b[3] > 100 // the legend, a frame
			if !outer && a[0] < b[0]+b[2] && b[0] < a[0]+a[2] && a[1] < b[1]+b[3] && b[1] < a[1]+a[3] {
				t.Errorf("boxes %v and %v overlap", a, b)
			}
		}
	}
	for _, block := range []string{"block1", "block2", "block3"} {
		if !strings.Contains(svg, ">"+block+"</text>") {
			t.Errorf("there is no frame of %s", block)
		}
	}
}

func TestDOT(t *testing.T) {
	dot := folded(t, "conv1*").DOT()
	for _, want := range []string{"digraph network {", `label="block1"`, `n0 [label="images\n2 × 8 × 8 × 1"`, "n1 -> n3", "g3 -> g2 [style=dashed", `g2 [label="∂ block1.bn.weight\n∂ block1.bn.bias\n∂ block1.conv.weight"`} {
		if !strings.Contains(dot, want) {
			t.Errorf("there is no %q in\n%s", want, dot)
		}
	}
	if strings.Count(dot, "{") != strings.Count(dot, "}") {
		t.Errorf("the braces do not match:\n%s", dot)
	}
	if got := diagram.Folded(nil, nil).DOT(); !strings.HasPrefix(got, "digraph") {
		t.Errorf("an empty drawing is %q", got)
	}
}
