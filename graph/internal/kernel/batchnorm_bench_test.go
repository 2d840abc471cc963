package kernel

import (
	"fmt"
	"testing"
)

// BenchmarkBatchNorm times batch norm over 64 images of 28x28 pixels on one worker; the
// rate counts each operand and each result once.
func BenchmarkBatchNorm(b *testing.B) {
	const rows = benchBatch * 28 * 28
	for _, c := range []int{16, 32, 64, 128} {
		r := newRand(2)
		x, dy := normal[float32](r, rows*c), normal[float32](r, rows*c)
		gamma, beta := normal[float32](r, c), normal[float32](r, c)
		y, dx, dgamma, dbeta := make([]float32, len(x)), make([]float32, len(x)), make([]float32, c), make([]float32, c)
		n, err := NewBatchNorm[float32](rows, c, 1e-5, nil)
		must(b, err)
		b.Run(fmt.Sprintf("forward/channels=%d", c), func(b *testing.B) {
			b.SetBytes(2 * 4 * rows * int64(c))
			for b.Loop() {
				must(b, n.Forward(y, x, gamma, beta, rows, false))
			}
		})
		b.Run(fmt.Sprintf("backward/channels=%d", c), func(b *testing.B) {
			b.SetBytes(3 * 4 * rows * int64(c))
			for b.Loop() {
				must(b, n.Backward(dx, dgamma, dbeta, dy, x, gamma, rows))
			}
		})
		mean, variance := n.Mean(), n.Var()
		b.Run(fmt.Sprintf("frozen backward/channels=%d", c), func(b *testing.B) {
			b.SetBytes(3 * 4 * rows * int64(c))
			for b.Loop() {
				must(b, BatchNormEvalGrad(nil, dx, dgamma, dbeta, dy, x, gamma, mean, variance, 1e-5))
			}
		})
		b.Run(fmt.Sprintf("frozen backward, input only/channels=%d", c), func(b *testing.B) {
			b.SetBytes(2 * 4 * rows * int64(c))
			for b.Loop() {
				must(b, BatchNormEvalGrad(nil, dx, nil, nil, dy, x, gamma, mean, variance, 1e-5))
			}
		})
	}
}
