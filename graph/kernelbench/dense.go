package kernelbench

import (
	"fmt"

	"inkstone/graph/internal/kernel"
)

// denseCases returns both passes of a dense layer, with operands without zeros.
func denseCases(name string, rows, in, out int, w *kernel.Workers) []Case {
	shape, products := fmt.Sprintf("%dx%d", rows, in), 2*int64(rows)*int64(in)*int64(out)
	return []Case{
		{name + ", forward", shape, products, bytes(rows*in, in*out, rows*out), func() (func() error, error) {
			dense, err := kernel.NewDense[float32](rows, in, out, false, w)
			if err != nil {
				return nil, err
			}
			x, weight, bias, y := random(rows*in, 0), random(in*out, 0), random(out, 0), make([]float32, rows*out)
			return func() error { return dense.Forward(y, x, weight, bias) }, nil
		}},
		{name + ", backward", shape, 2 * products, bytes(rows*out, rows*in, rows*in, in*out, in*out), func() (func() error, error) {
			dense, err := kernel.NewDense[float32](rows, in, out, false, w)
			if err != nil {
				return nil, err
			}
			x, weight, dy := random(rows*in, 0), random(in*out, 0), random(rows*out, 0)
			dx, dweight, dbias := make([]float32, rows*in), make([]float32, in*out), make([]float32, out)
			return func() error { return dense.Backward(dx, dweight, dbias, dy, nil, x, weight) }, nil
		}},
	}
}
