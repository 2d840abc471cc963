// Command runs prints a table of training runs with the settings in which they differ and
// their results.
//
//	go run ./cmd/runs
//	go run ./cmd/runs -sort -accuracy -filter 'model=cnn,accuracy>99' runs
//	go run ./cmd/runs -group
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("runs", run) }
