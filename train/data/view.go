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
	if s.err != nil {
		return failed(s.err)
	}
	order := make([]int, len(indices))
	for k, i := range indices {
		if i < 0 || i >= s.Len() {
			return failed(fmt.Errorf("subset of %q: index %d at position %d, want 0 to %d", s.name, i, k, s.Len()-1))
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
	if s.err != nil {
		return failed(s.err)
	}
	if n < 1 {
		return failed(fmt.Errorf("limit of %q: %d images, want at least 1", s.name, n))
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
// Each class of s that has images keeps at least one in rest. If n images chosen from the whole
// set include all images of a class, Split chooses by class instead: held has the same share
// of each class, rounded to whole images, and at most all images of a class but one.
//
// Split returns an error if n is below 0 or if rest would lack a class.
func (s *Set) Split(n int, seed uint64) (rest, held *Set, err error) {
	if s.err != nil {
		return failedTwo(s.err)
	}
	counts := s.Counts()
	most := s.Len()
	for _, count := range counts {
		if count > 0 {
			most--
		}
	}
	if n < 0 || n > most {
		return failedTwo(fmt.Errorf("split of %q: %d of %d images to hold out, want 0 to %d, so that each of the %d classes keeps an image",
			s.name, n, s.Len(), most, s.Len()-most))
	}
	shuffled := random.New(seed, random.Split).Perm(s.Len())
	if s.lacksClass(shuffled[n:], counts) {
		shuffled = s.byClass(shuffled, n, counts)
	}
	slices.Sort(shuffled[:n])
	slices.Sort(shuffled[n:])
	for k, i := range shuffled {
		shuffled[k] = s.index(i)
	}
	return s.view(shuffled[n:]), s.view(shuffled[:n:n]), nil
}

// lacksClass reports whether a class with images in s has none among some images.
func (s *Set) lacksClass(images, counts []int) bool {
	present := make([]bool, len(counts))
	for _, i := range images {
		present[s.Label(i)] = true
	}
	for c, count := range counts {
		if count > 0 && !present[c] {
			return true
		}
	}
	return false
}

// byClass returns the images of shuffled in another order: the first n have about the same
// share of each class, and the others have at least one image of each class.
func (s *Set) byClass(shuffled []int, n int, counts []int) []int {
	quota := make([]int, len(counts))
	left := n
	for c, count := range counts {
		quota[c] = min(count*n/s.Len(), max(count-1, 0))
		left -= quota[c]
	}
	for ; left > 0; left-- { // one more image of the class that lacks the largest part of its share
		next, largest := -1, 0
		for c, count := range counts {
			lack := count*n - quota[c]*s.Len()
			if quota[c] < count-1 && (next < 0 || lack > largest) {
				next, largest = c, lack
			}
		}
		quota[next]++
	}
	var held, rest []int
	for _, i := range shuffled {
		if c := s.Label(i); quota[c] > 0 {
			quota[c]--
			held = append(held, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(held, rest...)
}
