// Command bench tells how fast this machine trains and evaluates the networks, how
// near its kernels come to what the processor can do, and how the same networks
// fare on gorgonia's own operations.
//
//	go run ./cmd/bench
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("bench", run) }
