// Command explain shows why a network answers as it does for a picture, as an HTML page or as
// pictures.
//
//	go run ./cmd/explain seven.png
//	go run ./cmd/explain -model runs/NAME -data DIR -class 1 -value conv1:12,10,3 -out why.html seven.png
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("explain", run) }
