package graph

import (
	"math"
	"testing"

	"gorgonia.org/tensor"
)

// torchTensor is a tensor whose operations are those of PyTorch, written from their
// definitions: images are batch, channels, height, width.
type torchTensor struct {
	shape []int
	data  []float64
}

func torchZeros(shape ...int) torchTensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return torchTensor{shape, make([]float64, n)}
}

// at returns the element at an index of each axis; missing and repeated axes count from the last.
func (x torchTensor) at(index ...int) *float64 {
	offset := 0
	for i, d := range x.shape {
		j := index[len(index)-len(x.shape)+i]
		if d == 1 {
			j = 0
		}
		offset = offset*d + j
	}
	return &x.data[offset]
}

// each calls f with all indices of a shape.
func torchEach(shape []int, f func(index []int)) {
	index := make([]int, len(shape))
	var visit func(axis int)
	visit = func(axis int) {
		if axis == len(shape) {
			f(index)
			return
		}
		for i := range shape[axis] {
			index[axis] = i
			visit(axis + 1)
		}
	}
	visit(0)
}

// with combines two tensors elementwise, with broadcasting of y.
func (x torchTensor) with(y torchTensor, f func(a, b float64) float64) torchTensor {
	z := torchZeros(x.shape...)
	torchEach(x.shape, func(i []int) { *z.at(i...) = f(*x.at(i...), *y.at(i...)) })
	return z
}

func (x torchTensor) tanh() torchTensor {
	return x.with(x, func(a, _ float64) float64 { return math.Tanh(a) })
}

func (x torchTensor) flatten() torchTensor {
	return torchTensor{[]int{x.shape[0], len(x.data) / x.shape[0]}, x.data}
}

// mean is the mean over height and width.
func (x torchTensor) mean() torchTensor {
	y := torchZeros(x.shape[:2]...)
	torchEach(x.shape, func(i []int) { *y.at(i[:2]...) += *x.at(i...) / float64(x.shape[2]*x.shape[3]) })
	return y
}

func (x torchTensor) matmul(w torchTensor) torchTensor {
	y := torchZeros(x.shape[0], w.shape[1])
	torchEach([]int{x.shape[0], x.shape[1], w.shape[1]}, func(i []int) {
		*y.at(i[0], i[2]) += *x.at(i[0], i[1]) * *w.at(i[1], i[2])
	})
	return y
}

func torchCat(axis int, xs ...torchTensor) torchTensor {
	shape := append([]int(nil), xs[0].shape...)
	shape[axis] = 0
	for _, x := range xs {
		shape[axis] += x.shape[axis]
	}
	y := torchZeros(shape...)
	first := 0
	for _, x := range xs {
		torchEach(x.shape, func(i []int) {
			to := append([]int(nil), i...)
			to[axis] += first
			*y.at(to...) = *x.at(i...)
		})
		first += x.shape[axis]
	}
	return y
}

// torchModule has the portable parameters of a store.
type torchModule struct {
	t      *testing.T
	params *Params
}

// images returns images of batch, height, width, channels.
func (m torchModule) images(d *tensor.Dense) torchTensor {
	s := d.Shape()
	x := torchZeros(s[0], s[3], s[1], s[2])
	native := torchTensor{s, values(m.t, d)}
	torchEach(x.shape, func(i []int) { *x.at(i...) = *native.at(i[0], i[2], i[3], i[1]) })
	return x
}

// param returns a parameter as PyTorch reads it from a file.
func (m torchModule) param(name string) torchTensor {
	p := m.params.Get(name)
	x := torchZeros(p.PortableShape()...)
	for i, v := range p.Portable() {
		x.data[i] = float64(v)
	}
	return x
}

// maps2 is the function of that name in the module.
func (m torchModule) maps2(x torchTensor) (torchTensor, torchTensor) {
	return m.conv("conv1", x, 1).tanh(), m.conv("conv2", x, 1).tanh()
}

// conv is Conv2d without padding.
func (m torchModule) conv(name string, x torchTensor, groups int) torchTensor {
	w, bias := m.param(name+".weight"), m.param(name+".bias")
	perGroup := w.shape[0] / groups
	y := torchZeros(x.shape[0], w.shape[0], x.shape[2]-w.shape[2]+1, x.shape[3]-w.shape[3]+1)
	torchEach(y.shape, func(i []int) {
		sum := *bias.at(i[1])
		torchEach(w.shape[1:], func(j []int) {
			sum += *w.at(i[1], j[0], j[1], j[2]) * *x.at(i[0], i[1]/perGroup*w.shape[1]+j[0], i[2]+j[1], i[3]+j[2])
		})
		*y.at(i...) = sum
	})
	return y
}

// linear is Linear: x times the transpose of the weight, plus the bias.
func (m torchModule) linear(name string, x torchTensor) torchTensor {
	w, bias := m.param(name+".weight"), m.param(name+".bias")
	y := torchZeros(x.shape[0], w.shape[0])
	torchEach(y.shape, func(i []int) {
		*y.at(i...) = *bias.at(i[1])
		for j := range x.shape[1] {
			*y.at(i...) += *w.at(i[1], j) * *x.at(i[0], j)
		}
	})
	return y
}

// batchNorm is BatchNorm1d or BatchNorm2d in evaluation.
func (m torchModule) batchNorm(name string, x torchTensor) torchTensor {
	w, bias := m.param(name+".weight"), m.param(name+".bias")
	mean, variance := m.param(name+".running_mean"), m.param(name+".running_var")
	y := torchZeros(x.shape...)
	torchEach(x.shape, func(i []int) {
		c := i[1]
		*y.at(i...) = (*x.at(i...)-*mean.at(c))/math.Sqrt(*variance.at(c)+1e-5)**w.at(c) + *bias.at(c)
	})
	return y
}

// scaled multiplies x by a parameter, with broadcasting along the batch.
func (m torchModule) scaled(name string, x torchTensor) torchTensor {
	return x.with(m.param(name+".weight"), func(a, b float64) float64 { return a * b })
}
