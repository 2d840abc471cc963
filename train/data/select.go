package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"inkstone/internal/random"
)

// Select returns a view of the images of some classes, in the set's order. Class k of
// the view is class classes[k] of s. It refuses an empty list, a class that s does not
// have, one that is named twice, and classes without an image.
func (s *Set) Select(classes []int) (*Set, error) {
	if len(classes) == 0 {
		return nil, fmt.Errorf("classes of %q: none is chosen, want some of %s", s.name, strings.Join(s.classes, ", "))
	}
	var renumbered [256]byte // label in pixels and labels to label in the view
	var chosen [256]bool
	v := s.view(nil)
	v.classes = nil
	for k, c := range classes {
		if c < 0 || c >= len(s.classes) {
			return nil, fmt.Errorf("classes of %q: there is no class %d, want 0 to %d", s.name, c, len(s.classes)-1)
		}
		if chosen[c] {
			return nil, fmt.Errorf("classes of %q: %s is chosen twice", s.name, s.classes[c])
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
			v.order = append(v.order, s.place(i))
		}
	}
	if len(v.order) == 0 {
		return nil, fmt.Errorf("classes of %q: there is no image of %s", s.name, strings.Join(v.classes, ", "))
	}
	v.renumbered = renumbered[:]
	return v, nil
}

// PerClass returns a view of n images of each class, drawn by the seed, in the set's
// order. It refuses n below one and a class with fewer images.
func (s *Set) PerClass(n int, seed uint64) (*Set, error) {
	if n < 1 {
		return nil, fmt.Errorf("images per class of %q: %d, want at least 1", s.name, n)
	}
	left := make([]int, len(s.classes))
	for c, count := range s.Counts() {
		if left[c] = n; count < n {
			return nil, fmt.Errorf("images per class of %q: %d, but there are only %d of class %s", s.name, n, count, s.classes[c])
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

// ParseClasses reads a choice of the classes of a set: their names or, where no class
// has such a name, their numbers, with commas between them; "5-9" is a range; "odd" and
// "even" choose among classes whose names are numbers. The result is what
// [Set.Select] takes, in the order of the text.
func (s *Set) ParseClasses(text string) ([]int, error) {
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
		return nil, fmt.Errorf("classes %q of %q: none is named; the set has %s", text, s.name, strings.Join(s.classes, ", "))
	}
	return list, nil
}

// parseClass reads a class, a range, or a word.
func (s *Set) parseClass(item string) (list []int, err error) {
	if c, ok := s.class(item); ok {
		return []int{c}, nil
	}
	if item == "odd" || item == "even" {
		for c, name := range s.classes {
			n, err := strconv.Atoi(name)
			if err != nil {
				return nil, fmt.Errorf("class %q is no number, so none is %s", name, item)
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
		from, ok := s.class(item[:i])
		to, too := s.class(item[i+1:])
		if !ok || !too {
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
	return nil, fmt.Errorf("there is no class %s", item)
}

// class finds a class by its name or else by its number.
func (s *Set) class(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if c := slices.Index(s.classes, text); c >= 0 {
		return c, true
	}
	c, err := strconv.Atoi(text)
	return c, err == nil && c >= 0 && c < len(s.classes)
}
