package graph

import (
	"fmt"
	"math/rand/v2"
)

// randomNet returns a network and its configuration, both functions of the seed: layers of all
// kinds with odd sizes, strides, paddings, groups, dilations and numbers of channels.
func randomNet(seed uint64) (Net, Config) {
	r := rand.New(rand.NewPCG(seed, 1))
	cfg := Config{
		Batch: 1 + r.IntN(9), Height: 1 + r.IntN(17), Width: 1 + r.IntN(17), Channels: 1 + r.IntN(3), Classes: 2 + r.IntN(9),
		Workers: 1 + r.IntN(3), Direct: r.IntN(3) == 0, KeepValues: r.IntN(6) == 0,
	}
	switch r.IntN(10) {
	case 0:
		cfg.Channels = 1 + r.IntN(40)
	case 1:
		cfg.Height, cfg.Width = 18+r.IntN(12), 18+r.IntN(12)
	case 2: // enough rows for the lists of a dense layer
		cfg.Batch, cfg.Height, cfg.Width = 16+r.IntN(20), 1+r.IntN(8), 1+r.IntN(8)
	}
	if r.IntN(2) == 0 {
		cfg.Loss.Smoothing = 0.1
	}
	return func(b *Builder, x *Node) *Node {
		m := &netMaker{b: b, r: rand.New(rand.NewPCG(seed, 2))}
		for range 1 + m.r.IntN(5) {
			x = m.layer(x)
		}
		return m.classify(x)
	}, cfg
}

// netMaker adds random layers to b. After an error the shapes are unknown, so it panics,
// which the builder reports after the error.
type netMaker struct {
	b     *Builder
	r     *rand.Rand
	named int
}

// name returns a name for a layer with parameters.
func (m *netMaker) name(kind string) string {
	m.named++
	return fmt.Sprint(kind, "-", m.named)
}

// chance reports true once in n times.
func (m *netMaker) chance(n int) bool { return m.r.IntN(n) == 0 }

// layer adds one layer or a block of layers to images.
func (m *netMaker) layer(x *Node) *Node {
	switch m.r.IntN(15) {
	case 0:
		return m.depthwise(x)
	case 1:
		return m.pool(x)
	case 2:
		return m.activation(x)
	case 3:
		return m.b.BatchNorm(m.name("bn"), x)
	case 4:
		return m.b.Dropout(x, 0.25)
	case 5: // a residual block
		y := m.b.Conv(m.name("conv"), x, x.Shape()[3], 1+m.r.IntN(3), Same, Bias(gaussian))
		if m.chance(2) {
			y = m.b.BatchNorm(m.name("bn"), y)
		}
		if m.chance(2) {
			y = m.activation(y)
		}
		return m.maybeReLU(m.b.Add(y, x))
	case 6: // two branches
		left := m.b.Conv(m.name("conv"), x, m.filters()/2+1, 3, Same)
		right := m.b.MaxPool(x, 2+m.r.IntN(2), Stride(1), Same)
		if m.chance(2) {
			right = m.activation(m.b.Conv(m.name("conv"), right, m.filters()/2+1, 1))
		}
		return m.b.Concat(left, right)
	case 7:
		return m.b.SqueezeExcite(m.name("se"), x, 1+m.r.IntN(8))
	case 8:
		return m.product(x)
	}
	// A convolution and what often follows it.
	x = m.conv(x)
	if m.chance(4) {
		x = m.b.BatchNorm(m.name("bn"), x)
	}
	switch m.r.IntN(5) {
	case 0:
		x = m.activation(x)
	case 1:
		x = m.b.ReLU(x)
	case 2:
		x = m.maxPool(m.b.ReLU(x))
	case 3:
		x = m.maybeReLU(m.maxPool(x))
	}
	return x
}

// product scales images by a factor of each channel or of each pixel.
func (m *netMaker) product(x *Node) *Node {
	switch m.r.IntN(3) {
	case 0:
		return m.b.Scale(m.name("scale"), x)
	case 1:
		s := x.Shape()
		return m.b.Mul(x, m.b.Param(m.name("pixel"), gaussian, 1, s[1], s[2], 1))
	}
	return m.b.Mul(m.b.Sigmoid(m.b.Conv(m.name("gate"), x, 1, 1)), x)
}

func (m *netMaker) maybeReLU(x *Node) *Node {
	if m.chance(2) {
		return m.b.ReLU(x)
	}
	return x
}

// filters returns a number of output channels, often one that suits the vectors of a processor.
func (m *netMaker) filters() int {
	switch m.r.IntN(3) {
	case 0:
		return 1 + m.r.IntN(40)
	case 1:
		return 8 * (1 + m.r.IntN(4))
	}
	return 1 + m.r.IntN(12)
}

// conv adds a convolution.
func (m *netMaker) conv(x *Node) *Node {
	opts := []Option{Bias(gaussian)}
	if m.chance(4) {
		opts = []Option{NoBias}
	}
	filters := m.filters()
	if m.chance(3) { // fit for Winograd's algorithm
		return m.b.Conv(m.name("conv"), x, 16*(1+m.r.IntN(2)), 3, append(opts, Same)...)
	}
	channels := x.Shape()[3]
	if m.chance(5) {
		groups := 1
		for g := 2; g <= channels; g++ {
			if channels%g == 0 && (groups == 1 || m.chance(2)) {
				groups = g
			}
		}
		filters = groups * (1 + (filters-1)/groups)
		opts = append(opts, Groups(groups))
	}
	return m.b.Conv(m.name("conv"), x, filters, 1, append(opts, m.convWindow(x, 5+2*m.r.IntN(2))...)...)
}

// depthwise adds a convolution of each channel by itself, with one or two filters for each.
func (m *netMaker) depthwise(x *Node) *Node {
	channels := x.Shape()[3]
	opts := append(m.convWindow(x, 4), Groups(channels), Bias(gaussian))
	return m.b.Conv(m.name("depthwise"), x, channels*(1+m.r.IntN(2)), 1, opts...)
}

// convWindow returns a window of up to largest pixels on each side that fits the images.
func (m *netMaker) convWindow(x *Node, largest int) []Option {
	s := x.Shape()
	var pad [4]int
	if m.chance(2) {
		for i := range pad {
			pad[i] = m.r.IntN(3)
		}
	}
	dilation := [2]int{1, 1}
	if m.chance(4) {
		dilation = [2]int{1 + m.r.IntN(3), 1 + m.r.IntN(3)}
	}
	var k [2]int
	for i := range k {
		free := s[1+i] + pad[2*i] + pad[2*i+1] - 1
		k[i] = 1 + m.r.IntN(min(largest, 1+free/dilation[i]))
	}
	opts := []Option{Kernel(k[0], k[1]), Dilation(dilation[:]...)}
	if m.chance(3) {
		opts = append(opts, Stride(1+m.r.IntN(3), 1+m.r.IntN(3)))
	}
	if m.chance(4) {
		return append(opts, Same)
	}
	return append(opts, Pad(pad[:]...))
}

func (m *netMaker) pool(x *Node) *Node {
	if m.chance(2) {
		return m.maxPool(x)
	}
	return m.b.AvgPool(x, 1, m.poolWindow(x)...)
}

func (m *netMaker) maxPool(x *Node) *Node {
	if s := x.Shape(); m.chance(2) && min(s[1], s[2]) > 1 {
		return m.b.MaxPool(x, 2)
	}
	return m.b.MaxPool(x, 1, m.poolWindow(x)...)
}

// poolWindow returns a window for pooling that fits the images.
func (m *netMaker) poolWindow(x *Node) []Option {
	s := x.Shape()
	largest := 4
	if m.chance(8) {
		largest = 18 // more than 256 pixels are another case of the kernels
	}
	k := [2]int{1 + m.r.IntN(min(largest, s[1])), 1 + m.r.IntN(min(largest, s[2]))}
	if m.chance(6) {
		k = [2]int{1, 1}
	}
	opts := []Option{Kernel(k[0], k[1])}
	if k == [2]int{1, 1} || m.chance(2) {
		opts = append(opts, Stride(1+m.r.IntN(3), 1+m.r.IntN(3)))
	}
	switch m.r.IntN(3) {
	case 0:
		opts = append(opts, Pad(m.r.IntN(k[0]/2+1), m.r.IntN(k[0]/2+1), m.r.IntN(k[1]/2+1), m.r.IntN(k[1]/2+1)))
	case 1:
		opts = append(opts, Same)
	}
	return opts
}

func (m *netMaker) activation(x *Node) *Node {
	switch m.r.IntN(6) {
	case 0:
		return m.b.LeakyReLU(x, 0.1)
	case 1:
		return m.b.GELU(x)
	case 2:
		return m.b.SiLU(x)
	case 3:
		return m.b.Tanh(x)
	case 4:
		return m.b.Sigmoid(x)
	}
	return m.b.ReLU(x)
}

// classify adds the layers from images to logits.
func (m *netMaker) classify(x *Node) *Node {
	switch m.r.IntN(7) {
	case 0:
		x = m.b.GlobalAvgPool(x)
	case 1:
		x = m.b.Max(x, 1, 2)
	case 2:
		x = m.b.Concat(m.b.Mean(x, 1, 2), m.b.Max(x, 2, 1), m.b.Flatten(x))
	case 3:
		x = m.b.Concat(m.b.Flatten(x), m.b.GlobalAvgPool(x))
	default:
		x = m.b.Flatten(x)
	}
	for range m.r.IntN(3) {
		x = m.b.Dense(m.name("fc"), x, 1+m.r.IntN(40), Bias(gaussian))
		switch m.r.IntN(5) {
		case 0:
			x = m.b.BatchNorm(m.name("bn"), x)
		case 1:
			x = m.b.Add(x, m.b.Dense(m.name("fc"), x, x.Shape()[1]))
		case 2:
			x = m.b.Dropout(x, 0.5)
		case 3:
			x = m.b.Softmax(x)
		}
		if m.chance(3) {
			x = m.activation(x)
		} else {
			x = m.maybeReLU(x)
		}
	}
	return m.b.Dense("logits", x, m.b.Classes(), Bias(gaussian))
}
