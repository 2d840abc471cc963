// Command report writes the report of a training run, or a comparison of several, as one HTML
// file for a browser.
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("report", run) }
