package data

import (
	"fmt"
	"slices"
	"strings"
)

// WithClasses returns a view of the same images in which a label is an index into
// classes: each class of s becomes the class of the same name. Classes may have another
// order, and names that s does not have. It returns s itself if the classes are equal, and
// an error with both lists if s has a class that is not among them, or if a name occurs
// twice.
func (s *Set) WithClasses(classes []string) (*Set, error) {
	if s.err != nil {
		return failed(s.err)
	}
	if slices.Equal(s.classes, classes) {
		return s, nil
	}
	if len(classes) > 256 {
		return failed(fmt.Errorf("data set %q: %d classes, want at most 256", s.name, len(classes)))
	}
	for _, list := range [][]string{s.classes, classes} {
		for i, name := range list {
			if slices.Contains(list[:i], name) {
				return failed(fmt.Errorf("data set %q: its classes %s cannot be matched with %s by name: %s occurs twice in one list", s.name, strings.Join(s.classes, ", "), strings.Join(classes, ", "), name))
			}
		}
	}
	classOf := make([]byte, len(s.classes)) // class of the view for a class of s
	for c, name := range s.classes {
		i := slices.Index(classes, name)
		if i < 0 {
			return failed(fmt.Errorf("data set %q has the classes %s, want classes among %s", s.name, strings.Join(s.classes, ", "), strings.Join(classes, ", ")))
		}
		classOf[c] = byte(i)
	}
	var renumbered [256]byte // label in pixels and labels to label in the view
	for stored := range renumbered {
		if c := s.label(byte(stored)); c < len(classOf) {
			renumbered[stored] = classOf[c]
		}
	}
	v := s.view(s.order)
	v.classes, v.renumbered = slices.Clone(classes), renumbered[:]
	return v, nil
}
