package kernel

// DenseReLU is [Dense] followed by ReLU, in one kernel:
//
//	y[n,o] = max(0, b[o] + Σ_i x[n,i] · w[i,o])
type DenseReLU[T Float] struct {
	dense  *Dense[T]
	masked []T // gradient before ReLU
}

// NewDenseReLU returns a kernel for n rows of in inputs and out outputs.
func NewDenseReLU[T Float](n, in, out int, w *Workers) (*DenseReLU[T], error) {
	d, err := NewDense[T](n, in, out, w)
	if err != nil {
		return nil, err
	}
	if d.asm != nil {
		d.asm.relu = true
	}
	return &DenseReLU[T]{dense: d}, nil
}

// Forward computes y [N,O] from x [N,I], weight [I][O] and bias [O]; bias may be nil.
func (d *DenseReLU[T]) Forward(y, x, weight, bias []T) error {
	if err := d.dense.Forward(y, x, weight, bias); err != nil || d.dense.asm != nil {
		return err
	}
	return Activate(d.dense.workers, ReLU, 0, y, y)
}

// Backward computes the gradients from y, the output of the last Forward, and dy, the
// gradient with respect to it, both [N,O]. Each of dx, dweight and dbias may be nil and is
// then not computed; the others are overwritten. x may be nil if dweight is, weight if dx is.
func (d *DenseReLU[T]) Backward(dx, dweight, dbias, dy, y, x, weight []T) error {
	n := d.dense.n * d.dense.out
	if err := firstError(checkLen("dense", "dy", dy, n), checkLen("dense", "y", y, n)); err != nil {
		return err
	}
	d.masked = grow(d.masked, n)
	if err := ActivateGrad(d.dense.workers, ReLU, 0, d.masked, dy, nil, y); err != nil {
		return err
	}
	return d.dense.Backward(dx, dweight, dbias, d.masked, x, weight)
}
