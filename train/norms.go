package train

import (
	"math"
	"strings"
)

// LayerNorm holds the sizes of the parameters of a layer and of their gradients, as the square
// roots of the sums of their squares.
type LayerNorm struct {
	Layer    string  `json:"layer"`    // name of the layer, such as "conv1"
	Weights  float64 `json:"weights"`  // of its parameters, without the statistics of batch normalization
	Gradient float64 `json:"gradient"` // of the gradient of the last batch; 0 if the layer is frozen
	Frozen   bool    `json:"frozen"`   // whether none of its parameters trains
}

// LayerNorms returns the norms of the layers with parameters, in the order of the network. It may
// be called before [Trainer.Run] and from a callback. It reads all parameters once.
func (t *Trainer) LayerNorms() []LayerNorm {
	gradients := map[string][]float32{}
	for i, name := range t.stage.trained {
		if g, err := t.stage.gradients[i].Grad(); err == nil && g != nil {
			gradients[name] = float32s(g)
		}
	}
	var list []LayerNorm
	for _, p := range t.model.Params.All() {
		if p.Statistic() {
			continue
		}
		layer := p.Name()
		if i := strings.LastIndexByte(layer, '.'); i >= 0 {
			layer = layer[:i]
		}
		if len(list) == 0 || list[len(list)-1].Layer != layer {
			list = append(list, LayerNorm{Layer: layer, Frozen: true})
		}
		n := &list[len(list)-1]
		n.Weights += squares(float32s(p.Value()))
		n.Gradient += squares(gradients[p.Name()])
		n.Frozen = n.Frozen && p.Frozen()
	}
	for i := range list {
		list[i].Weights, list[i].Gradient = math.Sqrt(list[i].Weights), math.Sqrt(list[i].Gradient)
	}
	return list
}

// squares returns the sum of the squares of some values.
func squares(values []float32) (sum float64) {
	for _, v := range values {
		sum += float64(v) * float64(v)
	}
	return sum
}
