package graph

import (
	"fmt"
	"slices"
)

// Option changes a setting of a layer from its default. The documentation of a layer lists
// the options it takes; it refuses the others.
type Option func(*options)

type options struct {
	kernel, stride, dilation [2]int
	pad                      [4]int // top, bottom, left, right
	same                     bool
	groups                   int
	noBias                   bool
	weight, bias             Initializer
	used                     []string // names of the options
	err                      error
}

// record notes that the option was used.
func (o *options) record(name string) { o.used = append(o.used, name) }

// heightWidth returns the height and the width that the option's values give: one value for
// both, or two values.
func (o *options) heightWidth(name string, v []int) [2]int {
	o.record(name)
	if len(v) == 0 || len(v) > 2 {
		o.fail("%s takes one value or height and width, got %v", name, v)
		return [2]int{}
	}
	if slices.Min(v) < 1 {
		o.fail("%s is %v, want at least 1", name, v)
	}
	return [2]int{v[0], v[len(v)-1]}
}

// fail records the first error.
func (o *options) fail(format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf(format, args...)
	}
}

// Kernel sets the height and width of a window that is not square.
func Kernel(height, width int) Option {
	return func(o *options) { o.kernel = o.heightWidth("Kernel", []int{height, width}) }
}

// Stride sets the distance between two positions of the window: one value, or height and
// width. The default is 1 for convolution and the size of the window for pooling.
func Stride(s ...int) Option {
	return func(o *options) { o.stride = o.heightWidth("Stride", s) }
}

// Dilation sets the distance between the inputs of neighboring weights in a convolution's
// kernel: one value, or height and width. The default is 1.
func Dilation(d ...int) Option {
	return func(o *options) { o.dilation = o.heightWidth("Dilation", d) }
}

// Pad adds rows and columns around the image: one value for all sides, two for height and
// width, or four for top, bottom, left, right. The default is no padding ("valid"). The
// padding is zero for convolution and average pooling; max-pooling ignores it.
func Pad(p ...int) Option {
	return func(o *options) {
		o.record("Pad")
		switch len(p) {
		case 1:
			o.pad = [4]int{p[0], p[0], p[0], p[0]}
		case 2:
			o.pad = [4]int{p[0], p[0], p[1], p[1]}
		case 4:
			o.pad = [4]int(p)
		default:
			o.fail("Pad takes one, two or four values, got %v", p)
		}
		if slices.Min(o.pad[:]) < 0 {
			o.fail("Pad is %v, want no negative value", p)
		}
	}
}

// Same pads so that the output has ceil(input/stride) rows and columns. If the padding is
// odd, the bottom and the right get one more (TensorFlow's "SAME").
func Same(o *options) {
	o.record("Same")
	o.same = true
}

// Groups splits the channels of a convolution into n groups: an output channel reads only
// the input channels of its group. With as many groups as input channels it is a depthwise
// convolution. The default is 1.
func Groups(n int) Option {
	return func(o *options) {
		o.record("Groups")
		o.groups = n
		if n < 1 {
			o.fail("Groups is %d, want at least 1", n)
		}
	}
}

// NoBias omits the bias, which is redundant before batch normalization.
func NoBias(o *options) {
	o.record("NoBias")
	o.noBias = true
}

// Weights sets the initializer of the layer's weight. The default is [HeUniform].
func Weights(init Initializer) Option {
	return func(o *options) { o.record("Weights"); o.weight = init }
}

// Bias sets the initializer of the layer's bias. The default is [Zeros].
func Bias(init Initializer) Option {
	return func(o *options) { o.record("Bias"); o.bias = init }
}

// applyOptions applies opts to the defaults of a layer. takes names the options that the
// layer takes.
func applyOptions(opts []Option, defaults options, takes ...string) (options, error) {
	o := defaults
	for i, f := range opts {
		if f == nil {
			return o, fmt.Errorf("option %d is nil", i+1)
		}
		f(&o)
	}
	for _, name := range o.used {
		if !slices.Contains(takes, name) {
			return o, fmt.Errorf("option %s does not apply here; the layer takes %v", name, takes)
		}
	}
	if o.same && slices.Contains(o.used, "Pad") {
		return o, fmt.Errorf("options Same and Pad exclude each other")
	}
	return o, o.err
}

// setSamePadding sets the padding that Same stands for on an image of h x w.
func (o *options) setSamePadding(h, w int) {
	if !o.same {
		return
	}
	side := func(in, kernel, stride, dilation int) (before, after int) {
		out := (in + stride - 1) / stride
		total := max((out-1)*stride+(kernel-1)*dilation+1-in, 0)
		return total / 2, total - total/2
	}
	o.pad[0], o.pad[1] = side(h, o.kernel[0], o.stride[0], o.dilation[0])
	o.pad[2], o.pad[3] = side(w, o.kernel[1], o.stride[1], o.dilation[1])
}
