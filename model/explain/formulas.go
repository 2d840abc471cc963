package explain

import (
	"fmt"
	"math"
)

// formulas computes a value for each kind of layer.
var formulas = map[string]func(c *computation){
	"conv": conv, "dense": dense, "scale": scale, "batchnorm": batchNorm,
	"maxpool": maxPool, "avgpool": avgPool, "globalavgpool": globalAvgPool,
	"mean": reduce, "sum": reduce, "max": reduce,
	"add": add, "mul": mul, "concat": concat, "flatten": flatten, "dropout": flatten, "softmax": softMax,
	"relu":      activation("max(x, 0)", func(x float64) float64 { return max(x, 0) }),
	"tanh":      activation("tanh(x)", math.Tanh),
	"sigmoid":   activation("1 / (1 + exp(-x))", sigmoid),
	"silu":      activation("x / (1 + exp(-x))", func(x float64) float64 { return x * sigmoid(x) }),
	"gelu":      activation("x Φ(x)", func(x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 }),
	"leakyrelu": leakyReLU,
	"param":     func(c *computation) { c.copied("a learned value", c.out, c.at) },
}

// param returns a parameter of the layer by the end of its name, or nil.
func (c *computation) param(name string) []float32 {
	for _, p := range c.layer.Params {
		if p.Name() == c.layer.Name+"."+name {
			return p.Value().Data().([]float32)
		}
	}
	return nil
}

// addBias sets the bias of channel k.
func (c *computation) addBias(k int) {
	if bias := c.param("bias"); bias != nil {
		c.result.Bias = float64(bias[k])
	}
}

// copied sets the result to a single value.
func (c *computation) copied(formula string, from operand, at []int) {
	t := c.add(from, at, 1)
	c.result.Formula, c.result.Result = formula, t.Input
	c.result.Line = fmt.Sprintf("%s at %v: %s", from.name, at, number(t.Input))
}

// window calls add for each place of the layer's window and channel of the input from first on.
func (c *computation) window(first, channels int, weight func(u, v, k int) float64, padding bool) {
	in, w := c.inputs[0], c.layer.Attributes
	for k := range channels {
		for u := range w.Kernel[0] {
			for v := range w.Kernel[1] {
				row := c.at[0]*w.Stride[0] + u*w.Dilation[0] - w.Pad[0]
				column := c.at[1]*w.Stride[1] + v*w.Dilation[1] - w.Pad[2]
				at := []int{row, column, first + k}
				inside := row >= 0 && column >= 0 && row < in.shape[0] && column < in.shape[1]
				switch {
				case inside:
					t := c.add(in, at, weight(u, v, k))
					t.Row, t.Column = u, v
				case padding:
					c.result.Terms = append(c.result.Terms, Term{From: in.name, At: at, Row: u, Column: v, Padding: true, Weight: weight(u, v, k)})
				}
			}
		}
	}
}

func conv(c *computation) {
	filter, filters, weight := c.at[2], c.out.shape[2], c.param("weight")
	w := c.layer.Attributes
	perGroup := c.inputs[0].shape[2] / w.Groups
	first := filter / (filters / w.Groups) * perGroup
	c.window(first, perGroup, func(u, v, k int) float64 {
		return float64(weight[((u*w.Kernel[1]+v)*perGroup+k)*filters+filter])
	}, true)
	c.addBias(filter)
	c.result.Formula = "sum of window × kernel + bias"
	c.sum()
}

func dense(c *computation) {
	weight, units := c.param("weight"), c.out.shape[0]
	for i := range c.inputs[0].values {
		c.add(c.inputs[0], []int{i}, float64(weight[i*units+c.at[0]]))
	}
	c.addBias(c.at[0])
	c.result.Formula = "sum of input × weight + bias"
	c.sum()
}

func scale(c *computation) {
	c.add(c.inputs[0], c.at, float64(c.param("weight")[c.at[len(c.at)-1]]))
	c.result.Formula = "input × weight"
	c.sum()
}

func batchNorm(c *computation) {
	k := c.at[len(c.at)-1]
	get := func(name string) float64 { return float64(c.param(name)[k]) }
	weight, mean, variance := get("weight"), get("running_mean"), get("running_var")
	const epsilon = 1e-5
	factor := weight / math.Sqrt(variance+epsilon)
	t := c.add(c.inputs[0], c.at, factor)
	c.result.Bias = get("bias") - mean*factor
	c.result.Constants = []Constant{{"weight", weight}, {"mean", mean}, {"variance", variance}, {"epsilon", epsilon}, {"bias", get("bias")}}
	c.result.Formula = "weight × (input − mean) / √(variance + 0.00001) + bias"
	c.result.Result = weight*(t.Input-mean)/math.Sqrt(variance+epsilon) + get("bias")
	c.result.Line = fmt.Sprintf("%s × (%s − %s) / √(%s + 0.00001) + %s = %s",
		number(weight), number(t.Input), number(mean), number(variance), number(get("bias")), number(c.result.Result))
}

// one is the weight of a value that is not multiplied.
func one(_, _, _ int) float64 { return 1 }

// largest sets the result to the largest term.
func (c *computation) largest(formula string) {
	a := c.result
	a.Formula, a.Result = formula, math.Inf(-1)
	for _, t := range a.Terms {
		a.Result = max(a.Result, t.Input)
	}
	a.Line = fmt.Sprintf("the largest of %d values: %s", len(a.Terms), number(a.Result))
}

// mean sets the result to the sum of the terms over n, which the weights contain.
func (c *computation) mean(formula string, n int) {
	for i := range c.result.Terms {
		c.result.Terms[i].Weight = 1 / float64(n)
	}
	c.sum()
	c.result.Formula = formula
	c.result.Line = fmt.Sprintf("the mean of %d values: %s", n, number(c.result.Result))
}

func maxPool(c *computation) {
	c.window(c.at[2], 1, one, false)
	c.largest("largest value of the window")
}

func avgPool(c *computation) {
	c.window(c.at[2], 1, one, true)
	c.mean("mean of the window", c.layer.Attributes.Kernel[0]*c.layer.Attributes.Kernel[1])
}

// reduceAxes adds a term for each value that agrees with the indices outside of the axes, which
// count without the batch.
func (c *computation) reduceAxes(axes []bool) {
	in := c.inputs[0]
	for offset := range in.values {
		at, k, same := in.at(offset), 0, true
		for axis, index := range at {
			if !axes[axis] {
				same = same && index == c.at[k]
				k++
			}
		}
		if same {
			c.add(in, at, 1)
		}
	}
}

func globalAvgPool(c *computation) {
	c.reduceAxes([]bool{true, true, false})
	c.mean("mean over height and width", len(c.result.Terms))
}

func reduce(c *computation) {
	axes := make([]bool, len(c.inputs[0].shape))
	for _, a := range c.layer.Attributes.Axes {
		axes[a-1] = true
	}
	c.reduceAxes(axes)
	switch c.layer.Kind {
	case "mean":
		c.mean("mean over the axes", len(c.result.Terms))
	case "max":
		c.largest("largest value over the axes")
	default:
		c.sum()
		c.result.Formula = "sum over the axes"
	}
}

func add(c *computation) {
	for _, in := range c.inputs {
		c.add(in, c.at, 1)
	}
	c.sum()
	c.result.Formula = "sum of the inputs"
	c.result.Line = ""
	for i, t := range c.result.Terms {
		if i > 0 {
			c.result.Line += " + "
		}
		c.result.Line += number(t.Input)
	}
	c.result.Line += " = " + number(c.result.Result)
}

// mul multiplies two inputs, of which one may have axes of size 1, or fewer axes, where the other has more.
func mul(c *computation) {
	product := 1.0
	for i, in := range c.inputs {
		at := make([]int, len(in.shape))
		for axis := range at {
			if in.shape[axis] > 1 {
				at[axis] = c.at[len(c.at)-len(at)+axis]
			}
		}
		t := c.add(in, at, 1)
		product *= t.Input
		if i > 0 {
			c.result.Line += " × "
		}
		c.result.Line += number(t.Input)
	}
	if len(c.inputs) == 1 { // the square of one input
		product *= product
		c.result.Line += " × " + c.result.Line
	}
	c.result.Formula, c.result.Result = "product of the inputs", product
	c.result.Line += " = " + number(product)
}

func concat(c *computation) {
	at := append([]int(nil), c.at...)
	last := len(at) - 1
	for _, in := range c.inputs {
		if at[last] < in.shape[last] {
			c.copied("the value of one input", in, at)
			return
		}
		at[last] -= in.shape[last]
	}
}

// flatten copies a value without changing the order.
func flatten(c *computation) {
	in := c.inputs[0]
	c.copied("the value of the input", in, in.at(c.out.offset(c.at)))
}

func softMax(c *computation) {
	logits := make([]float64, len(c.inputs[0].values))
	for i := range logits {
		logits[i] = c.add(c.inputs[0], []int{i}, 1).Input
	}
	c.result.Formula, c.result.Result = "exp(x) / sum of exp", softmax(logits)[c.at[0]]
	c.result.Line = fmt.Sprintf("exp(%s) / sum of %d exponentials = %s", number(logits[c.at[0]]), len(logits), number(c.result.Result))
}

// activation returns the formula of a function of one value.
func activation(formula string, f func(x float64) float64) func(c *computation) {
	return func(c *computation) {
		t := c.add(c.inputs[0], c.at, 1)
		c.result.Formula, c.result.Result = formula, f(t.Input)
		c.result.Line = fmt.Sprintf("x = %s, %s = %s", number(t.Input), formula, number(c.result.Result))
	}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// leakyReLU shows the slope by the value: the layer does not say which one it has.
func leakyReLU(c *computation) {
	t := c.add(c.inputs[0], c.at, 1)
	c.result.Formula, c.result.Result = "x, or slope × x below 0", t.Input
	if t.Input < 0 {
		c.result.Result = c.result.Value
	}
	c.result.Line = fmt.Sprintf("x = %s gives %s", number(t.Input), number(c.result.Result))
}
