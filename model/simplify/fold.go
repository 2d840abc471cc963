// Package simplify simplifies networks for prediction, before they are translated to another
// form.
package simplify

import (
	"math"
	"slices"

	"gorgonia.org/tensor"

	"inkstone/graph"
)

// Fold returns the network without its dropout layers and with each batch normalization folded
// into the convolution or the dense layer before it, where nothing else reads that layer:
//
//	weight' = weight * g
//	bias'   = (bias - mean) * g + bias of the normalization, with g = scale / sqrt(variance + epsilon)
//
// The result computes the same up to rounding. It has its own parameters; those of p stay as
// they are.
func Fold(p *graph.Forward) *graph.Forward {
	readers := make([]int, len(p.Steps))
	for _, s := range p.Steps {
		for _, from := range s.Inputs {
			if from != graph.ImageInput {
				readers[from]++
			}
		}
	}
	folded := *p
	folded.Steps = nil
	to := make([]int, len(p.Steps)) // index of each step among the new ones
	at := func(from int) int {
		if from == graph.ImageInput {
			return from
		}
		return to[from]
	}
	for i, s := range p.Steps {
		s.Inputs = slices.Clone(s.Inputs)
		for k, from := range s.Inputs {
			s.Inputs[k] = at(from)
		}
		last := i == len(p.Steps)-1
		switch {
		case s.Kind == "dropout" && !s.Custom && !last:
			to[i] = s.Inputs[0]
			continue
		case s.Kind == "batchnorm" && p.Steps[i].Inputs[0] >= 0 && readers[p.Steps[i].Inputs[0]] == 1 && isAffine(folded.Steps, s.Inputs[0]):
			into := &folded.Steps[s.Inputs[0]]
			into.Params = foldedParams(into, &s)
			to[i] = s.Inputs[0]
			continue
		}
		to[i] = len(folded.Steps)
		folded.Steps = append(folded.Steps, s)
	}
	return &folded
}

// isAffine reports whether a step is a convolution or a dense layer.
func isAffine(steps []graph.Step, i int) bool {
	return i >= 0 && !steps[i].Custom && (steps[i].Kind == "conv" || steps[i].Kind == "dense")
}

// foldedParams returns the weight and the bias of a layer with the normalization after it.
func foldedParams(layer, norm *graph.Step) []*graph.Param {
	scale, shift, mean, variance := norm.Params[0], norm.Params[1], norm.Params[2], norm.Params[3]
	weight := layer.Params[0].Copy(layer.Params[0].Name())
	bias := shift.Copy(layer.Name + ".bias")
	n := shift.Len()
	for c := range n {
		g := get(scale, c) / math.Sqrt(get(variance, c)+norm.Epsilon)
		b := 0.0
		if len(layer.Params) > 1 {
			b = get(layer.Params[1], c)
		}
		set(bias, c, (b-get(mean, c))*g+get(shift, c))
		for i := c; i < weight.Len(); i += n { // the units are the last axis of a weight
			set(weight, i, get(weight, i)*g)
		}
	}
	return []*graph.Param{weight, bias}
}

func get(p *graph.Param, i int) float64 {
	if p.Value().Dtype() == tensor.Float64 {
		return p.Value().Data().([]float64)[i]
	}
	return float64(p.Value().Data().([]float32)[i])
}

func set(p *graph.Param, i int, v float64) {
	if p.Value().Dtype() == tensor.Float64 {
		p.Value().Data().([]float64)[i] = v
		return
	}
	p.Value().Data().([]float32)[i] = float32(v)
}
