package settings

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Accessor reads and writes the field of a setting. It is a [flag.Getter] that can say
// what is wrong with the present value.
type Accessor interface {
	String() string
	Set(text string) error
	Get() any // int, uint64, float64, bool or string
	// Check returns an error that follows the setting's name: "is 0, want at least 1".
	Check() error
}

// What is wrong with a text. Whoever set it knows the text.
var (
	errNumber = errors.New("want a number")
	errWhole  = errors.New("want a whole number")
	errTruth  = errors.New("want true or false")
)

// Number is an [Accessor] of a number that knows its range.
type Number struct {
	get    func() any
	set    func(text string) error
	value  func() float64
	bounds []bound
}

type bound struct {
	holds func(v float64) bool
	want  string
}

// Int returns the accessor of an int field.
func Int(field *int) *Number {
	return &Number{
		get:   func() any { return *field },
		value: func() float64 { return float64(*field) },
		set: func(text string) error {
			v, err := strconv.Atoi(text)
			if err != nil {
				return errWhole
			}
			*field = v
			return nil
		},
	}
}

// Uint returns the accessor of a uint64 field.
func Uint(field *uint64) *Number {
	return &Number{
		get:   func() any { return *field },
		value: func() float64 { return float64(*field) },
		set: func(text string) error {
			v, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return errWhole
			}
			*field = v
			return nil
		},
	}
}

// Float returns the accessor of a float64 field, which must be finite if it has bounds.
func Float(field *float64) *Number {
	return &Number{
		get:   func() any { return *field },
		value: func() float64 { return *field },
		set: func(text string) error {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return errNumber
			}
			*field = v
			return nil
		},
	}
}

func (n *Number) bound(want string, limit float64, holds func(v float64) bool) *Number {
	n.bounds = append(n.bounds, bound{holds, fmt.Sprintf("%s %v", want, limit)})
	return n
}

// Min refuses values below least.
func (n *Number) Min(least float64) *Number {
	return n.bound("at least", least, func(v float64) bool { return v >= least })
}

// Above refuses values that are not above limit.
func (n *Number) Above(limit float64) *Number {
	return n.bound("above", limit, func(v float64) bool { return v > limit })
}

// Max refuses values above most.
func (n *Number) Max(most float64) *Number {
	return n.bound("at most", most, func(v float64) bool { return v <= most })
}

// Below refuses values that are not below limit.
func (n *Number) Below(limit float64) *Number {
	return n.bound("below", limit, func(v float64) bool { return v < limit })
}

// String returns the number in the form that Set reads.
func (n *Number) String() string { return fmt.Sprint(n.get()) }

// Set parses a number. Check looks at its range.
func (n *Number) Set(text string) error { return n.set(strings.TrimSpace(text)) }

// Get returns the number: an int, uint64 or float64.
func (n *Number) Get() any { return n.get() }

// Check returns an error about a number out of its range.
func (n *Number) Check() error {
	v := n.value()
	ok := len(n.bounds) == 0 || !math.IsInf(v, 0)
	var wants []string
	for _, b := range n.bounds {
		ok = ok && b.holds(v) // false for NaN
		wants = append(wants, b.want)
	}
	if ok {
		return nil
	}
	if len(wants) == 1 && math.IsInf(v, 0) {
		wants[0] = "a finite number of " + wants[0]
	}
	return fmt.Errorf("is %v, want %s", n.get(), strings.Join(wants, " and "))
}

// boolean is an [Accessor] that points at a bool.
type boolean struct{ field *bool }

// Bool returns the accessor of a bool field.
func Bool(field *bool) Accessor { return boolean{field} }

func (b boolean) String() string { return strconv.FormatBool(*b.field) }

func (b boolean) Set(text string) error {
	v, err := strconv.ParseBool(text)
	if err != nil {
		return errTruth
	}
	*b.field = v
	return nil
}

func (b boolean) Get() any { return *b.field }

func (b boolean) Check() error { return nil }

// words is an [Accessor] that points at a string.
type words struct {
	field   *string
	choices []string
}

// String returns the accessor of a string field. If choices are given, it must be one of
// them.
func String(field *string, choices ...string) Accessor { return words{field, choices} }

func (w words) String() string { return *w.field }

func (w words) Set(text string) error {
	*w.field = text
	return nil
}

func (w words) Get() any { return *w.field }

func (w words) Check() error {
	if len(w.choices) == 0 || slices.Contains(w.choices, *w.field) {
		return nil
	}
	return fmt.Errorf("is %q, want one of %s", *w.field, strings.Join(w.choices, ", "))
}

// Textual is a field that parses and prints itself.
type Textual interface {
	encoding.TextUnmarshaler
	fmt.Stringer
}

// parsed is an [Accessor] of a field that parses and prints itself.
type parsed struct{ field Textual }

// Text returns the accessor of a field that parses and prints itself.
func Text(field Textual) Accessor { return parsed{field} }

func (p parsed) String() string        { return p.field.String() }
func (p parsed) Set(text string) error { return p.field.UnmarshalText([]byte(text)) }
func (p parsed) Get() any              { return p.field.String() }
func (p parsed) Check() error          { return nil }

// hooked is an [Accessor] whose Set is another's.
type hooked struct {
	Accessor
	set func(text string) error
}

// OnSet returns v with another function that sets it.
func OnSet(v Accessor, set func(text string) error) Accessor { return hooked{v, set} }

func (h hooked) Set(text string) error { return h.set(text) }
