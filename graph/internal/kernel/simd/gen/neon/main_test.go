package main

import (
	"slices"
	"testing"
)

// These kernels run in portable Go on arm64.
func TestMissing(t *testing.T) {
	want := []string{"prefetch", "dropout", "fixedGrad", "fixedSums", "fixedGradSums"}
	if got := generate().table.Missing(); !slices.Equal(got, want) {
		t.Errorf("the kernels without a NEON function are %q, want %q", got, want)
	}
}
