package data

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tens returns a set of n images of one pixel. Image i has the pixel i and the class i mod 10.
func tens(t *testing.T, n int) *Set {
	t.Helper()
	pixels, labels := make([]byte, n), make([]byte, n)
	for i := range n {
		pixels[i], labels[i] = byte(i), byte(i%10)
	}
	s, err := New("tens", "", 1, 1, strings.Split("0123456789", ""), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSelect(t *testing.T) {
	s := tens(t, 40)
	v, err := s.Select([]int{8, 0, 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v.Classes(), v.Counts()); got != "[8 0 3] [4 4 4]" {
		t.Errorf("classes and counts %s", got)
	}
	for i := range v.Len() {
		if want := []byte{8, 0, 3}[v.Label(i)]; v.Pixels(i)[0]%10 != want {
			t.Errorf("image %d is a %d, but its class is %d", i, v.Pixels(i)[0]%10, want)
		}
	}
	// Select and Limit work on views.
	w, err := v.Limit(9)
	if err != nil {
		t.Fatal(err)
	}
	if w, err = w.Select([]int{2, 0}); err != nil {
		t.Fatal(err)
	}
	for i := range w.Len() {
		if want := []byte{3, 8}[w.Label(i)]; w.Pixels(i)[0]%10 != want {
			t.Errorf("image %d of the second view is a %d, but its class is %d", i, w.Pixels(i)[0]%10, want)
		}
	}
	for want, classes := range map[string][]int{
		"none are selected":        nil,
		"there is no class 10":     {1, 10},
		"there is no class -1":     {-1},
		"4 is selected twice":      {4, 5, 4},
		"there is no image of 9":   {9},
		"there is no image of 8, ": {8, 9},
	} {
		few, err := s.Subset([]int{0, 10})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := few.Select(classes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("classes %v: error %v, want %s", classes, err, want)
		}
	}
}

func TestSelectNames(t *testing.T) {
	s := tens(t, 20)
	for _, tc := range []struct{ names, want string }{
		{"5 3", "5 3"},
		{"0 1 2 3 4 5 6 7 8 9", "0 1 2 3 4 5 6 7 8 9"},
		{"3 x", "0 1 2 3 4 5 6 7 8 9"},
	} {
		v, err := s.SelectNames(strings.Fields(tc.names))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(v.Classes(), " "); got != tc.want {
			t.Errorf("classes %s of %s, want %s", got, tc.names, tc.want)
		}
	}
}

func TestPerClass(t *testing.T) {
	s := tens(t, 60)
	a, err := s.PerClass(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.PerClass(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Counts(); !slices.Equal(got, []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}) {
		t.Errorf("counts %v", got)
	}
	if slices.Equal(a.order, b.order) || !slices.IsSorted(a.order) {
		t.Errorf("seeds 1 and 2 draw %v and %v", a.order, b.order)
	}
	for n, want := range map[int]string{0: "want at least 1", 7: "class 0 has only 6"} {
		if _, err := s.PerClass(n, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: error %v, want %s", n, err, want)
		}
	}
}

func TestParseClasses(t *testing.T) {
	s := tens(t, 10)
	for text, want := range map[string]string{
		"5-9": "[5 6 7 8 9]", "0,3, 8": "[0 3 8]", "odd": "[1 3 5 7 9]", "even": "[0 2 4 6 8]", "7-7,1": "[7 1]",
	} {
		if got, err := s.ParseClasses(text); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q gives %v, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":    "the list is empty; the set has 0, 1",
		" , ": "the list is empty", "10": "there is no class 10", "5-": "there is no class 5-", "9-5": "the range 9-5 is empty", "x": "there is no class x",
	} {
		if _, err := s.ParseClasses(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
	if _, err := s.ParseClasses("0,10"); !errors.Is(err, ErrUnknownClass) {
		t.Errorf("class 10: error %v, want ErrUnknownClass", err)
	}
	if _, err := s.Select([]int{-1}); !errors.Is(err, ErrUnknownClass) {
		t.Errorf("class -1: error %v, want ErrUnknownClass", err)
	}
	clothes, err := New("clothes", "", 1, 1, []string{"T-shirt/top", "Trouser", "Coat"}, []byte{0, 0, 0}, []byte{0, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"T-shirt/top": "[0]", "T-shirt/top-Trouser": "[0 1]", "1-Coat": "[1 2]", "2,T-shirt/top": "[2 0]"} {
		if got, err := clothes.ParseClasses(text); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q gives %v, %v, want %s", text, got, err, want)
		}
	}
	if _, err := clothes.ParseClasses("odd"); err == nil || !strings.Contains(err.Error(), "is not a number") {
		t.Errorf("odd clothes: error %v", err)
	}
}
