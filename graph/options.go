package graph

import (
	"fmt"
	"slices"
)

// Option changes a layer from its default. Each layer names the options it takes
// and refuses the others.
type Option func(*options)

type options struct {
	kernel, stride, dilation [2]int
	pad                      [4]int // top, bottom, left, right
	same                     bool
	groups                   int
	noBias                   bool
	weight, bias             Initializer
	given                    []string
	err                      error
}

func (o *options) say(name string) { o.given = append(o.given, name) }

func (o *options) pair(name string, least int, v []int) (two [2]int) {
	o.say(name)
	switch len(v) {
	case 1:
		two = [2]int{v[0], v[0]}
	case 2:
		two = [2]int{v[0], v[1]}
	default:
		o.fail("%s takes one value or height and width, got %v", name, v)
		return two
	}
	if two[0] < least || two[1] < least {
		o.fail("%s is %v, want at least %d", name, v, least)
	}
	return two
}

func (o *options) fail(format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf(format, args...)
	}
}

// Kernel sets a window that is not square: height, width.
func Kernel(height, width int) Option {
	return func(o *options) { o.kernel = o.pair("Kernel", 1, []int{height, width}) }
}

// Stride sets the step of the window: one value, or height and width. The default
// is 1 for convolution and the window itself for pooling.
func Stride(s ...int) Option {
	return func(o *options) { o.stride = o.pair("Stride", 1, s) }
}

// Dilation sets the distance between the taps of a convolution's kernel: one
// value, or height and width. The default is 1.
func Dilation(d ...int) Option {
	return func(o *options) { o.dilation = o.pair("Dilation", 1, d) }
}

// Pad adds rows and columns around the image: one value for all sides, two for
// height and width, four for top, bottom, left, right. The default is none
// ("valid"). Convolution and average pooling see zeros there; max-pooling never
// chooses them.
func Pad(p ...int) Option {
	return func(o *options) {
		o.say("Pad")
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

// Same pads so that the output has ceil(input/stride) rows and columns; where the
// padding is odd, the bottom and the right get the greater part (TensorFlow's
// "SAME").
func Same(o *options) {
	o.say("Same")
	o.same = true
}

// Groups splits the channels of a convolution into n groups that do not see each
// other. With as many groups as input channels it is a depthwise convolution.
func Groups(n int) Option {
	return func(o *options) {
		o.say("Groups")
		o.groups = n
		if n < 1 {
			o.fail("Groups is %d, want at least 1", n)
		}
	}
}

// NoBias leaves the bias out, as before batch normalisation.
func NoBias(o *options) {
	o.say("NoBias")
	o.noBias = true
}

// Weights sets the initialiser of the layer's weight.
func Weights(init Initializer) Option {
	return func(o *options) { o.say("Weights"); o.weight = init }
}

// Bias sets the initialiser of the layer's bias.
func Bias(init Initializer) Option {
	return func(o *options) { o.say("Bias"); o.bias = init }
}

// collect applies opts over the defaults of a layer that takes the options named
// in takes.
func collect(opts []Option, defaults options, takes ...string) (options, error) {
	o := defaults
	for i, f := range opts {
		if f == nil {
			return o, fmt.Errorf("option %d is nil", i+1)
		}
		f(&o)
	}
	for _, name := range o.given {
		if !slices.Contains(takes, name) {
			return o, fmt.Errorf("option %s does not apply here; the layer takes %v", name, takes)
		}
	}
	if o.same && slices.Contains(o.given, "Pad") {
		return o, fmt.Errorf("options Same and Pad exclude each other")
	}
	return o, o.err
}

// resolveSame turns Same into explicit padding for an image of h x w.
func (o *options) resolveSame(h, w int) {
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
