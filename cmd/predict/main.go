// Command predict classifies pictures, or evaluates a test set, with a trained model or
// with the average of several models.
//
//	go run ./cmd/predict seven.png folder digits.csv
//	go run ./cmd/predict -model runs/.../model.safetensors seven.png
//	go run ./cmd/predict -model runs/.../model.safetensors -dataset mnist
//	go run ./cmd/predict -model a.safetensors,b.safetensors -tta -dataset mnist
//	go run ./cmd/predict -model pytorch.safetensors -preset fast seven.png
package main

import "inkstone/cmd/internal/cli"

func main() { cli.Main("predict", run) }
