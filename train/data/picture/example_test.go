package picture_test

import (
	"fmt"
	"image"
	"image/color"
	"log"

	"inkstone/train/data/picture"
)

// A dark stroke on bright paper is converted to MNIST's form.
func ExampleFromImage() {
	paper := image.NewGray(image.Rect(0, 0, 200, 100))
	for y := range 100 {
		for x := range 200 {
			paper.SetGray(x, y, color.Gray{Y: 220})
			if x >= 150 && x < 160 && y >= 20 && y < 80 {
				paper.SetGray(x, y, color.Gray{Y: 40})
			}
		}
	}
	digit, err := picture.FromImage(paper)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(digit.Bounds().Dx(), "x", digit.Bounds().Dy())
	fmt.Println("ink in the middle:", digit.GrayAt(14, 14).Y > 200, "and none in the corner:", digit.GrayAt(0, 0).Y == 0)
	// Output:
	// 28 x 28
	// ink in the middle: true and none in the corner: true
}
