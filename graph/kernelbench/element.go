package kernelbench

import (
	"fmt"

	"inkstone/graph/internal/kernel"
)

// elementCases returns the kernels whose time is that of moving memory.
func elementCases(batch int, w *kernel.Workers) []Case {
	const size, channels, classes = 24, 64, 10
	const parameters = 1_199_882 // of cnn
	pixels := batch * size * size
	n := pixels * channels
	images := fmt.Sprintf("%dx%dx%dx%d", batch, size, size, channels)
	logits := fmt.Sprintf("%dx%d", batch, classes)
	cases := []Case{
		{"max-pool 2, forward", images, 0, bytes(n, n/4), func() (func() error, error) { return maxPool(batch, size, channels, false, w) }},
		{"max-pool 2, backward", images, 0, bytes(n, n/4), func() (func() error, error) { return maxPool(batch, size, channels, true, w) }},
		{"ReLU, forward", images, 0, bytes(n, n), func() (func() error, error) {
			x, y := random(n, 0), make([]float32, n)
			return func() error { return kernel.Activate(w, kernel.ReLU, 0, y, x) }, nil
		}},
		{"ReLU, backward", images, 0, bytes(n, n, n), func() (func() error, error) {
			y, dy, dx := random(n, 0.5), random(n, 0), make([]float32, n)
			return func() error { return kernel.ActivateGrad(w, kernel.ReLU, 0, dx, dy, nil, y) }, nil
		}},
		{"batch norm, forward", images, 0, bytes(n, n), func() (func() error, error) { return batchNorm(pixels, channels, false, false, w) }},
		{"batch norm, backward", images, 0, bytes(n, n, n), func() (func() error, error) { return batchNorm(pixels, channels, true, false, w) }},
		{"batch norm and ReLU, forward", images, 0, bytes(n, n), func() (func() error, error) { return batchNorm(pixels, channels, false, true, w) }},
		{"batch norm and ReLU, backward", images, 0, bytes(n, n, n), func() (func() error, error) { return batchNorm(pixels, channels, true, true, w) }},
		{"global average, of squeeze-and-excite", images, 0, bytes(n, batch*channels), func() (func() error, error) {
			pool, err := kernel.NewGlobalAvgPool[float32](batch, size, size, channels, w)
			x, y := random(n, 0), make([]float32, batch*channels)
			return func() error { return pool.Forward(y, x) }, err
		}},
		{"product by channel, of squeeze-and-excite", images, 0, bytes(n, batch*channels, n), func() (func() error, error) {
			product, err := kernel.NewProduct[float32]([]int{batch, size, size, channels}, []int{batch, 1, 1, channels}, w)
			a, b, y := random(n, 0), random(batch*channels, 0), make([]float32, n)
			return func() error { return product.Forward(y, a, b) }, err
		}},
		{"softmax", logits, 0, bytes(batch*classes, batch*classes), func() (func() error, error) {
			x, y := random(batch*classes, 0), make([]float32, batch*classes)
			return func() error { return kernel.Softmax(w, y, x, classes) }, nil
		}},
		{"Adam", fmt.Sprintf("%d parameters", parameters), 0, bytes(parameters, parameters, parameters, parameters, parameters, parameters, parameters), func() (func() error, error) {
			p, g := random(parameters, 0), random(parameters, 0)
			m, v := make([]float32, parameters), make([]float32, parameters)
			step := kernel.AdamStep{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1}
			return func() error { return kernel.Adam(w, p, m, v, g, step) }, nil
		}},
	}
	for _, s := range smoothShapes {
		cases = append(cases, smoothCases(batch, s.size, s.channels, w)...)
	}
	return cases
}

// smoothShapes are the shapes on which tanh and average pooling are timed: that of the other
// elementwise kernels, and those of lenet5.
var smoothShapes = []struct{ size, channels int }{{24, 64}, {28, 6}, {10, 16}}

// smoothCases returns both passes of average pooling and of tanh.
func smoothCases(batch, size, channels int, w *kernel.Workers) []Case {
	n := batch * size * size * channels
	images := fmt.Sprintf("%dx%dx%dx%d", batch, size, size, channels)
	return []Case{
		{"avg-pool 2, forward", images, 0, bytes(n, n/4), func() (func() error, error) { return avgPool(batch, size, channels, false, w) }},
		{"avg-pool 2, backward", images, 0, bytes(n, n/4), func() (func() error, error) { return avgPool(batch, size, channels, true, w) }},
		{"tanh, forward", images, 0, bytes(n, n), func() (func() error, error) {
			x, y := random(n, 0), make([]float32, n)
			return func() error { return kernel.Activate(w, kernel.Tanh, 0, y, x) }, nil
		}},
		{"tanh, backward", images, 0, bytes(n, n, n), func() (func() error, error) {
			y, dy, dx := random(n, 0), random(n, 0), make([]float32, n)
			return func() error { return kernel.ActivateGrad(w, kernel.Tanh, 0, dx, dy, nil, y) }, nil
		}},
	}
}

// halving returns a window of 2x2 with stride 2.
func halving(batch, size, channels int) kernel.Window {
	return kernel.Window{
		N: batch, H: size, W: size, C: channels, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 1,
	}
}

func maxPool(batch, size, channels int, backward bool, w *kernel.Workers) (func() error, error) {
	pool, err := kernel.NewMaxPool[float32](halving(batch, size, channels), w)
	if err != nil {
		return nil, err
	}
	n := batch * size * size * channels
	x, y := random(n, 0.5), make([]float32, n/4)
	forward := func() error { return pool.Forward(y, x) }
	if !backward {
		return forward, nil
	}
	if err := forward(); err != nil { // Backward reads the positions of the maxima
		return nil, err
	}
	dx := make([]float32, n)
	return func() error { return pool.Backward(dx, y) }, nil
}

func avgPool(batch, size, channels int, backward bool, w *kernel.Workers) (func() error, error) {
	pool, err := kernel.NewAvgPool[float32](halving(batch, size, channels), w)
	if err != nil {
		return nil, err
	}
	n := batch * size * size * channels
	x, y := random(n, 0), random(n/4, 0)
	if backward {
		return func() error { return pool.Backward(x, y) }, nil
	}
	return func() error { return pool.Forward(y, x) }, nil
}

func batchNorm(rows, channels int, backward, relu bool, w *kernel.Workers) (func() error, error) {
	norm, err := kernel.NewBatchNorm[float32](rows, channels, 1e-5, w)
	if err != nil {
		return nil, err
	}
	x, y := random(rows*channels, 0), make([]float32, rows*channels)
	gamma, beta := random(channels, 0), random(channels, 0)
	forward := func() error { return norm.Forward(y, x, gamma, beta, rows, relu) }
	if !backward {
		return forward, nil
	}
	if err := forward(); err != nil { // Backward reads the statistics
		return nil, err
	}
	dx, dgamma, dbeta := make([]float32, len(x)), make([]float32, channels), make([]float32, channels)
	dy := random(rows*channels, 0)
	return func() error { return norm.Backward(dx, dgamma, dbeta, dy, x, gamma, rows) }, nil
}
