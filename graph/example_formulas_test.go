package graph_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph"
	"inkstone/graph/solver"
)

// These examples compute the formulas of a first course on convolutional networks twice:
// directly in Go and by a graph.

// from returns an initializer that sets a parameter to the given numbers.
func from(v ...float64) graph.Initializer {
	return func(values []float64, _ graph.Fan, _ *rand.Rand) { copy(values, v) }
}

// builder returns a float64 builder for training and an input of shape 1, height, width,
// channels that holds v.
func builder(height, width, channels int, v ...float64) (*graph.Builder, *gorgonia.Node) {
	b := graph.NewBuilder(graph.NewParams64(1), graph.Train, channels, 0)
	x := b.Input("x", 1, height, width, channels)
	if err := b.Err(); err != nil {
		log.Fatal(err)
	}
	copy(x.Value().Data().([]float64), v)
	return b, x
}

// run evaluates everything that b declares.
func run(b *graph.Builder) {
	if err := b.Err(); err != nil {
		log.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(b.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
}

// parameter returns the node of a parameter.
func parameter(b *graph.Builder, name string) *gorgonia.Node { return b.Graph().ByName(name)[0] }

// floats returns the elements of a node's value.
func floats(n *gorgonia.Node) []float64 {
	switch v := n.Value().(type) {
	case *tensor.Dense:
		return v.Data().([]float64)
	case *gorgonia.F64:
		return []float64{float64(*v)}
	}
	log.Fatalf("%v holds a %T", n, n.Value())
	return nil
}

// gradient returns the gradient of the loss with respect to a node.
func gradient(n *gorgonia.Node) []float64 {
	g, err := n.Grad()
	if err != nil {
		log.Fatal(err)
	}
	return g.Data().([]float64)
}

// Convolution slides a kernel w over an image x:
//
//	y[i,j] = Σ_m Σ_n x[i+m, j+n] · w[m,n]
//
// Step 1: place the kernel on the upper left corner of the image, multiply each kernel entry
// by the image entry below it, and add the products. The sum is the first entry of the
// result. Step 2: move the kernel right by the stride for the next entry. Step 3: at the right
// edge, go back to the left and down by the stride.
func ExampleBuilder_Conv() {
	x := [3][3]float64{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}
	w := [2][2]float64{{1, 2}, {3, 4}}
	fmt.Println("step 1:", 1*1+2*2+4*3+5*4)
	fmt.Println("step 2:", 2*1+3*2+5*3+6*4)
	fmt.Println("step 3:", 4*1+5*2+7*3+8*4)

	var y [2][2]float64
	for i := range 2 {
		for j := range 2 {
			for m := range 2 {
				for n := range 2 {
					y[i][j] += x[i+m][j+n] * w[m][n]
				}
			}
		}
	}
	fmt.Println("formula:", y)

	b, in := builder(3, 3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	out := b.Conv("conv1", in, 1, 2, graph.Weights(from(1, 2, 3, 4)), graph.NoBias)
	run(b)
	fmt.Println("graph:", floats(out))
	// Output:
	// step 1: 37
	// step 2: 47
	// step 3: 67
	// formula: [[37 47] [67 77]]
	// graph: [37 47 67 77]
}

// Max-pooling keeps the largest entry of each window. With stride s:
//
//	y[i,j] = max over m,n of x[i·s+m, j·s+n]
func ExampleBuilder_MaxPool() {
	x := [4][4]float64{
		{1, 3, 2, 4},
		{5, 6, 8, 7},
		{3, 2, 1, 0},
		{1, 2, 3, 4},
	}
	const s = 2
	var y [2][2]float64
	for i := range 2 {
		for j := range 2 {
			y[i][j] = math.Inf(-1)
			for m := range s {
				for n := range s {
					y[i][j] = max(y[i][j], x[i*s+m][j*s+n])
				}
			}
		}
	}
	fmt.Println("formula:", y)

	b, in := builder(4, 4, 1, 1, 3, 2, 4, 5, 6, 8, 7, 3, 2, 1, 0, 1, 2, 3, 4)
	out := b.MaxPool(in, 2, graph.Stride(s))
	run(b)
	fmt.Println("graph:", floats(out))
	// Output:
	// formula: [[6 8] [3 4]]
	// graph: [6 8 3 4]
}

// Softmax turns logits into probabilities:
//
//	ŷ[k] = exp(z[k]) / Σ_i exp(z[i])
//
// The probabilities of the logits (1, 2, 3) are 0.090, 0.245 and 0.665.
func ExampleBuilder_Softmax() {
	z := []float64{1, 2, 3}
	sum := 0.0
	for _, v := range z {
		sum += math.Exp(v)
	}
	for _, v := range z {
		fmt.Printf("exp(%g)/%.4f = %.4f\n", v, sum, math.Exp(v)/sum)
	}

	b, x := builder(1, 1, 3, z...)
	y := b.Softmax(b.Flatten(x))
	run(b)
	fmt.Printf("graph: %.4f\n", floats(y))
	// Output:
	// exp(1)/30.1929 = 0.0900
	// exp(2)/30.1929 = 0.2447
	// exp(3)/30.1929 = 0.6652
	// graph: [0.0900 0.2447 0.6652]
}

// Cross-entropy measures how far the probabilities ŷ are from the label y, which is
// 1 for the right class and 0 elsewhere:
//
//	J = -Σ_k y[k] · log ŷ[k]
//
// For ŷ = (0.2, 0.3, 0.5) and the third class it is -log 0.5. CrossEntropy reads logits and
// computes their softmax itself. The logits here are the logarithms of ŷ, whose softmax is ŷ.
func ExampleBuilder_CrossEntropy() {
	fmt.Printf("formula: %.3f\n", -math.Log(0.5))

	b, x := builder(1, 1, 3, math.Log(0.2), math.Log(0.3), math.Log(0.5))
	labels := b.Labels("labels", 1)
	labels.Value().Data().([]int32)[0] = 2
	loss := b.CrossEntropy(b.Flatten(x), labels, 0)
	run(b)
	fmt.Printf("graph: %.3f\n", floats(loss)[0])
	// Output:
	// formula: 0.693
	// graph: 0.693
}

// Backpropagation computes the gradients of a loss J by the chain rule, layer by layer from
// the last layer, L, to the first. z = W·a + b is the input of an activation f, and a = f(z)
// its output:
//
//	δ(L) = ∂J/∂a(L) ⊙ f'(z(L))
//	δ(l) = W(l+1)ᵀ·δ(l+1) ⊙ f'(z(l))
//	∂J/∂W(l) = δ(l)·a(l-1)ᵀ,  ∂J/∂b(l) = δ(l)
//	W(l) := W(l) - α·∂J/∂W(l),  b(l) := b(l) - α·∂J/∂b(l)
//
// The network has two inputs, two hidden units and one output. f is the logistic function,
// whose derivative is a(1-a), and J = (a(2)-t)²/2. Gorgonia computes the same numbers from
// the graph.
func Example_backpropagation() {
	const t, alpha = 1.0, 0.5
	x := [2]float64{1, 2}
	w1 := [2][2]float64{{0.1, 0.2}, {0.3, 0.4}} // w1[i][j] connects input i to unit j
	b1 := [2]float64{0.1, -0.1}
	w2 := [2]float64{0.5, -0.6}
	b2 := 0.2

	// The forward pass by hand.
	f := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	var a1 [2]float64
	for j := range a1 {
		a1[j] = f(x[0]*w1[0][j] + x[1]*w1[1][j] + b1[j])
	}
	a2 := f(a1[0]*w2[0] + a1[1]*w2[1] + b2)
	// The backward pass by hand.
	delta2 := (a2 - t) * a2 * (1 - a2)
	var delta1 [2]float64
	for j := range delta1 {
		delta1[j] = w2[j] * delta2 * a1[j] * (1 - a1[j])
	}
	fmt.Println("by hand:")
	fmt.Printf("J %.6f\n", (a2-t)*(a2-t)/2)
	fmt.Printf("∂J/∂W2 %.6f, ∂J/∂b2 %.6f\n", []float64{delta2 * a1[0], delta2 * a1[1]}, []float64{delta2})
	fmt.Printf("∂J/∂W1 %.6f, ∂J/∂b1 %.6f\n", []float64{delta1[0] * x[0], delta1[1] * x[0], delta1[0] * x[1], delta1[1] * x[1]}, delta1)
	fmt.Printf("W2 becomes %.6f\n", []float64{w2[0] - alpha*delta2*a1[0], w2[1] - alpha*delta2*a1[1]})

	// Both passes by the graph.
	b, in := builder(1, 1, 2, x[:]...)
	y := b.Sigmoid(b.Dense("fc1", b.Flatten(in), 2,
		graph.Weights(from(w1[0][0], w1[0][1], w1[1][0], w1[1][1])), graph.Bias(from(b1[:]...))))
	y = b.Sigmoid(b.Dense("fc2", y, 1, graph.Weights(from(w2[:]...)), graph.Bias(from(b2))))
	if err := b.Err(); err != nil {
		log.Fatal(err)
	}
	difference := gorgonia.Must(gorgonia.Sub(y, gorgonia.NewConstant(t)))
	loss := gorgonia.Must(gorgonia.Mul(gorgonia.NewConstant(0.5), gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(difference))))))
	names := []string{"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"}
	var nodes gorgonia.Nodes
	var learned []gorgonia.ValueGrad
	for _, name := range names {
		nodes = append(nodes, parameter(b, name))
		learned = append(learned, parameter(b, name))
	}
	if _, err := gorgonia.Grad(loss, nodes...); err != nil {
		log.Fatal(err)
	}
	run(b)
	fmt.Println("by the graph:")
	fmt.Printf("J %.6f\n", loss.Value().Data())
	fmt.Printf("∂J/∂W2 %.6f, ∂J/∂b2 %.6f\n", gradient(nodes[2]), gradient(nodes[3]))
	fmt.Printf("∂J/∂W1 %.6f, ∂J/∂b1 %.6f\n", gradient(nodes[0]), gradient(nodes[1]))
	sgd, err := solver.NewSGD(alpha, 0, 1)
	if err != nil {
		log.Fatal(err)
	}
	if err := sgd.Step(learned); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("W2 becomes %.6f\n", floats(nodes[2]))
	// Output:
	// by hand:
	// J 0.110652
	// ∂J/∂W2 [-0.080862 -0.083321], ∂J/∂b2 [-0.117196]
	// ∂J/∂W1 [-0.012535 0.014450 -0.025069 0.028901], ∂J/∂b1 [-0.012535 0.014450]
	// W2 becomes [0.540431 -0.558340]
	// by the graph:
	// J 0.110652
	// ∂J/∂W2 [-0.080862 -0.083321], ∂J/∂b2 [-0.117196]
	// ∂J/∂W1 [-0.012535 0.014450 -0.025069 0.028901], ∂J/∂b1 [-0.012535 0.014450]
	// W2 becomes [0.540431 -0.558340]
}

// L2 regularization adds a penalty to the loss that keeps weights small:
//
//	J = loss + λ/2 · Σ w²,  ∂J/∂w = ∂loss/∂w + λ·w
//
// For w = (1, 2, 3) and λ = 0.1 the penalty is 0.05 · 14. The loss without the penalty is 0
// everywhere here, so a step of gradient descent with rate 1 reduces each weight by a tenth.
func ExampleBuilder_L2Penalty() {
	b, x := builder(1, 1, 3) // an input of zeros
	y := b.Dense("fc1", b.Flatten(x), 1, graph.Weights(from(1, 2, 3)), graph.NoBias)
	penalty := b.L2Penalty(0.1, "fc1.weight")
	if err := b.Err(); err != nil {
		log.Fatal(err)
	}
	loss := gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Sum(y)), penalty))
	w := parameter(b, "fc1.weight")
	if _, err := gorgonia.Grad(loss, w); err != nil {
		log.Fatal(err)
	}
	run(b)
	fmt.Printf("J = %.1f\n", loss.Value().Data())
	fmt.Printf("∂J/∂w = %.1f\n", gradient(w))
	sgd, err := solver.NewSGD(1, 0, 1)
	if err != nil {
		log.Fatal(err)
	}
	if err := sgd.Step([]gorgonia.ValueGrad{w}); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("w becomes %.1f\n", floats(w))
	// Output:
	// J = 0.7
	// ∂J/∂w = [0.1 0.2 0.3]
	// w becomes [0.9 1.8 2.7]
}
