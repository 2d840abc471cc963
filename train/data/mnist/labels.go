package mnist

import (
	"fmt"
	"slices"
	"strconv"
)

// classesFor returns the classes of a set of files that are not the published ones. A user may
// have custom data in MNIST's form with more than ten classes: if d has the classes 0 to 9 and
// a label is above 9, the classes are the numbers up to the largest label. Each must then occur
// in the training labels, if these are there, since a large label may also be a mistake. train
// and test may be nil.
func (d dataset) classesFor(labelsPath string, train, test *Array) ([]string, error) {
	if d.firstLabel != 0 || !slices.Equal(d.classes, decimal) {
		return d.classes, nil
	}
	var found [256]bool
	largest := 0
	for i, a := range []*Array{train, test} {
		if a == nil || len(a.Dims) != 1 {
			continue // newSet refuses an array that has no labels
		}
		for _, label := range a.Data {
			found[label] = found[label] || i == 0
			largest = max(largest, int(label))
		}
	}
	if largest < len(d.classes) {
		return d.classes, nil
	}
	classes := make([]string, largest+1)
	for label := range classes {
		if train != nil && !found[label] {
			return nil, fmt.Errorf("%s: the labels go up to %d, but no training image has the label %d, want 0 to %d, or more classes without a gap", labelsPath, largest, label, len(d.classes)-1)
		}
		classes[label] = strconv.Itoa(label)
	}
	return classes, nil
}
