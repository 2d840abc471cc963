package traincmd

import (
	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/model"
)

// Tests of settings that do not depend on the network train this one, which needs a tenth of
// the time of tiny. It has batch normalization like tiny.
var _ = model.Register("small", "a network of the tests", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.ReLU(b.BatchNorm("bn1", b.Conv("conv1", x, 6, 5, graph.Stride(2), graph.NoBias)))
	return b.Dense("fc1", b.Flatten(b.MaxPool(x, 2)), b.Classes())
})
