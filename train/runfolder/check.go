package runfolder

import (
	"fmt"

	"inkstone/train"
)

// Limits of what a run can measure. They also keep sums over epochs and runs finite.
const (
	mostSeconds = 1e10 // three centuries
	mostSpeed   = 1e12 // images in a second
)

// bounded is a number that is read from a file, with its range.
type bounded struct {
	name  string
	value float64
	most  float64 // the least is 0
}

func checkRanges(list []bounded) error {
	for _, b := range list {
		if !(b.value >= 0 && b.value <= b.most) {
			return fmt.Errorf("%s is %v, want 0 to %v", b.name, b.value, b.most)
		}
	}
	return nil
}

// checkEpoch returns an error about values that epoch n cannot have.
func checkEpoch(e *train.Epoch, n int) error {
	if e.Epoch != n {
		return fmt.Errorf("epoch is %d, want %d", e.Epoch, n)
	}
	list := []bounded{
		{"train_accuracy", e.TrainAccuracy, 1},
		{"seconds", e.Seconds, mostSeconds},
		{"images_per_second", e.ImagesPerSecond, mostSpeed},
	}
	if e.Validation != nil {
		list = append(list, bounded{"validation accuracy", e.Validation.Accuracy, 1})
	}
	if e.Average != nil {
		list = append(list, bounded{"average accuracy", e.Average.Accuracy, 1})
	}
	return checkRanges(list)
}

// check returns an error about values that no result can have.
func (r *Result) check() error {
	list := []bounded{
		{"epochs", float64(r.Epochs), 1e9},
		{"train_seconds", r.TrainSeconds, mostSeconds},
		{"train_images_per_second", r.TrainImagesPerSecond, mostSpeed},
	}
	if r.TestAccuracy != nil {
		list = append(list, bounded{"test_accuracy", *r.TestAccuracy, 1})
	}
	if r.ValidationAccuracy != nil {
		list = append(list, bounded{"validation_accuracy", *r.ValidationAccuracy, 1})
	}
	return checkRanges(list)
}
