package graph_test

import (
	"fmt"
	"log"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/graph/solver"
)

// smallNet declares a network from the images to the logits.
func smallNet(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.Conv("conv1", x, 4, 3))
	x = b.MaxPool(x, 2)
	return b.Dense("fc1", b.Flatten(x), b.Classes())
}

// stripes fills images of even index with horizontal stripes and images of odd index with
// vertical stripes.
func stripes(images []float32, height, width int) {
	for i := range images {
		n, row, col := i/(height*width), i/width%height, i%width
		images[i] = float32(row % 2)
		if n%2 == 1 {
			images[i] = float32(col % 2)
		}
	}
}

// A training session evaluates the loss and its gradients, a solver updates the parameters,
// and an evaluation session uses the updated parameters, because it shares their tensors.
func Example() {
	params := graph.NewParams(1)
	cfg := graph.Config{Batch: 8, Height: 6, Width: 6, Channels: 1, Classes: 2}
	training, err := graph.NewTraining(params, smallNet, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer training.Close()
	adam, err := solver.NewAdam(0.01, 0)
	if err != nil {
		log.Fatal(err)
	}

	stripes(training.Input().Data().([]float32), cfg.Height, cfg.Width)
	for i := range training.Labels() {
		training.Labels()[i] = int32(i % 2)
	}
	var loss float64
	for step := range uint64(100) {
		if loss, err = training.Step(cfg.Batch, step); err != nil {
			log.Fatal(err)
		}
		if err := adam.Step(training.Learned()); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("loss below 0.01:", loss < 0.01)

	cfg.Batch = 2
	evaluation, err := graph.NewEvaluation(params, smallNet, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer evaluation.Close()
	stripes(evaluation.Input().Data().([]float32), cfg.Height, cfg.Width)
	if err := evaluation.Run(); err != nil {
		log.Fatal(err)
	}
	logits := evaluation.Logits().Data().([]float32)
	fmt.Println("horizontal stripes are class 0:", logits[0] > logits[1])
	fmt.Println("vertical stripes are class 1:", logits[3] > logits[2])
	// Output:
	// loss below 0.01: true
	// horizontal stripes are class 0: true
	// vertical stripes are class 1: true
}

// The error of a layer names the layer and the two sizes that do not fit.
func ExampleNewTraining_error() {
	net := func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.MaxPool(b.Conv("conv1", x, 4, 5), 2)
		x = b.Conv("conv2", x, 8, 5)
		return b.Dense("fc1", b.Flatten(x), b.Classes())
	}
	_, err := graph.NewTraining(graph.NewParams(1), net, graph.Config{Batch: 8, Height: 12, Width: 12, Channels: 1, Classes: 10})
	fmt.Println(err)
	// Output:
	// conv "conv2": a window of 5x5 does not fit images of 4x4: make it smaller, pad (Pad, Same), or pool less before it
}

// Gorgonia's operations can be used between layers.
func ExampleBuilder() {
	b := graph.NewBuilder(graph.NewParams(1), graph.Eval, 2, 0)
	x := b.Input("images", 1, 1, 3, 1)
	copy(x.Value().Data().([]float32), []float32{1, 2, 3})
	y := gorgonia.Must(gorgonia.Square(x))
	y = b.GlobalAvgPool(y)
	if err := b.Err(); err != nil {
		log.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(b.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.4f\n", y.Value().Data()) // (1 + 4 + 9) / 3
	// Output:
	// [4.6667]
}

func ExampleDescribe() {
	params := graph.NewParams(1)
	layers, err := graph.Describe(params, smallNet, graph.Config{Height: 28, Width: 28, Channels: 1, Classes: 10})
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range layers {
		fmt.Println(l.Name, l.Output, l.FLOPs)
	}
	fmt.Print(params)
	// Output:
	// conv1 (1, 26, 26, 4) 48672
	// relu1 (1, 26, 26, 4) 0
	// maxpool1 (1, 13, 13, 4) 0
	// flatten1 (1, 676) 0
	// fc1 (1, 10) 13520
	// conv1.weight [4 1 3 3] trainable
	// conv1.bias [4] trainable
	// fc1.weight [10 676] trainable
	// fc1.bias [10] trainable
}
