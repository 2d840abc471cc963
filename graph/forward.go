package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Attributes are the settings of a layer that neither its kind nor its parameters show. Each
// kind uses some of them, and the others are zero.
type Attributes struct {
	Kernel, Stride, Dilation [2]int  // convolution, pooling: height, width
	Pad                      [4]int  // convolution, pooling: top, bottom, left, right
	Groups                   int     // convolution
	Epsilon                  float64 // batch normalization
	Slope                    float64 // leaky ReLU
	Rate                     float64 // dropout: the rate that the author gave, in evaluation too
	Axes                     []int   // mean, sum, max: as the author gave them
	Custom                   bool    // the layer was declared by Apply, so that its kind says nothing
}

// windowAttributes returns the attributes of a layer with these options.
func windowAttributes(o options) Attributes {
	return Attributes{Kernel: o.kernel, Stride: o.stride, Dilation: o.dilation, Pad: o.pad, Groups: o.groups}
}

// Step is a layer of a [Forward].
type Step struct {
	Name, Kind string
	Attributes
	// Inputs are the steps whose outputs the layer reads, by index, in the order of its
	// arguments. [ImageInput] stands for the images.
	Inputs []int
	Params []*Param     // parameters of the layer, statistics included
	Output tensor.Shape // its first axis is the batch, of one image; a "param" has no batch
}

// ImageInput is the index of the images among the inputs of a [Step].
const ImageInput = -1

// Forward is the forward pass of a network as a list of steps, each after its inputs, for programs
// that translate it to another form. The last step computes the logits.
type Forward struct {
	Height, Width, Channels int // of an image
	Steps                   []Step
}

// NewForward declares net for evaluation on one image, as [Describe] does, and returns its forward
// pass. Between layers there must be no operations of gorgonia. The error names the first one.
func NewForward(params *Params, net Net, cfg Config) (*Forward, error) {
	cfg.Batch = 1
	c := &compilation{purpose: forDescription, params: params, net: net, cfg: cfg}
	if err := runPasses(c, passes); err != nil {
		return nil, err
	}
	return c.builder.Forward(c.images, c.logits)
}

// Forward returns the layers that have been declared. images is the node of the input, and result
// that of the last layer.
func (b *Builder) Forward(images, result *gorgonia.Node) (*Forward, error) {
	if b.err != nil {
		return nil, b.err
	}
	_, h, w, c, err := imageDims(images)
	if err != nil {
		return nil, err
	}
	p := &Forward{Height: h, Width: w, Channels: c}
	index := map[*gorgonia.Node]int{images: ImageInput}
	for i, l := range b.layers {
		s := Step{Name: l.Name, Kind: l.Kind, Attributes: l.Attributes, Params: l.Params, Output: l.Output}
		for _, x := range l.Inputs {
			from, ok := index[x]
			if !ok {
				return nil, fmt.Errorf("%s %q reads %s, which is no layer", l.Kind, l.Name, b.nodeSite(x))
			}
			s.Inputs = append(s.Inputs, from)
		}
		p.Steps = append(p.Steps, s)
		index[l.Node] = i
	}
	if n := len(b.layers); n == 0 || b.layers[n-1].Node != result {
		return nil, fmt.Errorf("the result of the network is %s, which is no layer", b.nodeSite(result))
	}
	return p, nil
}

// Copy returns a parameter with another name and a copy of the values, which no store holds.
func (p *Param) Copy(name string) *Param {
	return &Param{
		name: name, value: p.value.Clone().(*tensor.Dense), statistic: p.statistic, frozen: p.frozen,
		order: p.order, version1: p.version1, doubt: p.doubt, writes: &writes{},
	}
}
