// Package model declares the networks and joins each with its parameters to a Model,
// which is saved to and loaded from a safetensors file.
//
// A network is one Go function of a few lines; see cnn.go. To add a network, write its
// function and register it under a name in the same file. Every -model flag then accepts
// the name, and the network is trained, saved and loaded like the others.
//
//	var _ = Register("mynet", "one line about the network", MyNet)
//
//	func MyNet(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
//		x = b.ReLU(b.Conv("conv1", x, 16, 5))
//		return b.Dense("fc1", b.Flatten(b.MaxPool(x, 2)), b.Classes())
//	}
//
// [New] returns a model with initial parameters, [Load] reads a model file, and [Start]
// reads one to continue with another task. [Model.Summary], [Model.Filters] and
// [Model.Features] show the inside of a model, [Model.Classifier] classifies images, and
// [Model.Freeze] excludes parameters from training.
//
// Errors wrap [ErrUnknownPreset], [ErrNotModel], [ErrNewerVersion], [ErrDamaged] or
// [ErrMismatch], so that a caller can distinguish these cases:
//
//	m, err := model.Load(path)
//	if errors.Is(err, model.ErrNotModel) {
//		m, _, err = model.Start{Path: path, Preset: "cnn", Classes: model.Digits()}.Load()
//	}
package model
