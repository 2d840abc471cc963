package sets

import (
	"slices"
	"strings"
	"sync"

	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
)

// referenceImages is the number of built-in digits that images are compared with.
const referenceImages = 500

// reference returns the images and labels of the built-in digits to compare with.
var reference = sync.OnceValues(func() (pixels, labels []byte) { return digits.Generate(1, referenceImages) })

// Warnings returns a line for each finding of [data.Set.Check], and one if the images look
// transposed, mirrored or turned: digits beside the built-in digits, and others beside the
// images of training, which may be nil. The sets must have the same classes.
func Warnings(set, training *data.Set) []string {
	warnings := set.Check()
	if set.Len() == 0 || set.Name() == mnist.Builtin {
		return warnings
	}
	other, what := builtinDigits(set.Classes()), "the built-in digits"
	if other == nil {
		other, what = training, "the training images"
	}
	if other == nil {
		return warnings
	}
	if text := set.CheckOrientation(other, what); text != "" {
		warnings = append(warnings, text)
	}
	return warnings
}

// builtinDigits returns built-in digits with these classes, nil if none of them is a digit.
func builtinDigits(classes []string) *data.Set {
	var some []int
	names := strings.Split("0123456789", "")
	for i, name := range names {
		if slices.Contains(classes, name) {
			some = append(some, i)
		}
	}
	if some == nil {
		return nil
	}
	pixels, labels := reference()
	all, err := data.New(mnist.Builtin, "", digits.Size, digits.Size, names, pixels, labels)
	if err != nil {
		return nil
	}
	if all, err = all.Select(some); err != nil {
		return nil
	}
	if all, err = all.WithClasses(classes); err != nil {
		return nil // a name occurs twice
	}
	return all
}
