package solver

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"inkstone/internal/pattern"
)

// Multiplier is a factor on the learning rate of the parameters whose names match a
// pattern: {"conv1*", 0.01} slows conv1.weight and conv1.bias down. In a pattern * stands
// for any characters, ? for one, and [12] for one of several.
// With a factor of 0 a step leaves the parameter alone: it neither moves, nor decays,
// nor needs a gradient, nor counts in the gradient's norm, as if it were not in the list.
type Multiplier struct {
	Pattern string
	Factor  float64 // at least 0
}

// String writes the multiplier as [ParseMultipliers] reads it.
func (m Multiplier) String() string { return fmt.Sprintf("%s=%g", m.Pattern, m.Factor) }

func (m Multiplier) check() error {
	if !(m.Factor >= 0) || math.IsInf(m.Factor, 0) {
		return fmt.Errorf("the multiplier of %q is %v, want a finite number of at least 0", m.Pattern, m.Factor)
	}
	return pattern.Check(m.Pattern)
}

// Multipliers are the multipliers of a network. For a name that several match, the last
// decides, so that "*=0.1,fc2*=1" slows all but fc2 down. A name that none matches has
// a factor of 1. Step refuses a pattern that matches no parameter.
type Multipliers []Multiplier

// ParseMultipliers reads multipliers such as "conv1*=0.01,conv2*=0.1". Spaces do not
// matter, and without text there are none.
func ParseMultipliers(s string) (Multipliers, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var list Multipliers
	for _, part := range strings.Split(s, ",") {
		i := strings.LastIndexByte(part, '=')
		if i < 0 {
			return nil, fmt.Errorf("multiplier %q, want pattern=factor, such as conv1*=0.01", part)
		}
		factor, err := strconv.ParseFloat(strings.TrimSpace(part[i+1:]), 64)
		if err != nil {
			return nil, fmt.Errorf("multiplier %q: the factor %q is no number", part, part[i+1:])
		}
		m := Multiplier{strings.TrimSpace(part[:i]), factor}
		if err := m.check(); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// String writes the multipliers as [ParseMultipliers] reads them.
func (list Multipliers) String() string {
	parts := make([]string, len(list))
	for i, m := range list {
		parts[i] = m.String()
	}
	return strings.Join(parts, ",")
}

// UnmarshalText is [ParseMultipliers], for flags and files.
func (list *Multipliers) UnmarshalText(text []byte) error {
	parsed, err := ParseMultipliers(string(text))
	if err == nil {
		*list = parsed
	}
	return err
}
