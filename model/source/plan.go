// Package source translates networks to source files in Go and C that compute them with plain
// loops, without any dependency.
package source

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"inkstone/graph"
	"inkstone/model/simplify"
)

// Network is what a source file computes: a network with its classes and the normalization of its
// input.
type Network struct {
	Name    string // of the package in Go, and the prefix of the functions in C: letters, digits, _
	Doc     string // one line about the model
	Forward *graph.Forward
	Classes []string
	// Scale and Shift are the normalization: the input is Scale*pixel + Shift for pixels from 0
	// to 255.
	Scale, Shift float64
}

// plan is a network as calls of functions. The outputs of layers lie in one array, the values, and
// the parameters in another, the weights.
type plan struct {
	calls   []call
	weights []float32
	values  int // number of elements
	input   ref // of the normalized pixels
	logits  ref
}

// ref is a part of one of the two arrays. A part of 0 elements stands for nothing.
type ref struct {
	weights     bool
	offset, len int
}

// call is a call of a function of functions.go.txt and functions.c.txt. Arguments are a ref, an int or
// a float64.
type call struct {
	comment  string // name of the layer
	function string
	args     []any
}

// newPlan returns the plan of a network, with batch normalization folded where that is possible.
func newPlan(f *graph.Forward) (*plan, error) {
	if f == nil || len(f.Steps) == 0 {
		return nil, errors.New("source: the network is empty")
	}
	f = simplify.Fold(f)
	p := &plan{}
	p.input = p.value(f.Height * f.Width * f.Channels)
	outputs := make([]ref, len(f.Steps))
	shapes := make([][]int, len(f.Steps))
	for i, s := range f.Steps {
		in, inShapes := make([]ref, len(s.Inputs)), make([][]int, len(s.Inputs))
		for k, from := range s.Inputs {
			if from == graph.ImageInput {
				in[k], inShapes[k] = p.input, []int{1, f.Height, f.Width, f.Channels}
			} else {
				in[k], inShapes[k] = outputs[from], shapes[from]
			}
		}
		shapes[i] = s.Output
		layer, ok := layers[s.Kind]
		if !ok || s.Custom {
			return nil, fmt.Errorf("source: %s %q: a custom operation has no source", s.Kind, s.Name)
		}
		outputs[i] = layer(p, &s, in, inShapes)
	}
	p.logits = outputs[len(outputs)-1]
	return p, nil
}

// value reserves elements for the output of a layer.
func (p *plan) value(n int) ref {
	r := ref{offset: p.values, len: n}
	p.values += n
	return r
}

// output reserves the output of a step.
func (p *plan) output(s *graph.Step) ref { return p.value(s.Output.TotalSize()) }

// constant appends numbers to the weights.
func (p *plan) constant(v []float32) ref {
	r := ref{weights: true, offset: len(p.weights), len: len(v)}
	p.weights = append(p.weights, v...)
	return r
}

// param appends a parameter to the weights.
func (p *plan) param(x *graph.Param) ref { return p.constant(numbers(x)) }

// numbers returns the elements of a parameter in the layout of its layer.
func numbers(x *graph.Param) []float32 {
	if v, ok := x.Value().Data().([]float32); ok {
		return v
	}
	wide := x.Value().Data().([]float64)
	v := make([]float32, len(wide))
	for i := range v {
		v[i] = float32(wide[i])
	}
	return v
}

func (p *plan) call(s *graph.Step, function string, args ...any) {
	p.calls = append(p.calls, call{s.Name, function, args})
}

// A layerForm appends the calls of a step with its inputs, and returns its output.
type layerForm func(p *plan, s *graph.Step, in []ref, shapes [][]int) ref

var layers = map[string]layerForm{
	"conv": conv, "dense": dense, "batchnorm": batchNorm, "maxpool": pool, "avgpool": pool, "globalavgpool": globalAvgPool,
	"relu": elementwise("relu"), "tanh": elementwise("tanh_"), "sigmoid": elementwise("sigmoid"), "gelu": elementwise("gelu"), "silu": elementwise("silu"),
	"leakyrelu": leakyReLU, "flatten": same, "dropout": same, "param": freeParam, "add": add, "concat": concat,
	"mul": mul, "scale": scale, "softmax": softmax, "mean": reduce, "sum": reduce, "max": reduce,
}

// same is the form of a layer whose output is its input.
func same(_ *plan, _ *graph.Step, in []ref, _ [][]int) ref { return in[0] }

func freeParam(p *plan, s *graph.Step, _ []ref, _ [][]int) ref { return p.param(s.Params[0]) }

// optional returns the second parameter of a layer, the bias, if it has one.
func (p *plan) optional(s *graph.Step) ref {
	if len(s.Params) < 2 {
		return ref{}
	}
	return p.param(s.Params[1])
}

func conv(p *plan, s *graph.Step, in []ref, shapes [][]int) ref {
	y, x := p.output(s), shapes[0]
	p.call(s, "conv", y, in[0], p.param(s.Params[0]), p.optional(s), x[1], x[2], x[3], s.Output[3],
		s.Kernel[0], s.Kernel[1], s.Stride[0], s.Stride[1], s.Pad[0], s.Pad[2], s.Dilation[0], s.Dilation[1], s.Groups, s.Output[1], s.Output[2])
	return y
}

func dense(p *plan, s *graph.Step, in []ref, shapes [][]int) ref {
	y := p.output(s)
	p.call(s, "dense", y, in[0], p.param(s.Params[0]), p.optional(s), shapes[0][1], s.Output[1])
	return y
}

// batchNorm multiplies by scale/sqrt(variance+epsilon) and adds what the rest is.
func batchNorm(p *plan, s *graph.Step, in []ref, _ [][]int) ref {
	weight, bias, mean, variance := numbers(s.Params[0]), numbers(s.Params[1]), numbers(s.Params[2]), numbers(s.Params[3])
	g, b := make([]float32, len(weight)), make([]float32, len(weight))
	for i := range g {
		factor := float64(weight[i]) / math.Sqrt(float64(variance[i])+s.Epsilon)
		g[i], b[i] = float32(factor), float32(float64(bias[i])-float64(mean[i])*factor)
	}
	y := p.output(s)
	p.call(s, "affine", y, in[0], p.constant(g), p.constant(b), y.len/len(g), len(g))
	return y
}

func scale(p *plan, s *graph.Step, in []ref, _ [][]int) ref {
	y, g := p.output(s), p.param(s.Params[0])
	p.call(s, "affine", y, in[0], g, ref{}, y.len/g.len, g.len)
	return y
}

func elementwise(function string) layerForm {
	return func(p *plan, s *graph.Step, in []ref, _ [][]int) ref {
		y := p.output(s)
		p.call(s, function, y, in[0], y.len)
		return y
	}
}

func leakyReLU(p *plan, s *graph.Step, in []ref, _ [][]int) ref {
	y := p.output(s)
	p.call(s, "leakyrelu", y, in[0], y.len, s.Slope)
	return y
}

func pool(p *plan, s *graph.Step, in []ref, shapes [][]int) ref {
	y, x := p.output(s), shapes[0]
	p.call(s, s.Kind, y, in[0], x[1], x[2], x[3], s.Kernel[0], s.Kernel[1], s.Stride[0], s.Stride[1], s.Pad[0], s.Pad[2], s.Output[1], s.Output[2])
	return y
}

func globalAvgPool(p *plan, s *graph.Step, in []ref, shapes [][]int) ref {
	return reduceTo(p, s, "mean", in[0], shapes[0], []int{1, 2})
}

func reduce(p *plan, s *graph.Step, in []ref, shapes [][]int) ref {
	return reduceTo(p, s, s.Kind, in[0], shapes[0], s.Axes)
}

// three returns a shape without the batch and with axes of size 1 in front, three axes in all.
func three(shape []int) []int {
	rest := shape[1:]
	return append(slices.Repeat([]int{1}, 3-len(rest)), rest...)
}

// reduceTo reduces over axes of a value. Strides of the output are 0 along them.
func reduceTo(p *plan, s *graph.Step, kind string, x ref, shape, axes []int) ref {
	y := p.output(s)
	size := three(shape)
	strides, stride, count := []int{0, 0, 0}, 1, 1
	for a := 2; a >= 0; a-- {
		if own := a - 3 + len(shape); own > 0 && slices.Contains(axes, own) {
			count *= size[a]
			continue
		}
		strides[a] = stride
		stride *= size[a]
	}
	if kind == "max" {
		p.call(s, "max_", y, x, y.len, size[0], size[1], size[2], strides[0], strides[1], strides[2])
		return y
	}
	factor := 1.0
	if kind == "mean" {
		factor = 1 / float64(count)
	}
	p.call(s, "sum", y, x, y.len, size[0], size[1], size[2], strides[0], strides[1], strides[2], factor)
	return y
}

func add(p *plan, s *graph.Step, in []ref, _ [][]int) ref {
	y := p.output(s)
	sum := in[0]
	for _, x := range in[1:] {
		p.call(s, "add", y, sum, x, y.len)
		sum = y
	}
	return y
}

func concat(p *plan, s *graph.Step, in []ref, shapes [][]int) ref {
	y := p.output(s)
	last := len(s.Output) - 1
	cols, first := s.Output[last], 0
	for k, x := range in {
		c := shapes[k][last]
		p.call(s, "copy_", y, x, y.len/cols, c, cols, first)
		first += c
	}
	return y
}

// mul repeats an input along the axes in which its size is 1.
func mul(p *plan, s *graph.Step, in []ref, shapes [][]int) ref {
	y := p.output(s)
	size := three(s.Output)
	args := []any{y, in[0], in[1], size[0], size[1], size[2]}
	for _, shape := range shapes {
		// Axes that an input lacks come after the batch.
		own := three(shape)
		strides, stride := []int{0, 0, 0}, 1
		for a := 2; a >= 0; a-- {
			if own[a] > 1 {
				strides[a] = stride
			}
			stride *= own[a]
		}
		args = append(args, strides[0], strides[1], strides[2])
	}
	p.call(s, "mul", args...)
	return y
}

func softmax(p *plan, s *graph.Step, in []ref, _ [][]int) ref {
	y, cols := p.output(s), s.Output[len(s.Output)-1]
	p.call(s, "softmax", y, in[0], y.len/cols, cols)
	return y
}
