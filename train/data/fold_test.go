package data

import (
	"slices"
	"strings"
	"testing"
)

// labeled returns a set of 1 x 1 images with these labels. The pixel is the number of the image.
func labeled(t *testing.T, labels ...byte) *Set {
	t.Helper()
	pixels := make([]byte, len(labels))
	for i := range pixels {
		pixels[i] = byte(i)
	}
	s, err := New("few", "", 1, 1, []string{"a", "b", "c"}, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func imageNumbers(s *Set) (list []int) {
	for i := range s.Len() {
		list = append(list, int(s.Pixels(i)[0]))
	}
	return list
}

// The folds are disjoint, cover the set, have equal shares of each class, and follow from the seed.
func TestFolds(t *testing.T) {
	labels := slices.Concat(slices.Repeat([]byte{0}, 10), slices.Repeat([]byte{1}, 7), slices.Repeat([]byte{2}, 3))
	s := labeled(t, labels...)
	for of := 2; of <= 20; of++ {
		var all []int
		for part := 1; part <= of; part++ {
			rest, held, err := s.Fold(Fold{part, of}, 4)
			if err != nil {
				t.Fatal(err)
			}
			again, _, _ := s.Fold(Fold{part, of}, 4)
			if !slices.Equal(imageNumbers(again), imageNumbers(rest)) || rest.Len()+held.Len() != 20 {
				t.Errorf("fold %d/%d: %v and %v", part, of, imageNumbers(rest), imageNumbers(held))
			}
			if n := held.Len(); n < 20/of || n > (20+of-1)/of {
				t.Errorf("fold %d/%d has %d images", part, of, n)
			}
			for c, n := range held.Counts() {
				if whole := s.Counts()[c]; n < whole/of || n > (whole+of-1)/of {
					t.Errorf("fold %d/%d has %d of %d images of class %d", part, of, n, whole, c)
				}
			}
			if slices.Contains(rest.Counts(), 0) {
				t.Errorf("fold %d/%d: the rest has %v images by class", part, of, rest.Counts())
			}
			all = append(all, imageNumbers(held)...)
		}
		slices.Sort(all)
		if !slices.Equal(all, imageNumbers(s)) {
			t.Errorf("%d folds hold %v", of, all)
		}
	}
	_, first, _ := s.Fold(Fold{1, 4}, 1)
	_, second, _ := s.Fold(Fold{1, 4}, 2)
	if slices.Equal(imageNumbers(first), imageNumbers(second)) {
		t.Error("two seeds have the same folds")
	}
}

func TestFoldRefuses(t *testing.T) {
	for _, tc := range []struct {
		s    *Set
		f    Fold
		want string
	}{
		{labeled(t, 0, 0, 1, 1), Fold{1, 5}, "part 1 of 5"},
		{labeled(t, 0, 0, 1, 1), Fold{3, 2}, "part 3 of 2"},
		{labeled(t, 0, 0, 1, 1), Fold{}, "part 0 of 0"},
		{labeled(t, 0, 0, 1), Fold{1, 2}, "class b has only one image"},
	} {
		if _, _, err := tc.s.Fold(tc.f, 1); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: error %v, want %q", tc.f, err, tc.want)
		}
	}
	for text, want := range map[string]Fold{"": {}, "2/5": {2, 5}, "1000/1000": {1000, 1000}} {
		var f Fold
		if err := f.UnmarshalText([]byte(text)); err != nil || f != want || f.String() != text {
			t.Errorf("%q is %v, %v", text, f, err)
		}
	}
	for _, text := range []string{"2", "0/5", "6/5", "1/1", "2/5x", "x", "1/1001", "2/5 3"} {
		f := Fold{3, 4}
		if err := f.UnmarshalText([]byte(text)); err == nil || f != (Fold{3, 4}) {
			t.Errorf("%q is read as %v", text, f)
		}
	}
}
