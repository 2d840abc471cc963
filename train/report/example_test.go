package report_test

import (
	"fmt"
	"log"

	"inkstone/train/metrics"
	"inkstone/train/report"
)

// A picture is SVG: a notebook shows it, and Write writes it to a file.
func ExampleConfusion() {
	matrix, err := metrics.NewConfusion([]string{"猫", "狗"})
	if err != nil {
		log.Fatal(err)
	}
	for _, image := range []struct{ label, predicted int }{{0, 0}, {0, 1}, {1, 1}} {
		if err := matrix.Add(image.label, image.predicted); err != nil {
			log.Fatal(err)
		}
	}
	picture := report.Confusion(matrix)
	fmt.Println(picture)
	// Output: confusion matrix (picture of 113 x 112 pixels)
}
