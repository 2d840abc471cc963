package data

import (
	"fmt"
	"slices"

	"inkstone/internal/random"
)

// view returns the part of s with the given places in pixels and labels.
func (s *Set) view(order []int) *Set {
	v := *s
	v.order = order
	return &v
}

// Subset returns a view of the images with the given indices, in the given order.
// An index may occur more than once. It refuses an index outside 0 to Len-1.
func (s *Set) Subset(indices []int) (*Set, error) {
	order := make([]int, len(indices))
	for k, i := range indices {
		if i < 0 || i >= s.Len() {
			return nil, fmt.Errorf("subset of %q: index %d at position %d, want 0 to %d", s.name, i, k, s.Len()-1)
		}
		order[k] = s.place(i)
	}
	return s.view(order), nil
}

// Limit returns a view of n images spread over the set, in the set's order, or s itself
// when it has no more than n: one from each of n equal parts, drawn at random, and the
// same ones each time. Unlike the first n images, these represent a set that is
// sorted by class; unlike every k-th, one that takes turns. MNIST does: of its training images
// those with even numbers were written by students and those with odd ones by employees, up
// to number 58,100 (by the labels of QMNIST: Yadav and Bottou, arXiv:1905.10498).
//
// It refuses n below one.
func (s *Set) Limit(n int) (*Set, error) {
	if n < 1 {
		return nil, fmt.Errorf("limit of %q: %d images, want at least 1", s.name, n)
	}
	if n >= s.Len() {
		return s, nil
	}
	r := random.New(uint64(n), random.Limit)
	order := make([]int, n)
	for k := range order {
		from, to := k*s.Len()/n, (k+1)*s.Len()/n
		order[k] = s.place(from + r.IntN(to-from))
	}
	return s.view(order), nil
}

// Split parts the set at random into held, n images set aside for validation, and
// rest, the others. The same seed gives the same parts, and both views keep the
// order of s. With n = 0, held is empty and rest is the whole set.
//
// It refuses n below zero, and an n that would leave rest empty.
func (s *Set) Split(n int, seed uint64) (rest, held *Set, err error) {
	if n < 0 || n >= s.Len() {
		return nil, nil, fmt.Errorf("split of %q: %d of %d images to hold out, want 0 to %d", s.name, n, s.Len(), s.Len()-1)
	}
	shuffled := random.New(seed, random.Split).Perm(s.Len())
	slices.Sort(shuffled[:n])
	slices.Sort(shuffled[n:])
	for k, i := range shuffled {
		shuffled[k] = s.place(i)
	}
	return s.view(shuffled[n:]), s.view(shuffled[:n:n]), nil
}
