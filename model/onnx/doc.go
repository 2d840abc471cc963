// Package onnx translates networks to ONNX files and back (https://onnx.ai).
//
// [Export] writes a [graph.Forward] with the operators of opset 13 to 17. [Import] makes a network
// of a file with operators of opset 7 to 21. In a file, images have the order batch, channels,
// height, width and parameters that of PyTorch. Reading a file executes nothing.
package onnx
