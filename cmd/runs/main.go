// Command runs lists training runs in a table: what they are, the settings in which
// they differ, and what came of them.
//
//	go run ./cmd/runs
//	go run ./cmd/runs -sort -accuracy -filter 'model=cnn,accuracy>99' runs
//	go run ./cmd/runs -group
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("runs", run) }
