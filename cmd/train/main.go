// Command train trains a network on a set of digits and leaves a folder with the model
// and a report of the run.
//
//	go run ./cmd/train
package main

import "inkstone/cmd/train/traincmd"

func main() { traincmd.Main() }
