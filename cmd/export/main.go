// Command export writes a trained model in the formats of other programs.
//
//	go run ./cmd/export -model runs/RUN -out digits.onnx
//	go run ./cmd/export -model runs/RUN -out digits.onnx -normalize -fold
//	go run ./cmd/export -model runs/RUN -out digits.go
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("export", run) }
