package data

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"inkstone/internal/random"
)

// ErrUnknownClass reports a class that a set does not have. The errors of [Set.Select] and
// [Set.ParseClasses] wrap it.
var ErrUnknownClass = errors.New("there is no class")

// Select returns a view of the images of some classes, in the order of the set. Class k of the
// view is class classes[k] of s. It returns an error if classes is empty, has a class twice,
// or has a class that s does not have, and if none of the classes has an image.
func (s *Set) Select(classes []int) (*Set, error) {
	if s.err != nil {
		return failed(s.err)
	}
	if len(classes) == 0 {
		return failed(fmt.Errorf("classes of %q: none are selected, want some of %s", s.name, strings.Join(s.classes, ", ")))
	}
	var renumbered [256]byte // label in the view by stored label
	var chosen [256]bool
	v := s.view(nil)
	v.classes = nil
	for k, c := range classes {
		if c < 0 || c >= len(s.classes) {
			return failed(fmt.Errorf("classes of %q: %w %d, want 0 to %d", s.name, ErrUnknownClass, c, len(s.classes)-1))
		}
		if chosen[c] {
			return failed(fmt.Errorf("classes of %q: %s is selected twice", s.name, s.classes[c]))
		}
		chosen[c] = true
		v.classes = append(v.classes, s.classes[c])
		for from := range renumbered {
			if s.label(byte(from)) == c {
				renumbered[from] = byte(k)
			}
		}
	}
	v.order = []int{}
	for i := range s.Len() {
		if chosen[s.Label(i)] {
			v.order = append(v.order, s.index(i))
		}
	}
	if len(v.order) == 0 {
		return failed(fmt.Errorf("classes of %q: there is no image of %s", s.name, strings.Join(v.classes, ", ")))
	}
	v.renumbered = renumbered[:]
	return v, nil
}

// SelectNames returns a view of the images of the named classes, as [Set.Select] does. If s has no other
// classes or lacks one of these, it returns s unchanged.
func (s *Set) SelectNames(names []string) (*Set, error) {
	if s.err != nil {
		return failed(s.err)
	}
	if len(s.classes) <= len(names) {
		return s, nil
	}
	list := make([]int, len(names))
	for k, name := range names {
		if list[k] = slices.Index(s.classes, name); list[k] < 0 {
			return s, nil
		}
	}
	return s.Select(list)
}

// PerClass returns a view of n random images of each class, in the order of the set. It returns
// an error if n is below 1 or if a class has fewer images.
func (s *Set) PerClass(n int, seed uint64) (*Set, error) {
	if s.err != nil {
		return failed(s.err)
	}
	if n < 1 {
		return failed(fmt.Errorf("images per class of %q: %d, want at least 1", s.name, n))
	}
	left := make([]int, len(s.classes))
	for c, count := range s.Counts() {
		if left[c] = n; count < n {
			return failed(fmt.Errorf("images per class of %q: %d, but class %s has only %d", s.name, n, s.classes[c], count))
		}
	}
	var order []int
	for _, i := range random.New(seed, random.PerClass).Perm(s.Len()) {
		if c := s.Label(i); left[c] > 0 {
			left[c]--
			order = append(order, i)
		}
	}
	slices.Sort(order)
	return s.Subset(order)
}

// ParseClasses parses a list of classes for [Set.Select], in the order of the text. The text
// holds names or numbers of classes, separated by commas. A number is an index into the classes
// unless a class has it as its name. "5-9" is a range. "odd" and "even" select classes whose
// names are numbers.
func (s *Set) ParseClasses(text string) ([]int, error) {
	if s.err != nil {
		return nil, s.err
	}
	var list []int
	for _, item := range strings.Split(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		more, err := s.parseClass(item)
		if err != nil {
			return nil, fmt.Errorf("classes %q of %q: %w; the set has %s", text, s.name, err, strings.Join(s.classes, ", "))
		}
		list = append(list, more...)
	}
	if list == nil {
		return nil, fmt.Errorf("classes %q of %q: the list is empty; the set has %s", text, s.name, strings.Join(s.classes, ", "))
	}
	return list, nil
}

// parseClass parses a class, a range, "odd" or "even".
func (s *Set) parseClass(item string) (list []int, err error) {
	if c, ok := s.class(item); ok {
		return []int{c}, nil
	}
	if item == "odd" || item == "even" {
		for c, name := range s.classes {
			n, err := strconv.Atoi(name)
			if err != nil {
				return nil, fmt.Errorf("class %q is not a number, so no class is %s", name, item)
			}
			if (n%2 != 0) == (item == "odd") {
				list = append(list, c)
			}
		}
		if list == nil {
			return nil, fmt.Errorf("no class is %s", item)
		}
		return list, nil
	}
	for i := range item {
		if item[i] != '-' {
			continue
		}
		from, okFrom := s.class(item[:i])
		to, okTo := s.class(item[i+1:])
		if !okFrom || !okTo {
			continue
		}
		if from > to {
			return nil, fmt.Errorf("the range %s is empty", item)
		}
		for c := from; c <= to; c++ {
			list = append(list, c)
		}
		return list, nil
	}
	return nil, fmt.Errorf("%w %s", ErrUnknownClass, item)
}

// class returns the index of a class that is given by its name or by its number.
func (s *Set) class(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if c := slices.Index(s.classes, text); c >= 0 {
		return c, true
	}
	c, err := strconv.Atoi(text)
	return c, err == nil && c >= 0 && c < len(s.classes)
}
