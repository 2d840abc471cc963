package augment_test

import (
	"fmt"

	"inkstone/train/data/augment"
)

func Example() {
	options, err := augment.Parse("light,elastic=30:4")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(options)

	augmenter, err := augment.New(options, 28, 28)
	if err != nil {
		fmt.Println(err)
		return
	}
	image := make([]byte, 28*28)
	for y := 4; y < 24; y++ {
		image[y*28+13], image[y*28+14] = 255, 255 // a one
	}
	// The seed of image 0 in epoch 3 of a run with seed 42.
	distorted := make([]byte, len(image))
	if err := augmenter.Apply(distorted, image, augment.Seed(42, 0, 3)); err != nil {
		fmt.Println(err)
		return
	}
	for y := 2; y < 27; y += 2 {
		for x := 6; x < 22; x++ {
			fmt.Printf("%c", ".-+#"[distorted[y*28+x]/64])
		}
		fmt.Println()
	}
	// Output:
	// shift=2,rotate=10,scale=0.1,shear=0.1,elastic=30:4
	// ................
	// ................
	// ................
	// ........+#......
	// ........+#......
	// ........-#+.....
	// .........##.....
	// .........-#+....
	// .........-#-....
	// .........##.....
	// ................
	// ................
	// ................
}

func ExampleParse() {
	_, err := augment.Parse("shift=2,rotation=10")
	fmt.Println(err)
	// Output: augmentation: unknown setting "rotation", want one of shift, rotate, scale, shear, elastic, thickness, noise, cutout
}
