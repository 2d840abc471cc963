// Command graph draws the expression graph of a network, forward and backward.
//
//	go run ./cmd/graph -model resnet -out resnet.svg
//	go run ./cmd/graph -model runs/NAME -unfold -out graph.dot
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("graph", run) }
