// Package kernel holds the arithmetic of the layers of package graph on the CPU,
// forward and backward, on plain slices. README.md explains the concepts and follows a
// convolution from its layer to the assembly.
//
// Images are NHWC (batch, height, width, channels) and row-major, so that the
// innermost loop of every kernel runs over contiguous channels. Convolution
// weights are [KH][KW][C/Groups][K], dense weights [I][O].
//
// The float32 kernels use the assembly of package simd if the processor has AVX-512,
// AVX2 and FMA, or NEON; convolutions use it through package direct. All other kernels are
// portable Go. The environment variable INKSTONE_KERNEL forces a path.
//
// Every kernel keeps three promises.
//
//   - It checks the length of each slice against its shape and returns an
//     error; it neither panics nor reads outside its slices.
//   - Its result has the same bits for any number of workers. Sums are cut into
//     shards whose number depends on the shape alone, and partial sums are
//     added in the order of the shards.
//   - After its first call it allocates nothing when it runs serially. Scratch
//     memory lives in the kernel value, so two goroutines must not use one value
//     at the same time.
//
// [Dense] and [Conv], unless it is depthwise, skip operands that are exactly zero:
// after ReLU half of the activations are zero, after max-pooling three quarters of the
// gradients. The result is exact for finite operands. If the other operand is infinite
// or NaN, the skipped product is missing: 0·∞ does not become NaN.
package kernel

import (
	"fmt"
	"math"

	"inkstone/internal/hugepages"
)

// Float is the element type of a kernel.
type Float interface{ float32 | float64 }

// maxElements bounds the number of elements in one operand, so that products of
// dimensions cannot overflow; maxImage bounds one image, whose positions the
// kernels keep in 32 bits.
const (
	maxElements = min(int64(1)<<40, math.MaxInt)
	maxImage    = int64(1) << 27
)

// checkLen returns an error unless the operand name of a kernel has want
// elements.
func checkLen[T any](kernel, name string, s []T, want int) error {
	if len(s) != want {
		return fmt.Errorf("%s: %s has %d elements, expected %d", kernel, name, len(s), want)
	}
	return nil
}

// checkOptional is checkLen for an operand that may be nil.
func checkOptional[T any](kernel, name string, s []T, want int) error {
	if s == nil {
		return nil
	}
	return checkLen(kernel, name, s, want)
}

// firstError returns the first error that is not nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fits reports whether the dimensions are positive and their product is at
// most limit.
func fits(limit int64, dims ...int) bool {
	product := int64(1)
	for _, d := range dims {
		if d < 1 || int64(d) > limit/product {
			return false
		}
		product *= int64(d)
	}
	return true
}

// ceilDiv returns a/b rounded up, for positive b.
func ceilDiv(a, b int) int { return (a + b - 1) / b }

// grow returns a slice of n elements: p if it is large enough, else a new one.
func grow[T any](p []T, n int) []T {
	if cap(p) < n {
		p = make([]T, n)
		hugepages.Advise(p)
	}
	return p[:n]
}
