package data

import (
	"slices"
	"strings"
	"testing"

	"inkstone/internal/random"
)

func TestSubset(t *testing.T) {
	s := numbered(t, 10)
	v, err := s.Subset([]int{7, 2, 2, 9})
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers(v); !slices.Equal(got, []int{7, 2, 2, 9}) || v.Label(0) != 1 {
		t.Errorf("view holds %v, label of the first %d", got, v.Label(0))
	}
	if &v.Pixels(0)[0] != &s.Pixels(7)[0] {
		t.Error("the view holds a copy of the pixels")
	}
	w, err := v.Subset([]int{3, 0})
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers(w); !slices.Equal(got, []int{9, 7}) {
		t.Errorf("view of a view holds %v, want 9 and 7", got)
	}
	for _, bad := range []int{-1, 4} {
		if _, err := v.Subset([]int{0, bad}); err == nil || !strings.Contains(err.Error(), "at position 1, want 0 to 3") {
			t.Errorf("index %d: error %v", bad, err)
		}
	}
}

func TestLimit(t *testing.T) {
	s := numbered(t, 10)
	for _, n := range []int{1, 3, 4, 9, 10, 11} {
		v, err := s.Limit(n)
		if err != nil {
			t.Fatal(err)
		}
		got := numbers(v)
		if len(got) != min(n, 10) {
			t.Fatalf("Limit(%d) holds %v", n, got)
		}
		for k, i := range got { // one image of each part
			if from, to := k*10/len(got), (k+1)*10/len(got); i < from || i >= to {
				t.Errorf("Limit(%d) holds %v, want one of %d to %d at position %d", n, got, from, to-1, k)
			}
		}
		again, err := s.Limit(n)
		if err != nil || !slices.Equal(numbers(again), got) {
			t.Errorf("Limit(%d) holds %v, the second time %v, error %v", n, got, numbers(again), err)
		}
	}
	if _, err := s.Limit(0); err == nil || !strings.Contains(err.Error(), "0 images") {
		t.Errorf("Limit(0): error %v", err)
	}
}

// In a set of two alternating groups, a limit of half the set has images of both groups.
func TestLimitOfAlternatingSet(t *testing.T) {
	s := numbered(t, 200)
	v, err := s.Limit(100)
	if err != nil {
		t.Fatal(err)
	}
	odd := 0
	for _, i := range numbers(v) {
		odd += i % 2
	}
	if odd < 35 || odd > 65 { // three standard deviations; the choice is always the same
		t.Errorf("%d of 100 images have odd numbers", odd)
	}
}

func TestSplit(t *testing.T) {
	s := numbered(t, 100)
	reversed := make([]int, 100)
	for i := range reversed {
		reversed[i] = 99 - i
	}
	view, err := s.Subset(reversed)
	if err != nil {
		t.Fatal(err)
	}
	descending := func(a, b int) int { return b - a }

	rest, held, err := s.Split(20, 1)
	if err != nil {
		t.Fatal(err)
	}
	if rest.Len() != 80 || held.Len() != 20 {
		t.Fatalf("parts of %d and %d images, want 80 and 20", rest.Len(), held.Len())
	}
	if !slices.IsSorted(numbers(rest)) || !slices.IsSorted(numbers(held)) {
		t.Error("the parts do not keep the order of the set")
	}
	all := append(numbers(rest), numbers(held)...)
	slices.Sort(all)
	for i, got := range all {
		if got != i {
			t.Fatalf("the parts together hold %v", all)
		}
	}

	_, again, err := s.Split(20, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := s.Split(20, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(numbers(held), numbers(again)) {
		t.Error("the same seed gives two splits")
	}
	if slices.Equal(numbers(held), numbers(other)) {
		t.Error("two seeds give the same split")
	}

	rest, held, err = view.Split(20, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(numbers(rest), descending) || !slices.IsSortedFunc(numbers(held), descending) {
		t.Error("the parts of a view do not keep its order")
	}

	rest, held, err = s.Split(0, 1)
	if err != nil || rest.Len() != 100 || held.Len() != 0 {
		t.Errorf("Split(0) gave %v, %v, %v", rest, held, err)
	}
	for _, n := range []int{-1, 98, 101} { // there are 3 classes
		if _, _, err := s.Split(n, 1); err == nil || !strings.Contains(err.Error(), "want 0 to 97") {
			t.Errorf("Split(%d): error %v", n, err)
		}
	}
}

// Each class keeps a training image whatever the seed, also a class of one or two images.
func TestSplitKeepsClasses(t *testing.T) {
	labels := make([]byte, 36) // 33 of class 0, 2 of class 1, 1 of class 2, none of class 3
	labels[5], labels[20], labels[30] = 1, 1, 2
	s, err := New("small classes", "a test", 1, 1, []string{"a", "b", "c", "d"}, make([]byte, 36), labels)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 3, 20, 33} {
		for seed := range uint64(60) {
			rest, held, err := s.Split(n, seed)
			if err != nil {
				t.Fatal(err)
			}
			a, b := rest.Counts(), held.Counts()
			if a[0] < 1 || a[1] < 1 || a[2] != 1 || held.Len() != n || a[0]+b[0] != 33 || a[1]+b[1] != 2 {
				t.Fatalf("Split(%d, %d) leaves %v images by class to train on and %v for validation", n, seed, a, b)
			}
		}
	}
	if _, _, err := s.Split(34, 1); err == nil || !strings.Contains(err.Error(), "34 of 36") || !strings.Contains(err.Error(), "0 to 33") {
		t.Errorf("error %v", err)
	}
}

// A set with small classes is split by class: each has the same share of the validation images.
func TestSplitByClass(t *testing.T) {
	s := numbered(t, 9) // 3 of each class
	for seed := range uint64(60) {
		_, held, err := s.Split(6, seed)
		if err != nil {
			t.Fatal(err)
		}
		// Any other choice takes all three images of a class.
		if got := held.Counts(); !slices.Equal(got, []int{2, 2, 2}) {
			t.Errorf("seed %d holds out %v images by class, want 2 of each", seed, got)
		}
	}
}

// The split of a set whose classes all keep images is the one that runs were made with.
func TestSplitIsTheSame(t *testing.T) {
	_, held, err := numbered(t, 100).Split(20, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := random.New(1, random.Split).Perm(100)[:20]
	slices.Sort(want)
	if got := numbers(held); !slices.Equal(got, want) {
		t.Errorf("held out %v, want %v", got, want)
	}
}
