// Command predict reads digits with a trained model, or with the mean of several:
// pictures from files, or a whole test set.
//
//	go run ./cmd/predict -model runs/.../model.safetensors seven.png
//	go run ./cmd/predict -model runs/.../model.safetensors -dataset mnist
//	go run ./cmd/predict -model a.safetensors,b.safetensors -tta -dataset mnist
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("predict", run) }
