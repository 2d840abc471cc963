package data

import (
	"fmt"

	"inkstone/internal/random"
)

// Fold is a part of the training images in a cross-validation: the part number Part, from 1, of
// Of parts. The zero Fold is no part.
type Fold struct{ Part, Of int }

// maxFolds is the largest number of parts.
const maxFolds = 1000

// String returns the fold as UnmarshalText reads it, such as "2/5", or "" for no part.
func (f Fold) String() string {
	if f == (Fold{}) {
		return ""
	}
	return fmt.Sprintf("%d/%d", f.Part, f.Of)
}

// UnmarshalText reads a fold such as "2/5", or "" for no part.
func (f *Fold) UnmarshalText(text []byte) error {
	var parsed Fold
	if len(text) > 0 {
		n, err := fmt.Sscanf(string(text)+"\n", "%d/%d\n", &parsed.Part, &parsed.Of)
		if n != 2 || err != nil || parsed.Of < 2 || parsed.Of > maxFolds || parsed.Part < 1 || parsed.Part > parsed.Of {
			return fmt.Errorf("want a part and the number of parts, from 2 to %d, as in 2/5", maxFolds)
		}
	}
	*f = parsed
	return nil
}

// Fold divides the set at random into f.Of parts of almost equal size, each with almost the same
// share of each class. held is the part f.Part, and rest has the other parts. Both views keep the
// order of s. The parts of a seed have no image in common and together are the set.
//
// Fold returns an error if f is not a valid fold, if the set has fewer images than parts, or if a
// class has only one image, because rest would lack that class in one of the folds.
func (s *Set) Fold(f Fold, seed uint64) (rest, held *Set, err error) {
	if s.err != nil {
		return failedTwo(s.err)
	}
	if f.Of < 2 || f.Of > s.Len() || f.Part < 1 || f.Part > f.Of {
		return failedTwo(fmt.Errorf("fold of %q: part %d of %d, want parts from 1 on, and 2 to %d of them, which is the number of images", s.name, f.Part, f.Of, s.Len()))
	}
	byClass := make([][]int, len(s.classes))
	for _, i := range random.New(seed, random.Fold).Perm(s.Len()) {
		byClass[s.Label(i)] = append(byClass[s.Label(i)], i)
	}
	part, next := make([]int, s.Len()), 0
	for c, images := range byClass {
		if len(images) == 1 {
			return failedTwo(fmt.Errorf("fold of %q: class %s has only one image, want at least 2", s.name, s.classes[c]))
		}
		for _, i := range images {
			part[i] = next%f.Of + 1
			next++
		}
	}
	var others, own []int
	for i, p := range part {
		if p == f.Part {
			own = append(own, i)
		} else {
			others = append(others, i)
		}
	}
	if rest, err = s.Subset(others); err == nil {
		held, err = s.Subset(own)
	}
	return rest, held, err
}
