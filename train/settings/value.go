package settings

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"inkstone/internal/oneline"
)

// Accessor reads and writes the field of a setting. It is a [flag.Getter] that can also check
// the current value.
type Accessor interface {
	String() string
	Set(text string) error
	Get() any // int, uint64, float64, bool or string
	// Check returns an error whose text follows the name of the setting: "is 0, want at least 1".
	Check() error
}

// errBool is the error of a text that is not a bool. The caller adds the text.
var errBool = errors.New("want true or false")

// Number is the [Accessor] of a number with a range.
type Number struct {
	kind   string // for errors
	get    func() any
	set    func(text string) error
	value  func() float64
	bounds []bound
}

// bound is a condition on a number.
type bound struct {
	holds func(v float64) bool
	want  string
}

// Int returns the accessor of an int field.
func Int(field *int) *Number {
	return &Number{
		kind:  "a whole number",
		get:   func() any { return *field },
		value: func() float64 { return float64(*field) },
		set: func(text string) error {
			v, err := strconv.Atoi(text)
			if err == nil {
				*field = v
			}
			return err
		},
	}
}

// Uint returns the accessor of a uint64 field.
func Uint(field *uint64) *Number {
	return &Number{
		kind:  fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)),
		get:   func() any { return *field },
		value: func() float64 { return float64(*field) },
		set: func(text string) error {
			v, err := strconv.ParseUint(text, 10, 64)
			if err == nil {
				*field = v
			}
			return err
		},
	}
}

// Float returns the accessor of a float64 field. If it has bounds, the value must be finite.
func Float(field *float64) *Number {
	return &Number{
		kind:  "a number",
		get:   func() any { return *field },
		value: func() float64 { return *field },
		set: func(text string) error {
			v, err := strconv.ParseFloat(text, 64)
			if err == nil {
				*field = v
			}
			return err
		},
	}
}

// bound adds a condition and returns n. The error text is want and limit.
func (n *Number) bound(want string, limit float64, holds func(v float64) bool) *Number {
	n.bounds = append(n.bounds, bound{holds, want + " " + strconv.FormatFloat(limit, 'f', -1, 64)})
	return n
}

// Min makes Check return an error for values below least. It returns n.
func (n *Number) Min(least float64) *Number {
	return n.bound("at least", least, func(v float64) bool { return v >= least })
}

// Above makes Check return an error for values up to limit. It returns n.
func (n *Number) Above(limit float64) *Number {
	return n.bound("above", limit, func(v float64) bool { return v > limit })
}

// Max makes Check return an error for values above most. It returns n.
func (n *Number) Max(most float64) *Number {
	return n.bound("at most", most, func(v float64) bool { return v <= most })
}

// Below makes Check return an error for values from limit on. It returns n.
func (n *Number) Below(limit float64) *Number {
	return n.bound("below", limit, func(v float64) bool { return v < limit })
}

// String returns the number in the form that Set reads.
func (n *Number) String() string { return fmt.Sprint(n.get()) }

// Set parses a number and sets the field. It does not check the range, but returns an error with
// the range for a number that the field cannot hold.
func (n *Number) Set(text string) error {
	if n.set(strings.TrimSpace(text)) == nil {
		return nil
	}
	if len(n.bounds) == 0 {
		return fmt.Errorf("want %s", n.kind)
	}
	return fmt.Errorf("want %s, %s", n.kind, strings.Join(n.wants(), " and "))
}

// Get returns the number: an int, uint64 or float64.
func (n *Number) Get() any { return n.get() }

// Check returns an error if the number is out of its range.
func (n *Number) Check() error {
	v := n.value()
	ok := len(n.bounds) == 0 || !math.IsInf(v, 0)
	for _, b := range n.bounds {
		ok = ok && b.holds(v) // false for NaN
	}
	if ok {
		return nil
	}
	wants := n.wants()
	if len(wants) == 1 && math.IsInf(v, 0) {
		wants[0] = "a finite number of " + wants[0]
	}
	return fmt.Errorf("is %v, want %s", n.get(), strings.Join(wants, " and "))
}

// wants returns the texts of the bounds.
func (n *Number) wants() []string {
	var list []string
	for _, b := range n.bounds {
		list = append(list, b.want)
	}
	return list
}

// boolValue is the [Accessor] of a bool field.
type boolValue struct{ field *bool }

// Bool returns the accessor of a bool field.
func Bool(field *bool) Accessor { return boolValue{field} }

func (b boolValue) String() string { return strconv.FormatBool(*b.field) }

func (b boolValue) Set(text string) error {
	v, err := strconv.ParseBool(text)
	if err != nil {
		return errBool
	}
	*b.field = v
	return nil
}

func (b boolValue) Get() any { return *b.field }

func (b boolValue) Check() error { return nil }

// stringValue is the [Accessor] of a string field.
type stringValue struct {
	field   *string
	choices []string
}

// String returns the accessor of a string field. If there are choices, the value must be one of
// them. Otherwise it must be valid UTF-8 without control characters, so that it stays on one line.
func String(field *string, choices ...string) Accessor { return stringValue{field, choices} }

func (w stringValue) String() string { return *w.field }

func (w stringValue) Set(text string) error {
	*w.field = text
	return nil
}

func (w stringValue) Get() any { return *w.field }

func (w stringValue) Check() error {
	switch {
	case len(w.choices) == 0 && oneline.Check(*w.field) != nil:
		return fmt.Errorf("is %w", oneline.Check(*w.field))
	case len(w.choices) == 0 || slices.Contains(w.choices, *w.field):
		return nil
	}
	return fmt.Errorf("is %q, want one of %s", *w.field, strings.Join(w.choices, ", "))
}

// Textual is a value that parses and prints itself.
type Textual interface {
	encoding.TextUnmarshaler
	fmt.Stringer
}

// textualValue is the [Accessor] of a [Textual] field.
type textualValue struct{ field Textual }

// Text returns the accessor of a [Textual] field.
func Text(field Textual) Accessor { return textualValue{field} }

func (p textualValue) String() string        { return p.field.String() }
func (p textualValue) Set(text string) error { return p.field.UnmarshalText([]byte(text)) }
func (p textualValue) Get() any              { return p.field.String() }
func (p textualValue) Check() error          { return nil }

// customSetter is an [Accessor] with another Set.
type customSetter struct {
	Accessor
	set func(text string) error
}

// OnSet returns an accessor that reads like v and calls set to write.
func OnSet(v Accessor, set func(text string) error) Accessor { return customSetter{v, set} }

func (h customSetter) Set(text string) error { return h.set(text) }
