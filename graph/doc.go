// Package graph declares convolutional networks as gorgonia expression graphs
// and compiles and runs them on gorgonia's TapeMachine. After the first run a session calls the
// operations itself, in the machine's order, unless some are gorgonia's.
//
// A [Builder] adds layers to a graph, and a [Params] store owns the parameters by name. Three
// kinds of sessions run a graph over the same parameters, each at its own batch size:
// [Training] evaluates the loss and its gradients, which gorgonia derives by reverse-mode
// differentiation; [Evaluation] evaluates the logits; and [Activations] evaluates the outputs
// of chosen layers. README.md describes how a network becomes a session.
//
// A network is a function from an input node to the logits:
//
//	func net(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
//		x = b.ReLU(b.Conv("conv1", x, 32, 3))
//		x = b.MaxPool(x, 2)
//		return b.Dense("fc1", b.Flatten(x), b.Classes())
//	}
//
// The nodes are gorgonia nodes, so gorgonia operations can be used between layers. The
// operations of the layers replace gorgonia's where those are wrong or slow. Gorgonia
// differentiates through both. A session refuses operations of gorgonia that are wrong for
// the shapes at hand, and the error names what stands in. [CheckOps] examines operations that
// are neither known to be right nor known to be wrong.
//
// Custom layers need no change of this package: [Builder.Param] declares a parameter,
// [Builder.Apply] an operation with its gradient, and [CheckGradients] tests it.
// [Builder.Fail] reports an error, and an [Initializer] is a function.
//
// # Layout
//
// Images are NHWC: batch, height, width, channels. Convolution weights are
// height, width, input channels per group, output channels; dense weights are
// inputs, outputs. [Param.Portable] gives PyTorch's order for files.
package graph
