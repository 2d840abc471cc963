package main

import (
	"slices"
	"testing"
)

// Portable Go takes the place of these kernels on arm64, and kernel tn that of tnWindow.
func TestMissing(t *testing.T) {
	want := []string{"tnWindow", "prefetch", "dropout", "fixedGrad", "fixedSums", "fixedGradSums"}
	if got := generate().table.Missing(); !slices.Equal(got, want) {
		t.Errorf("the kernels without a NEON function are %q, want %q", got, want)
	}
}
