package kernelbench

import "inkstone/graph/internal/kernel"

// convNormLayers are convolutions followed by a batch normalization, in training.
var convNormLayers = []convLayer{
	{size: 28, in: 16, out: 16, window: 3, stride: 1, pad: 1, groups: 1},         // resnet
	{size: 28, in: 8, out: 12, window: 3, stride: 1, pad: 1, groups: 1, pool: 2}, // tiny
}

// normCases returns both passes of the layer with its max-pooling, a batch normalization and a ReLU
// in one kernel. There are none if the path has no such kernel.
func (l convLayer) normCases(batch int, w *kernel.Workers) ([]Case, error) {
	f := l.fusion(batch)
	f.Winograd = true
	k, err := kernel.NewConvNorm(l.shape(batch), f, float32(1e-5), w)
	if k == nil || err != nil {
		return nil, err
	}
	s := l.shape(batch)
	x, weight, cells := batch*l.size*l.size*l.in, l.window*l.window*l.in*l.out, batch*s.OutH()*s.OutW()*l.out
	name := l.name() + " with "
	if p := f.Pool; p != nil {
		name += "max-pool, "
		cells = batch * p.OutH() * p.OutW() * l.out
	}
	name += "batch norm and ReLU, "
	with := func(backward bool) func() (func() error, error) {
		return func() (func() error, error) {
			k, err := kernel.NewConvNorm(s, f, float32(1e-5), w)
			if err != nil {
				return nil, err
			}
			return l.prepareNorm(k, batch, cells, backward)
		}
	}
	return []Case{
		{name + "forward", l.inputShape(batch), s.FLOPs(), bytes(x, weight, cells, cells), with(false)},
		{name + "backward", l.inputShape(batch), 2 * s.FLOPs(), bytes(cells, cells, x, x, weight, weight), with(true)},
	}, nil
}

// prepareNorm prepares the layer with its normalization, whose input and output have the given
// length. Half of the input is zero, as after another ReLU.
func (l convLayer) prepareNorm(k *kernel.ConvNorm[float32], batch, cells int, backward bool) (func() error, error) {
	o := l.operands(batch, 0.5)
	gamma, beta := random(l.out, 0), random(l.out, 0)
	raw, out, dout := make([]float32, cells), make([]float32, cells), random(cells, 0)
	forward := func() error { return k.Forward(out, raw, o.x, o.weight, nil, gamma, beta, batch) }
	if !backward {
		return forward, nil
	}
	if err := forward(); err != nil { // Backward reads the statistics
		return nil, err
	}
	grads := kernel.ConvNormGrads[float32]{X: o.dx, Weight: o.dweight, Gamma: make([]float32, l.out), Beta: make([]float32, l.out)}
	return func() error { return k.Backward(grads, dout, raw, o.x, o.weight, gamma, batch) }, nil
}
