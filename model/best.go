package model

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
)

var _ = Register("best", "the most accurate: six convolutions with batch norm, dropout before the last layer", Best)

// Best adds a small version of the network of Simonyan and Zisserman, "Very deep
// convolutional networks for large-scale image recognition", ICLR 2015: pairs of 3x3
// convolutions with 32, 64 and 128 filters and batch normalization (Ioffe and Szegedy,
// arXiv:1502.03167), 292,000 parameters. The first and the last pair have no padding,
// because the border of a digit's image is background. Pooling comes before the
// normalization: this is nearly the same function, computed on a quarter of the values,
// and the gradient of the other three quarters is zero.
func Best(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	for i, filters := range []int{32, 32, 64, 64, 128, 128} {
		pad := 0
		if i == 2 || i == 3 {
			pad = 1
		}
		x = b.Conv(fmt.Sprintf("conv%d", i+1), x, filters, 3, graph.Pad(pad), graph.NoBias)
		if i == 1 || i == 3 {
			x = b.MaxPool(x, 2)
		}
		x = b.ReLU(b.BatchNorm(fmt.Sprintf("bn%d", i+1), x))
	}
	return b.Dense("fc1", b.Dropout(b.Flatten(x), 0.4), b.Classes())
}
