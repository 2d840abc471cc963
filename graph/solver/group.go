package solver

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/internal/pattern"
)

// group is how a step treats a parameter.
type group struct {
	factor float64 // on the learning rate
	decays bool
}

// groups returns the groups of the parameters with the given names. weight[i] says whether
// parameter i decays if o.Decayed is empty. A pattern that matches no parameter is an error.
func (o *Options) groups(names []string, weight []bool) ([]group, error) {
	list := make([]group, len(names))
	for i := range list {
		list[i] = group{factor: 1, decays: weight[i] && len(o.Decayed) == 0}
	}
	apply := func(what, choice string, do func(*group)) error {
		found := false
		for i, name := range names {
			if pattern.Match(choice, name) {
				found = true
				do(&list[i])
			}
		}
		if !found {
			return fmt.Errorf("solver: %s %q matches no parameter; the known ones are %s", what, choice, strings.Join(slices.Sorted(slices.Values(names)), ", "))
		}
		return nil
	}
	for _, m := range o.Multipliers {
		if err := apply("the multiplier of", m.Pattern, func(g *group) { g.factor = m.Factor }); err != nil {
			return nil, err
		}
	}
	for _, choice := range o.Decayed {
		if err := apply("the weight decay of", choice, func(g *group) { g.decays = true }); err != nil {
			return nil, err
		}
	}
	return list, nil
}
