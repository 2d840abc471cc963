//go:build !linux

package simd

import "testing"

// fenced returns n elements; only Linux has pages around them that fault.
func fenced[T any](_ testing.TB, n int, _ bool) []T { return make([]T, n) }
