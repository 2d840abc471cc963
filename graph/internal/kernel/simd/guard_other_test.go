//go:build !linux

package simd

import "testing"

// fenced returns n elements. Only on Linux do pages that fault surround them.
func fenced[T any](_ testing.TB, n int, _ bool) []T { return make([]T, n) }
