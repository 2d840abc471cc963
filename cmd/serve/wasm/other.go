//go:build !js

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "wasm: this program runs in a browser: go run ./cmd/serve -static DIR writes a page with it")
	os.Exit(2)
}
