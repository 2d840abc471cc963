package model

import "errors"

// Errors that callers can test with errors.Is. The errors that functions return wrap
// them and add names and values.
var (
	// ErrUnknownPreset reports a name under which no network is registered.
	ErrUnknownPreset = errors.New("unknown model")
	// ErrNotModel reports a safetensors file without the metadata that [Model.Save]
	// writes, such as one that PyTorch wrote.
	ErrNotModel = errors.New("not an Inkstone model file")
	// ErrOtherFormat reports a file of another kind, such as a pickle, a pointer of git-lfs,
	// a web page, or a checkpoint of a run.
	ErrOtherFormat = errors.New("not a model file")
	// ErrNewerVersion reports a model file in a later format than this program reads.
	ErrNewerVersion = errors.New("newer file format")
	// ErrDamaged reports content that is not a complete safetensors file, that does not have the
	// checksum that was written with it, or that has metadata or tensors with values that
	// [Model.Save] does not write.
	ErrDamaged = errors.New("damaged file")
	// ErrOtherNetwork reports an ONNX file with a network that Inkstone cannot build. The text
	// names the node.
	ErrOtherNetwork = errors.New("a network that Inkstone cannot build")
	// ErrMismatch reports tensors whose names or shapes differ from those of the
	// network's parameters.
	ErrMismatch = errors.New("the file does not match the network")
	// ErrBusy reports a call of a [Classifier] during another call of it.
	ErrBusy = errors.New("a Classifier is for one goroutine, and this one is in a call: make one for each goroutine")
	// ErrNotFinite reports logits that are NaN or infinite, so that they have no probabilities.
	ErrNotFinite = errors.New("logits that are not finite")
)
