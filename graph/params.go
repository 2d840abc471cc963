package graph

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"inkstone/internal/random"
)

// Param is a named tensor that outlives the graphs built over it: a weight, a
// bias, or a statistic of batch normalisation.
type Param struct {
	name      string
	value     *tensor.Dense
	statistic bool
	frozen    bool
	order     axisOrder
}

// Name is the parameter's stable name, such as "conv1.weight".
func (p *Param) Name() string { return p.name }

// Value is the parameter's tensor, in the layout that the layers compute in.
// Graphs hold the same tensor: what is written to it is seen by all of them.
func (p *Param) Value() *tensor.Dense { return p.value }

// Len is the number of elements.
func (p *Param) Len() int { return p.value.DataSize() }

// Statistic reports whether the parameter is measured rather than learned: the
// running mean and variance of batch normalisation.
func (p *Param) Statistic() bool { return p.statistic }

// Frozen reports whether the parameter is left out of differentiation.
func (p *Param) Frozen() bool { return p.frozen }

// Trainable reports whether a training session differentiates by the parameter.
func (p *Param) Trainable() bool { return !p.statistic && !p.frozen }

// String gives name, portable shape and role.
func (p *Param) String() string {
	role := "trainable"
	switch {
	case p.statistic:
		role = "statistic"
	case p.frozen:
		role = "frozen"
	}
	return fmt.Sprintf("%s %v %s", p.name, p.PortableShape(), role)
}

// Portable returns a copy of the elements in PyTorch's axis order, which files
// use: convolution weights as output channels, input channels per group, height,
// width; dense weights as outputs, inputs, where the inputs of a dense layer that
// follows [Builder.Flatten] count channels before rows before columns.
func (p *Param) Portable() []float32 {
	flat := make([]float32, p.Len())
	p.order.walk(func(portable, native int) { flat[portable] = p.at(native) })
	return flat
}

// PortableShape is the shape that belongs to [Param.Portable].
func (p *Param) PortableShape() []int { return slices.Clone(p.order.portable) }

// SetPortable overwrites the elements with flat, which has [Param.PortableShape].
func (p *Param) SetPortable(shape []int, flat []float32) error {
	if !slices.Equal(shape, p.order.portable) {
		return fmt.Errorf("parameter %q: shape %v, want %v", p.name, shape, p.order.portable)
	}
	if len(flat) != p.Len() {
		return fmt.Errorf("parameter %q: %d values, want %d for shape %v", p.name, len(flat), p.Len(), shape)
	}
	p.order.walk(func(portable, native int) { p.set(native, flat[portable]) })
	return nil
}

func (p *Param) at(i int) float32 {
	switch d := p.value.Data().(type) {
	case []float32:
		return d[i]
	case []float64:
		return float32(d[i])
	}
	panic("graph: parameter of an unknown type") // newParam makes no other
}

func (p *Param) set(i int, v float32) {
	switch d := p.value.Data().(type) {
	case []float32:
		d[i] = v
	case []float64:
		d[i] = float64(v)
	}
}

// axisOrder relates a parameter's own layout to the portable one: the elements,
// seen as an array of shape native, have their axes put in the order perm.
type axisOrder struct {
	native   []int
	perm     []int
	portable []int
}

// sameOrder is the order of a parameter whose layouts agree.
func sameOrder(shape []int) axisOrder {
	perm := make([]int, len(shape))
	for i := range perm {
		perm[i] = i
	}
	return axisOrder{shape, perm, shape}
}

// walk calls f with the offset of each element in both layouts.
func (o axisOrder) walk(f func(portable, native int)) {
	stride := make([]int, len(o.native))
	for i, s := len(o.native)-1, 1; i >= 0; i-- {
		stride[i] = s
		s *= o.native[i]
	}
	next := 0
	var visit func(axis, offset int)
	visit = func(axis, offset int) {
		if axis == len(o.perm) {
			f(next, offset)
			next++
			return
		}
		from := o.perm[axis]
		for i := range o.native[from] {
			visit(axis+1, offset+i*stride[from])
		}
	}
	visit(0, 0)
}

// Params is an ordered store of parameters by name. Layers create what they need
// on first use, from the store's seed; later graphs find it again.
type Params struct {
	seed  uint64
	dtype tensor.Dtype
	list  []*Param
	index map[string]*Param
}

// NewParams returns an empty store of float32 parameters. Every initial value is
// a function of the seed and of the parameter's name alone, so adding a layer
// changes no other layer's start.
func NewParams(seed uint64) *Params { return newParams(seed, tensor.Float32) }

// NewParams64 is [NewParams] in float64, for checks of gradients.
func NewParams64(seed uint64) *Params { return newParams(seed, tensor.Float64) }

func newParams(seed uint64, dtype tensor.Dtype) *Params {
	return &Params{seed: seed, dtype: dtype, index: map[string]*Param{}}
}

// Seed is the seed of the initial values.
func (ps *Params) Seed() uint64 { return ps.seed }

// All returns the parameters in the order in which layers created them.
func (ps *Params) All() []*Param { return slices.Clone(ps.list) }

// Get returns the parameter of that name, or nil.
func (ps *Params) Get(name string) *Param { return ps.index[name] }

// Names returns the names in order.
func (ps *Params) Names() []string {
	names := make([]string, len(ps.list))
	for i, p := range ps.list {
		names[i] = p.name
	}
	return names
}

// Count is the number of learned elements: statistics are left out.
func (ps *Params) Count() int {
	n := 0
	for _, p := range ps.list {
		if !p.statistic {
			n += p.Len()
		}
	}
	return n
}

// String lists the parameters, one in a line.
func (ps *Params) String() string {
	var s strings.Builder
	for _, p := range ps.list {
		fmt.Fprintln(&s, p)
	}
	return s.String()
}

// get returns the parameter of that name, made by init if it is new.
func (ps *Params) get(name string, shape []int, order axisOrder, statistic bool, init Initializer, fan Fan) (*Param, error) {
	if p := ps.index[name]; p != nil {
		if !slices.Equal(p.value.Shape(), shape) || !slices.Equal(p.order.portable, order.portable) || !slices.Equal(p.order.native, order.native) {
			return nil, fmt.Errorf("parameter %q has shape %v, the layer needs %v", name, p.order.portable, order.portable)
		}
		return p, nil
	}
	if init == nil {
		return nil, fmt.Errorf("parameter %q: no initialiser", name)
	}
	values := make([]float64, tensor.Shape(shape).TotalSize())
	init(values, fan, random.Parameter(ps.seed, name))
	value := tensor.New(tensor.WithShape(shape...), tensor.Of(ps.dtype))
	p := &Param{name: name, value: value, statistic: statistic, order: order}
	for i, v := range values {
		switch d := value.Data().(type) {
		case []float32:
			d[i] = float32(v)
		case []float64:
			d[i] = v
		}
	}
	ps.list = append(ps.list, p)
	ps.index[name] = p
	return p, nil
}
