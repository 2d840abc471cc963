package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"inkstone/internal/hugepages"
	"inkstone/internal/random"
)

// Param is a named tensor: a weight, a bias, or a running statistic of batch normalization.
// Graphs refer to it, and it outlives them.
type Param struct {
	name      string
	value     *tensor.Dense
	statistic bool
	frozen    bool
	writes    *writes // of value
	order     axisOrder
	version1  axisOrder // the order in model files of version 1
	doubt     string    // where the order becomes unknown, "" if it is known
}

// Name returns the name, such as "conv1.weight", which also identifies the parameter in files.
func (p *Param) Name() string { return p.name }

// Value returns the parameter's tensor, in the layout that the layers compute in. All graphs
// share it, so a change is visible to all of them.
func (p *Param) Value() *tensor.Dense {
	p.share()
	return p.value
}

// Len returns the number of elements.
func (p *Param) Len() int { return p.value.DataSize() }

// Statistic reports whether the parameter is measured rather than learned: a running mean or
// variance of batch normalization.
func (p *Param) Statistic() bool { return p.statistic }

// Frozen reports whether [Params.Freeze] has excluded the parameter from training.
func (p *Param) Frozen() bool { return p.frozen }

// Trainable reports whether training sessions compute a gradient with respect to the
// parameter: it is neither frozen nor a statistic.
func (p *Param) Trainable() bool { return !p.statistic && !p.frozen }

// String returns the name, the portable shape, and "trainable", "frozen" or "statistic".
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

// Portable returns a copy of the elements in PyTorch's axis order, which files use.
// Convolution weights have the order output channels, input channels per group, height,
// width; dense weights have the order outputs, inputs. The units of flattened images have the
// order channels, height, width, in the weights of the dense layers that read them, in batch
// normalizations and in custom parameters. [Params.NotPortable] reports where that order is
// unknown.
func (p *Param) Portable() []float32 {
	flat, values := make([]float32, p.Len()), valuesOf(p.value)
	p.order.walk(func(portable, native int) { flat[portable] = float32(values.at(native)) })
	return flat
}

// PortableShape returns the shape of [Param.Portable].
func (p *Param) PortableShape() []int { return p.order.portable() }

// SetPortable sets the elements from flat, whose shape must be [Param.PortableShape].
func (p *Param) SetPortable(shape []int, flat []float32) error {
	if want := p.order.portable(); !slices.Equal(shape, want) {
		return fmt.Errorf("parameter %q: shape %v, want %v", p.name, shape, want)
	}
	if len(flat) != p.Len() {
		return fmt.Errorf("parameter %q: %d values, want %d for shape %v", p.name, len(flat), p.Len(), shape)
	}
	values := valuesOf(p.value)
	p.order.walk(func(portable, native int) { values.set(native, float64(flat[portable])) })
	p.writes.counted.Add(1)
	return nil
}

// paramValues holds the values of a parameter, of either type.
type paramValues struct {
	float32s []float32
	float64s []float64
}

// valuesOf returns the elements of a value. [tensor.Dense.Data] allocates, so a loop over
// elements calls it once.
func valuesOf(value *tensor.Dense) paramValues {
	switch d := value.Data().(type) {
	case []float32:
		return paramValues{float32s: d}
	case []float64:
		return paramValues{float64s: d}
	}
	panic("graph: parameter of an unknown type") // NewParams and NewParams64 make no other
}

// at returns element i in the layout of the value.
func (e paramValues) at(i int) float64 {
	if e.float32s != nil {
		return float64(e.float32s[i])
	}
	return e.float64s[i]
}

// set sets element i in the layout of the value.
func (e paramValues) set(i int, v float64) {
	if e.float32s != nil {
		e.float32s[i] = float32(v)
	} else {
		e.float64s[i] = v
	}
}

// axisOrder relates a parameter's native layout, which the layers compute in, to the
// portable layout of files. Axis i of the portable layout is axis perm[i] of the native one.
type axisOrder struct {
	native   []int // shape of the native layout
	perm     []int
	flatAxis int   // the native axis whose units are those of flat
	flat     []hwc // flattened images, one after another; nil if the units of all axes have one order
}

// sameOrder returns the order of a parameter whose two layouts are equal.
func sameOrder(shape []int) axisOrder {
	perm := make([]int, len(shape))
	for i := range perm {
		perm[i] = i
	}
	return axisOrder{native: shape, perm: perm}
}

// portable returns the shape of the portable layout.
func (o axisOrder) portable() []int {
	shape := make([]int, len(o.perm))
	for i, axis := range o.perm {
		shape[i] = o.native[axis]
	}
	return shape
}

// fits reports whether the images of flat make up their axis.
func (o axisOrder) fits() bool {
	n := 0
	for _, s := range o.flat {
		n += s.size()
	}
	return o.flat == nil || n == o.native[o.flatAxis]
}

// units returns the native indices of an axis in the portable order.
func (o axisOrder) units(axis int) []int {
	list := make([]int, 0, o.native[axis])
	if o.flat == nil || axis != o.flatAxis {
		for i := range o.native[axis] {
			list = append(list, i)
		}
		return list
	}
	first := 0
	for _, s := range o.flat {
		for c := range s[2] {
			for pixel := range s[0] * s[1] {
				list = append(list, first+pixel*s[2]+c)
			}
		}
		first += s.size()
	}
	return list
}

// walk calls f with the offsets of each element in the two layouts.
func (o axisOrder) walk(f func(portable, native int)) {
	offsets := make([][]int, len(o.native)) // by native axis, in portable order
	for axis, stride := len(o.native)-1, 1; axis >= 0; axis-- {
		offsets[axis] = o.units(axis)
		for i := range offsets[axis] {
			offsets[axis][i] *= stride
		}
		stride *= o.native[axis]
	}
	next := 0
	var visit func(axis, offset int)
	visit = func(axis, offset int) {
		if axis == len(o.perm) {
			f(next, offset)
			next++
			return
		}
		for _, step := range offsets[o.perm[axis]] {
			visit(axis+1, offset+step)
		}
	}
	visit(0, 0)
}

// Params is an ordered store of parameters by name. The first graph that declares a
// parameter creates it, from the store's seed; later graphs use the same one.
type Params struct {
	seed  uint64
	dtype tensor.Dtype
	list  []*Param
	index map[string]*Param
	limit int // elements, statistics included; 0 for no limit

	logitsDoubt string // why the order of the logits is not PyTorch's, "" if it is
}

// NewParams returns an empty store of float32 parameters. The initial values of a parameter
// depend on the seed and its name only, so adding a layer changes no other layer.
func NewParams(seed uint64) *Params { return newParams(seed, tensor.Float32) }

// NewParams64 returns an empty store of float64 parameters, for checks of gradients.
func NewParams64(seed uint64) *Params { return newParams(seed, tensor.Float64) }

func newParams(seed uint64, dtype tensor.Dtype) *Params {
	return &Params{seed: seed, dtype: dtype, index: map[string]*Param{}}
}

// ErrLimit is the error of a network whose parameters have more elements than the limit of
// their store.
var ErrLimit = errors.New("more parameters than the limit")

// SetLimit bounds the number of elements of all parameters, statistics included, 0 for no
// limit. A graph that would create more fails with [ErrLimit] before it allocates them.
func (ps *Params) SetLimit(elements int) { ps.limit = elements }

// Seed returns the seed of the initial values.
func (ps *Params) Seed() uint64 { return ps.seed }

// All returns the parameters in the order of their creation.
func (ps *Params) All() []*Param {
	if ps == nil {
		return nil
	}
	return slices.Clone(ps.list)
}

// Get returns the parameter of that name, or nil.
func (ps *Params) Get(name string) *Param {
	if ps == nil {
		return nil
	}
	return ps.index[name]
}

// Names returns the names of the parameters in the order of their creation.
func (ps *Params) Names() []string {
	var names []string
	for _, p := range ps.All() {
		names = append(names, p.name)
	}
	return names
}

// NotPortable returns why a PyTorch module with the same layers may compute other values from the
// portable parameters: a line for each parameter whose order in PyTorch is unknown, with the
// layer at which it becomes unknown, and one if the logits have another order. It returns nil if
// the parameters are portable. The network must have been declared.
func (ps *Params) NotPortable() []string {
	var lines []string
	for _, p := range ps.list {
		if p.doubt != "" {
			lines = append(lines, fmt.Sprintf("the order of %s in PyTorch is unknown after %s", p.name, p.doubt))
		}
	}
	if ps.logitsDoubt != "" {
		lines = append(lines, ps.logitsDoubt)
	}
	return lines
}

// Count returns the number of elements of all parameters except statistics.
func (ps *Params) Count() int {
	n := 0
	for _, p := range ps.All() {
		if !p.statistic {
			n += p.Len()
		}
	}
	return n
}

// String lists the parameters, one to a line.
func (ps *Params) String() string {
	var s strings.Builder
	for _, p := range ps.All() {
		fmt.Fprintln(&s, p)
	}
	return s.String()
}

// getOrCreate returns the parameter of that name. It creates the parameter by init if there
// is none.
func (ps *Params) getOrCreate(name string, shape []int, order axisOrder, statistic bool, init Initializer, fan Fan) (*Param, error) {
	if p := ps.index[name]; p != nil {
		inferred := order.equal(sameOrder(shape)) // inferOrders may have found another one
		if !slices.Equal(p.value.Shape(), shape) || !inferred && !p.order.equal(order) {
			return nil, fmt.Errorf("parameter %q has shape %v, the layer needs %v", name, p.order.portable(), order.portable())
		}
		return p, nil
	}
	if init == nil {
		return nil, fmt.Errorf("parameter %q: no initializer", name)
	}
	if err := checkElements(shape); err != nil {
		return nil, fmt.Errorf("parameter %q: %w", name, err)
	}
	if ps.limit > 0 {
		total := tensor.Shape(shape).TotalSize()
		for _, p := range ps.list {
			total += p.Len()
		}
		if total > ps.limit {
			return nil, fmt.Errorf("parameter %q of shape %v: %w of %d elements", name, order.portable(), ErrLimit, ps.limit)
		}
	}
	values := make([]float64, tensor.Shape(shape).TotalSize())
	init(values, fan, random.Parameter(ps.seed, name))
	value := tensor.New(tensor.WithShape(shape...), tensor.Of(ps.dtype))
	hugepages.AdviseTensor(value)
	p := &Param{name: name, value: value, writes: &writes{}, statistic: statistic, order: order, version1: order}
	initial := valuesOf(value)
	for i, v := range values {
		initial.set(i, v)
	}
	ps.list = append(ps.list, p)
	ps.index[name] = p
	return p, nil
}
