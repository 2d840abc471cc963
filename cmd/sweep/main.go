// Command sweep tries many settings of cmd/train and finds the ones with the best validation
// score.
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("sweep", run) }
