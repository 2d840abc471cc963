package engine

import (
	"context"
	"slices"

	"inkstone/graph"
	"inkstone/model/explain"
)

// layerEntry describes a layer of a model.
type layerEntry struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`   // "conv", "relu", ...
	Inputs     []string `json:"inputs"` // layers that it reads, or "images"
	Shape      []int    `json:"shape"`  // of its output for one image: height, width, channels, or the number of units
	Parameters int      `json:"parameters"`
}

// layerList is the answer of the route layers.
type layerList struct {
	Layers []layerEntry `json:"layers"`
}

// layers answers the call of the route layers.
func (e *Engine) layers(_ context.Context, q *modelQuestion) (*layerList, error) {
	one, err := e.find(q.Model)
	if err != nil {
		return nil, err
	}
	list := &layerList{Layers: []layerEntry{}}
	for _, l := range one.model.Load().Layers() {
		described := layerEntry{Name: l.Name, Kind: l.Kind, Inputs: []string{}, Shape: shapeOf(l)}
		for _, n := range l.Inputs {
			described.Inputs = append(described.Inputs, n.Name())
		}
		for _, p := range l.Params {
			described.Parameters += p.Len()
		}
		list.Layers = append(list.Layers, described)
	}
	if last := list.Layers[len(list.Layers)-1]; !one.hasLayer(explain.Probabilities) {
		list.Layers = append(list.Layers, layerEntry{Name: explain.Probabilities, Kind: "softmax", Inputs: []string{last.Name}, Shape: last.Shape})
	}
	return list, nil
}

// hasLayer reports whether the network has a layer of that name.
func (one *entry) hasLayer(name string) bool {
	return slices.ContainsFunc(one.model.Load().Layers(), func(l graph.Layer) bool { return l.Name == name })
}

// shapeOf returns the shape of a layer's output without the batch, which a custom parameter does
// not have.
func shapeOf(l graph.Layer) []int {
	if l.Kind == "param" {
		return slices.Clone(l.Output)
	}
	return slices.Clone(l.Output[1:])
}

// mapsQuestion asks for the outputs of layers for an image.
type mapsQuestion struct {
	Model  string   `json:"model"`
	Pixels pixels   `json:"pixels"`
	Layers []string `json:"layers"`
}

// layerMaps are the outputs of a layer.
type layerMaps struct {
	Layer  string  `json:"layer"`
	Shape  []int   `json:"shape"`  // height, width, channels, or the number of units
	Values numbers `json:"values"` // row by row, at each place the channels
}

// mapList is the answer of the route maps.
type mapList struct {
	Maps []layerMaps `json:"maps"`
}

// sentValues is the number of values that an answer has at most.
const sentValues = 1 << 20

// maps answers the call of the route maps. The values are those of the kernels that compute each
// layer on its own, as for the route arithmetic.
func (e *Engine) maps(ctx context.Context, q *mapsQuestion) (*mapList, error) {
	one, err := e.find(q.Model)
	if err != nil {
		return nil, err
	}
	if err := checkPixels(0, q.Pixels); err != nil {
		return nil, err
	}
	list := &mapList{Maps: []layerMaps{}}
	return list, one.explain(ctx, e.options.Workers, func(x *explain.Explainer) error {
		total := 0
		for _, name := range q.Layers {
			shape, err := one.outputShape(name)
			if err != nil {
				return err
			}
			n := 1
			for _, size := range shape {
				n *= size
			}
			if total += n; total > sentValues {
				return problemf("too_many_values", "the outputs of these layers have more than %d values: ask for fewer", sentValues)
			}
			values, err := x.Values(q.Pixels, name)
			if err != nil {
				return err
			}
			list.Maps = append(list.Maps, layerMaps{name, shape, numbersOf(values)})
		}
		return nil
	})
}

// outputShape returns the shape of the output of a layer for one image.
func (one *entry) outputShape(name string) ([]int, error) {
	m := one.model.Load()
	for _, l := range m.Layers() {
		if l.Name == name {
			return shapeOf(l), nil
		}
	}
	if name == explain.Probabilities {
		return []int{len(m.Classes)}, nil
	}
	return nil, problemf("unknown_layer", "there is no layer %q", name)
}
