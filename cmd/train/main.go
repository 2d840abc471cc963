// Command train trains a network on a set of digits and leaves a folder with the
// model and an account of the run.
//
//	go run ./cmd/train
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("train", run) }
