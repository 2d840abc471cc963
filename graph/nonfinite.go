package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// NonFinite is a place where a run met a number that is not finite: a parameter, or the
// output of a layer.
type NonFinite struct {
	Layer Layer  // the layer, or the layer of the parameter
	Param *Param // the parameter; nil if it is the layer's output
}

// NonFinite returns the first place, in the order of the layers, where the last run met a
// number that is not finite, or nil if there is none. It checks a layer's parameters before
// its output, and skips outputs that were not computed (see [Config.KeepValues]).
func (s *session) NonFinite() *NonFinite {
	for _, l := range s.builder.layers {
		for _, p := range l.Params {
			if hasNonFinite(p.value) {
				return &NonFinite{Layer: l, Param: p}
			}
		}
		if hasNonFinite(l.Node.Value()) {
			return &NonFinite{Layer: l}
		}
	}
	return nil
}

func hasNonFinite(v gorgonia.Value) bool {
	d, ok := v.(*tensor.Dense)
	if !ok {
		return false
	}
	switch x := d.Data().(type) {
	case []float32:
		return slices.ContainsFunc(x, func(v float32) bool { return v-v != 0 })
	case []float64:
		return slices.ContainsFunc(x, func(v float64) bool { return v-v != 0 })
	}
	return false
}
