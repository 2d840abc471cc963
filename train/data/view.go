package data

import (
	"fmt"
	"slices"

	"inkstone/internal/random"
)

// view returns a view of the images with the given indices in pixels and labels.
func (s *Set) view(order []int) *Set {
	v := *s
	v.order = order
	return &v
}

// Subset returns a view of the images with the given indices, in this order. An index may
// occur more than once. Subset returns an error unless every index is from 0 to Len-1.
func (s *Set) Subset(indices []int) (*Set, error) {
	order := make([]int, len(indices))
	for k, i := range indices {
		if i < 0 || i >= s.Len() {
			return nil, fmt.Errorf("subset of %q: index %d at position %d, want 0 to %d", s.name, i, k, s.Len()-1)
		}
		order[k] = s.index(i)
	}
	return s.view(order), nil
}

// Limit returns a view of n images that are spread over the set, in the order of the set, or s
// itself if it has at most n images. It divides the set into n equal parts and chooses a random
// image of each part. The choice is the same each time.
//
// The first n images would not represent a set that is sorted by class. Every k-th image would
// not represent a set that alternates, as MNIST does: of its training images up to number
// 58,100, those with even numbers were written by students and those with odd numbers by
// employees (labels of QMNIST: Yadav and Bottou, arXiv:1905.10498).
//
// Limit returns an error if n is below 1.
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
		order[k] = s.index(from + r.IntN(to-from))
	}
	return s.view(order), nil
}

// Split divides the set at random. held has n images for validation, and rest has the others.
// Both views keep the order of s. The same seed gives the same parts. If n is 0, held is empty
// and rest is the whole set.
//
// Split returns an error if n is below 0 or if rest would be empty.
func (s *Set) Split(n int, seed uint64) (rest, held *Set, err error) {
	if n < 0 || n >= s.Len() {
		return nil, nil, fmt.Errorf("split of %q: %d of %d images to hold out, want 0 to %d", s.name, n, s.Len(), s.Len()-1)
	}
	shuffled := random.New(seed, random.Split).Perm(s.Len())
	slices.Sort(shuffled[:n])
	slices.Sort(shuffled[n:])
	for k, i := range shuffled {
		shuffled[k] = s.index(i)
	}
	return s.view(shuffled[n:]), s.view(shuffled[:n:n]), nil
}
