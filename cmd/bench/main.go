// Command bench measures how fast this machine trains and evaluates the networks, how
// close each kernel gets to the peak of the processor, and how fast the same networks
// train on gorgonia's own operations.
//
//	go run ./cmd/bench
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("bench", run) }
