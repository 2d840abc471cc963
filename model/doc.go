// Package model holds the networks as Go code, by name, and the model: a network
// with its parameters and everything that is needed to use it, which saves to and
// loads from a safetensors file.
//
// A network is one function of a few lines; see cnn.go. To add one, write it and
// register it in the same file: it is then a value of every -model flag, and is
// trained, saved and loaded like the others.
//
//	var _ = Register("mynet", "what it is", MyNet)
//
//	func MyNet(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
//		x = b.ReLU(b.Conv("conv1", x, 16, 5))
//		return b.Dense("fc1", b.Flatten(b.MaxPool(x, 2)), b.Classes())
//	}
//
// [New] makes a model of fresh parameters, [Load] reads one, and [Start] begins from one for
// another task. [Model.Summary], [Model.Filters] and [Model.Features] show what is in it,
// [Model.Classifier] reads images with it, [Model.Freeze] leaves parts out of training.
package model
