package data

import (
	"slices"
	"strings"
	"testing"
)

func TestWithClasses(t *testing.T) {
	s, err := New("letters", "", 1, 1, []string{"a", "b", "c"}, []byte{10, 20, 30, 40, 50}, []byte{0, 1, 2, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	some, err := s.Select([]int{2, 0}) // c, a: images 0, 2, 4
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		set     *Set
		classes []string
		pixels  []byte
		labels  []int
	}{
		{"another order", s, []string{"c", "a", "b"}, []byte{10, 20, 30, 40, 50}, []int{1, 2, 0, 2, 1}},
		{"more classes", s, []string{"x", "c", "y", "a", "b"}, []byte{10, 20, 30, 40, 50}, []int{3, 4, 1, 4, 3}},
		{"of a selection", some, []string{"a", "b", "c"}, []byte{10, 30, 50}, []int{0, 2, 0}},
		{"the same", s, []string{"a", "b", "c"}, []byte{10, 20, 30, 40, 50}, []int{0, 1, 2, 1, 0}},
	} {
		v, err := tc.set.WithClasses(tc.classes)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		var pixels []byte
		var labels []int
		for i := range v.Len() {
			pixels, labels = append(pixels, v.Pixels(i)...), append(labels, v.Label(i))
		}
		if !slices.Equal(pixels, tc.pixels) || !slices.Equal(labels, tc.labels) || !slices.Equal(v.Classes(), tc.classes) {
			t.Errorf("%s: pixels %v, labels %v, classes %v, want %v, %v, %v", tc.name, pixels, labels, v.Classes(), tc.pixels, tc.labels, tc.classes)
		}
	}
	for _, tc := range []struct {
		classes []string
		want    string
	}{
		{[]string{"a", "b"}, `data set "letters" has the classes a, b, c, want classes among a, b`},
		{[]string{"0", "1", "2"}, `data set "letters" has the classes a, b, c, want classes among 0, 1, 2`},
		{[]string{"c", "b", "a", "a"}, "a occurs twice"},
	} {
		if _, err := s.WithClasses(tc.classes); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("classes %v: error %v, want %q", tc.classes, err, tc.want)
		}
	}
}
