package graph

import (
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// engine is the tensor engine that the virtual machine gives to all values. Where two layers read
// one value, gorgonia adds the two gradients by tensor.Add, which calls the engine of its first
// operand. The standard engine adds in plain Go. This one adds in vectors and on all workers, with
// the same result, if the operands are contiguous and of one shape. A [program] adds by the same
// kernel.
type engine struct {
	tensor.StdEng
	workers *kernel.Workers
}

// Add implements tensor.Adder.
func (e engine) Add(a, b tensor.Tensor, opts ...tensor.FuncOpt) (tensor.Tensor, error) {
	if out := sumOutput(a, b, tensor.ParseFuncOpts(opts...)); out != nil {
		switch y := out.Data().(type) {
		case []float32:
			return out, addTensors(e.workers, y, a, b)
		case []float64:
			return out, addTensors(e.workers, y, a, b)
		}
	}
	return e.StdEng.Add(a, b, opts...)
}

// sumOutput returns the tensor that a sum of a and b with the options o writes to, or nil if only
// the standard engine computes it.
func sumOutput(a, b tensor.Tensor, o *tensor.OpOpt) tensor.Tensor {
	out := o.Reuse()
	if out == nil && !o.Safe() {
		out = a
	}
	if out == nil || o.Incr() != nil {
		return nil
	}
	for _, t := range []tensor.Tensor{a, b, out} {
		if d, ok := t.(*tensor.Dense); !ok || d.RequiresIterator() || !d.Shape().Eq(a.Shape()) || d.Dtype() != a.Dtype() || d.DataOrder() != a.DataOrder() {
			return nil
		}
	}
	return out
}

func addTensors[T kernel.Float](ws *kernel.Workers, y []T, a, b tensor.Tensor) error {
	return kernel.Add(ws, y, false, a.Data().([]T), b.Data().([]T))
}
