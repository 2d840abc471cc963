package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"inkstone/internal/pattern"
)

// Match returns the parameters that the patterns choose, in the order of the store. A
// pattern is a name in which * stands for any characters (/ and . too), ? for one, and
// [12] for one of several: "conv*" chooses conv1.weight and conv1.bias, "*.bias" chooses
// all biases. A pattern that begins with ! removes parameters that earlier patterns have
// chosen: "conv*", "!conv2*". The single pattern "none" chooses nothing.
//
// A pattern that matches no parameter is an error, which lists the names.
func (ps *Params) Match(patterns ...string) ([]*Param, error) {
	if ps == nil {
		return nil, errors.New("graph: no parameter store: make one with NewParams")
	}
	if len(patterns) == 1 && patterns[0] == "none" {
		return nil, nil
	}
	chosen := map[*Param]bool{}
	for _, text := range patterns {
		names, exclude := strings.CutPrefix(text, "!")
		if pattern.Check(names) != nil {
			return nil, fmt.Errorf("%q is no pattern of parameter names, such as conv* or !*.bias", text)
		}
		found := false
		for _, p := range ps.list {
			if pattern.Match(names, p.name) {
				found = true
				chosen[p] = !exclude
			}
		}
		if !found {
			return nil, fmt.Errorf("the pattern %q matches no parameter; there are %s", text, strings.Join(ps.Names(), ", "))
		}
	}
	return slices.DeleteFunc(ps.All(), func(p *Param) bool { return !chosen[p] }), nil
}

// Freeze excludes the parameters that the patterns choose (see [Params.Match]) from
// training. It adds to what is already frozen and affects sessions created afterwards:
// these compute no gradient with respect to a frozen parameter and do no backward work that
// only frozen parameters would need, and a frozen batch normalization keeps its statistics.
// On an error it changes nothing.
func (ps *Params) Freeze(patterns ...string) error { return ps.setFrozen(patterns, true) }

// Unfreeze makes the parameters that the patterns choose trainable again.
func (ps *Params) Unfreeze(patterns ...string) error { return ps.setFrozen(patterns, false) }

func (ps *Params) setFrozen(patterns []string, frozen bool) error {
	list, err := ps.Match(patterns...)
	if err != nil {
		return err
	}
	for _, p := range list {
		p.frozen = frozen
	}
	return nil
}

// Frozen returns the names of the frozen parameters in the order of the store.
func (ps *Params) Frozen() []string {
	var names []string
	for _, p := range ps.All() {
		if p.frozen {
			names = append(names, p.name)
		}
	}
	return names
}
