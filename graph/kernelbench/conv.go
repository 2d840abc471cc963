package kernelbench

import (
	"fmt"

	"inkstone/graph/internal/kernel"
)

// convLayer is a convolution of square images with square windows.
type convLayer struct {
	size, in, out, window, stride, pad, groups int
	dilation                                   int // 0 means 1

	image bool // the input is the image, whose gradient is not computed
	relu  bool // also time the layer fused with a ReLU
	pool  int  // size of the max-pooling fused with the layer and its ReLU, 0 for none
}

var convLayers = []convLayer{
	// cnn
	{size: 28, in: 1, out: 32, window: 3, stride: 1, groups: 1, image: true, relu: true},
	{size: 26, in: 32, out: 64, window: 3, stride: 1, groups: 1, relu: true, pool: 2},
	// lenet5
	{size: 28, in: 1, out: 6, window: 5, stride: 1, pad: 2, groups: 1, image: true},
	{size: 14, in: 6, out: 16, window: 5, stride: 1, groups: 1},
	// tiny
	{size: 28, in: 8, out: 16, window: 3, stride: 1, pad: 1, groups: 1},
	{size: 7, in: 16, out: 32, window: 3, stride: 1, pad: 1, groups: 1},
	// resnet
	{size: 28, in: 16, out: 16, window: 3, stride: 1, pad: 1, groups: 1},
	{size: 28, in: 16, out: 32, window: 3, stride: 2, pad: 1, groups: 1},
	{size: 14, in: 32, out: 64, window: 1, stride: 2, groups: 1},
	{size: 7, in: 64, out: 64, window: 3, stride: 1, pad: 1, groups: 1},
	// general
	{size: 12, in: 16, out: 32, window: 5, stride: 1, groups: 1, relu: true, pool: 2},
	{size: 14, in: 64, out: 64, window: 1, stride: 1, groups: 1},
	{size: 14, in: 128, out: 128, window: 3, stride: 1, pad: 1, groups: 1},
	{size: 28, in: 32, out: 32, window: 5, stride: 2, pad: 2, groups: 1},
	{size: 14, in: 64, out: 64, window: 3, stride: 1, pad: 1, groups: 64},
	{size: 14, in: 64, out: 64, window: 3, stride: 1, pad: 1, groups: 4},
	{size: 14, in: 64, out: 64, window: 3, stride: 1, pad: 2, groups: 1, dilation: 2},
}

// imageLayers are layers of one large image, which is divided among the workers.
var imageLayers = []convLayer{
	{size: 112, in: 64, out: 64, window: 3, stride: 1, pad: 1, groups: 1},
	{size: 112, in: 64, out: 64, window: 3, stride: 1, pad: 1, groups: 64},
}

func (l convLayer) shape(batch int) kernel.ConvShape {
	return kernel.ConvShape{
		Window: kernel.Window{
			N: batch, H: l.size, W: l.size, C: l.in, KH: l.window, KW: l.window,
			StrideH: l.stride, StrideW: l.stride, DilationH: max(l.dilation, 1), DilationW: max(l.dilation, 1),
			PadTop: l.pad, PadBottom: l.pad, PadLeft: l.pad, PadRight: l.pad,
		},
		K: l.out, Groups: l.groups,
	}
}

func (l convLayer) name() string {
	return fmt.Sprintf("conv %dx%d %d to %d", l.window, l.window, l.in, l.out)
}

// inputShape returns the shape of the input and the options of the layer.
func (l convLayer) inputShape(batch int) string {
	s := fmt.Sprintf("%dx%dx%dx%d", batch, l.size, l.size, l.in)
	if l.stride > 1 {
		s += fmt.Sprintf(" stride %d", l.stride)
	}
	if l.pad > 0 {
		s += fmt.Sprintf(" pad %d", l.pad)
	}
	if l.dilation > 1 {
		s += fmt.Sprintf(" dilation %d", l.dilation)
	}
	if l.groups > 1 {
		s += fmt.Sprintf(" groups %d", l.groups)
	}
	return s
}

// cases returns the cases of a layer: the layer alone, with operands without zeros, and
// the layer fused with ReLU and pooling, with the zeros of training. FLOPs are always
// those of the direct convolution, also for Winograd's algorithm.
func (l convLayer) cases(batch int, w *kernel.Workers) []Case {
	s := l.shape(batch)
	x, weight, y := batch*l.size*l.size*l.in, l.window*l.window*l.in/l.groups*l.out, batch*s.OutH()*s.OutW()*l.out
	products := int64(2)
	if l.image {
		products = 1
	}
	forward := Case{Name: l.name() + ", forward", Shape: l.inputShape(batch), FLOPs: s.FLOPs(), Bytes: bytes(x, weight, y)}
	backward := Case{Name: l.name() + ", backward", Shape: forward.Shape, FLOPs: products * s.FLOPs(), Bytes: bytes(y, x, weight, weight)}
	if !l.image {
		backward.Bytes += bytes(x)
	}
	fusedForward, fusedBackward := forward, backward
	forward.prepare = func() (func() error, error) { return l.prepare(batch, w, false, kernel.Fusion{}) }
	backward.prepare = func() (func() error, error) { return l.prepare(batch, w, true, kernel.Fusion{}) }
	cases := []Case{forward, backward}
	if l.winograd() {
		forward.Name += ", Winograd"
		backward.Name += ", Winograd"
		forward.prepare = func() (func() error, error) { return l.prepare(batch, w, false, kernel.Fusion{Winograd: true}) }
		backward.prepare = func() (func() error, error) { return l.prepare(batch, w, true, kernel.Fusion{Winograd: true}) }
		cases = append(cases, forward, backward)
	}
	if !l.relu {
		return cases
	}
	with := " with ReLU"
	if l.pool > 0 {
		with += " and max-pool"
		cells := batch * (s.OutH() / l.pool) * (s.OutW() / l.pool) * l.out
		fusedForward.Bytes += bytes(cells) - bytes(y)
		fusedBackward.Bytes += bytes(cells, cells) - bytes(y)
	} else {
		fusedBackward.Bytes += bytes(y)
	}
	fusedForward.Name += with
	fusedBackward.Name += with
	fusedForward.prepare = func() (func() error, error) { return l.prepare(batch, w, false, l.fusion(batch)) }
	fusedBackward.prepare = func() (func() error, error) { return l.prepare(batch, w, true, l.fusion(batch)) }
	cases = append(cases, fusedForward, fusedBackward)
	if l.winograd() {
		fusedForward.Name += ", Winograd"
		fusedForward.prepare = func() (func() error, error) {
			f := l.fusion(batch)
			f.Winograd = true
			return l.prepare(batch, w, false, f)
		}
		cases = append(cases, fusedForward)
	}
	return cases
}

// imageCase returns the forward pass over one image, by Winograd's algorithm if it computes the
// layer.
func (l convLayer) imageCase(w *kernel.Workers) Case {
	s, name := l.shape(1), l.name()+", forward of one image"
	if l.winograd() {
		name += ", Winograd"
	}
	x, weight, y := l.size*l.size*l.in, l.window*l.window*l.in/l.groups*l.out, s.OutH()*s.OutW()*l.out
	return Case{Name: name, Shape: l.inputShape(1), FLOPs: s.FLOPs(), Bytes: bytes(x, weight, y), prepare: func() (func() error, error) {
		return l.prepare(1, w, false, kernel.Fusion{Winograd: l.winograd()})
	}}
}

// winograd reports whether Winograd's algorithm computes the layer on every path.
func (l convLayer) winograd() bool {
	return (l.window == 3 || l.window == 5) && l.stride == 1 && l.groups == 1 && l.dilation < 2 && l.in%16+l.out%16 == 0
}

// fusion returns a ReLU and the pooling of the layer.
func (l convLayer) fusion(batch int) kernel.Fusion {
	f := kernel.Fusion{ReLU: true}
	if l.pool > 0 {
		s := l.shape(batch)
		f.Pool = &kernel.Window{
			N: batch, H: s.OutH(), W: s.OutW(), C: l.out, KH: l.pool, KW: l.pool,
			StrideH: l.pool, StrideW: l.pool, DilationH: 1, DilationW: 1,
		}
	}
	return f
}

// convOperands holds the operands that the passes of a layer share.
type convOperands struct {
	x, dx, weight, dweight, bias, dbias []float32
}

func (l convLayer) operands(batch int, zeros float64) convOperands {
	x := random(batch*l.size*l.size*l.in, zeros)
	weight := random(l.window*l.window*l.in/l.groups*l.out, 0)
	o := convOperands{x: x, weight: weight, dweight: make([]float32, len(weight)), bias: make([]float32, l.out), dbias: make([]float32, l.out)}
	if !l.image {
		o.dx = make([]float32, len(x))
	}
	return o
}

// prepare prepares the layer with the operations of f. Half of the input is zero if
// there is a ReLU, as after another one, unless the input is the image. The gradient of the
// output has no zeros; ReLU and pooling add them.
func (l convLayer) prepare(batch int, w *kernel.Workers, backward bool, f kernel.Fusion) (func() error, error) {
	conv, err := kernel.NewConv[float32](l.shape(batch), f, w)
	if err != nil {
		return nil, err
	}
	zeros := 0.5
	if l.image || !f.ReLU {
		zeros = 0
	}
	o := l.operands(batch, zeros)
	y, dy := make([]float32, conv.OutputLen()), random(conv.OutputLen(), 0)
	forward := func() error { return conv.Forward(y, o.x, o.weight, o.bias) }
	if !backward {
		return forward, nil
	}
	if err := forward(); err != nil { // Backward reads the positions of the maxima
		return nil, err
	}
	return func() error { return conv.Backward(o.dx, o.dweight, o.dbias, dy, y, o.x, o.weight) }, nil
}
