package data_test

import (
	"fmt"

	"inkstone/train/data"
)

func Example() {
	// Four images of 1 x 2 pixels: two of a stroke on the left, two on the right.
	pixels := []byte{255, 0, 0, 255, 250, 0, 0, 240}
	labels := []byte{0, 1, 0, 1}
	set, err := data.New("strokes", "an example", 1, 2, []string{"left", "right"}, pixels, labels)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set)

	train, validation, err := set.Split(1, 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), "to train on,", validation.Len(), "to validate with")
	// Output:
	// strokes: 4 images of 1 x 2, 2 classes, from an example
	// 3 to train on, 1 to validate with
}
