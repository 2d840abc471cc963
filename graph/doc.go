// Package graph declares convolutional networks as gorgonia expression graphs
// and runs them on gorgonia's TapeMachine.
//
// A [Builder] adds layers to a graph, a [Params] store owns the parameters by
// name, and two sessions run what was declared: [Training] evaluates the loss
// and the gradients that gorgonia's reverse-mode differentiation derives, and
// [Evaluation] evaluates the logits, at its own batch size, over the same
// parameter tensors.
//
// A network is a function from an input node to the logits:
//
//	func net(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
//		x = b.ReLU(b.Conv("conv1", x, 32, 3))
//		x = b.MaxPool(x, 2)
//		return b.Dense("fc1", b.Flatten(x), b.Classes())
//	}
//
// The nodes are ordinary gorgonia nodes, so any gorgonia operation can stand
// between two layers. The layers' own operations replace gorgonia's where those
// are wrong or slow; each knows its derivative, so gorgonia differentiates
// through all of them alike.
//
// What is missing can be added from outside: [Builder.Param] declares a parameter,
// [Builder.Apply] an operation with its derivative, [CheckGradients] tests it, and an
// [Initializer] is a function.
//
// # Layout
//
// Images are NHWC: batch, height, width, channels. Convolution weights are
// height, width, input channels per group, output channels; dense weights are
// inputs, outputs. [Param.Portable] gives PyTorch's order for files.
package graph
