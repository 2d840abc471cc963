// Command agreement compares the logits of exported networks with those that PyTorch and ONNX
// Runtime compute from the ONNX files, and prints a table. It trains each network for a few
// seconds first.
//
//	go run ./cmd/export/agreement -data mnist -modules node_modules
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("agreement", run) }
