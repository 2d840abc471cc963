package solver

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// item holds a parameter and the values that a step needs for it.
type item struct {
	name  string
	from  gorgonia.ValueGrad
	value *tensor.Dense
	data  any // []float32 or []float64, of value
	grad  any // the gradient, of the same type; nil if the factor of the group is 0
	group group
}

// named has the name that identifies a parameter. Every gorgonia node implements it.
type named interface{ Name() string }

// gather fills s.items with the parameters in the order of their names, and checks their
// values, gradients and states.
func (s *optimizer) gather(params []gorgonia.ValueGrad) error {
	for _, vg := range params {
		if n, ok := vg.(*gorgonia.Node); ok && n == nil {
			return errors.New("solver: a parameter is nil")
		}
		n, ok := vg.(named)
		if !ok || n.Name() == "" {
			return fmt.Errorf("solver: a parameter of type %T has no name", vg)
		}
		v, ok := vg.Value().(*tensor.Dense)
		if !ok {
			return fmt.Errorf("solver: parameter %q is a %T, want a tensor", n.Name(), vg.Value())
		}
		s.items = append(s.items, item{name: n.Name(), from: vg, value: v})
	}
	slices.SortFunc(s.items, func(a, b item) int { return cmp.Compare(a.name, b.name) })
	for i := range s.items[min(1, len(s.items)):] {
		if name := s.items[i].name; name == s.items[i+1].name {
			return fmt.Errorf("solver: parameter %q is given twice", name)
		}
	}
	if err := s.regroup(); err != nil {
		return err
	}
	for i := range s.items {
		it := &s.items[i]
		if it.group = s.groups[i]; it.group.factor == 0 {
			continue
		}
		if err := it.findGradient(); err != nil {
			return err
		}
		if err := s.states.check(it.name, it.value); err != nil {
			return err
		}
	}
	return nil
}

// regroup computes the groups of the items, unless the names are those of the last step.
func (s *optimizer) regroup() error {
	if slices.EqualFunc(s.items, s.names, func(it item, name string) bool { return it.name == name }) && s.groups != nil {
		return nil
	}
	var names []string
	var weight []bool
	for _, it := range s.items {
		names, weight = append(names, it.name), append(weight, it.value.Dims() > 1)
	}
	groups, err := s.options.groups(names, weight)
	if err == nil {
		s.names, s.groups = names, groups
	}
	return err
}

// findGradient sets data and grad. The gradient must have the length and the type of the parameter.
func (it *item) findGradient() error {
	grad, err := it.from.Grad()
	if err != nil {
		return fmt.Errorf("solver: %w", err)
	}
	g, ok := grad.(*tensor.Dense)
	if !ok {
		return fmt.Errorf("solver: parameter %q has the gradient %T, want a tensor: run the graph first", it.name, grad)
	}
	if it.data, it.grad = it.value.Data(), g.Data(); !same[float32](it.data, it.grad) && !same[float64](it.data, it.grad) {
		return fmt.Errorf("solver: parameter %q is %v of %v, its gradient %v of %v", it.name, it.value.Shape(), it.value.Dtype(), g.Shape(), g.Dtype())
	}
	return nil
}

// same reports whether both are slices of T of the same length.
func same[T kernel.Float](a, b any) bool {
	s, ok := a.([]T)
	t, too := b.([]T)
	return ok && too && len(s) == len(t)
}
