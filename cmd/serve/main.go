// Command serve reads pictures of digits over HTTP, for programs and on a web page on which one
// draws.
//
//	go run ./cmd/serve -model runs/NAME
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("serve", run) }
