package simd

import (
	"fmt"
	"slices"
)

// checkAtLeast returns an error unless an operand holds at least want elements.
func checkAtLeast(kernel, operand string, have, want int) error {
	if have < want {
		return fmt.Errorf("simd: %s: %s has %d elements, expected at least %d", kernel, operand, have, want)
	}
	return nil
}

// checkLen returns an error unless an operand holds exactly want elements.
func checkLen(kernel, operand string, have, want int) error {
	if have != want {
		return fmt.Errorf("simd: %s: %s has %d elements, expected %d", kernel, operand, have, want)
	}
	return nil
}

// The variadic arguments of the checks are copied into an error, so that they stay on
// the stack of a caller that makes none.

// checkSizes returns an error unless all sizes are at least 1.
func checkSizes(kernel string, sizes ...int) error {
	for _, n := range sizes {
		if n < 1 || n > maxSize {
			return fmt.Errorf("simd: %s: sizes %v, expected each from 1 to %d", kernel, slices.Clone(sizes), maxSize)
		}
	}
	return nil
}

// checkStrides returns an error unless all strides are at least 0.
func checkStrides(kernel string, steps ...int) error {
	for _, n := range steps {
		if n < 0 || n > maxSize {
			return fmt.Errorf("simd: %s: strides %v, expected each from 0 to %d", kernel, slices.Clone(steps), maxSize)
		}
	}
	return nil
}

// maxSize bounds sizes and strides, so that the product of two of them cannot overflow.
const maxSize = 1 << 31 >> 1

// firstError returns the first error that is not nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// span is the number of elements that n runs of width elements, step apart, reach over.
func span(n, step, width int) int { return (n-1)*step + width }
