package mnist_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"inkstone/train/data/mnist"
)

// Decode reads the file that Encode has written.
func ExampleDecode() {
	images := mnist.Array{Dims: []int{2, 1, 3}, Data: []byte{0, 255, 0, 9, 8, 7}}
	var file bytes.Buffer
	if err := mnist.Encode(&file, &images); err != nil {
		log.Fatal(err)
	}
	decoded, err := mnist.Decode(&file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decoded, decoded.Data[3:])
	// Output: 2 x 1 x 3 bytes [9 8 7]
}

// The zero Options load MNIST from the usual places or download it. This example loads the
// built-in digits, which need no files and no network.
func ExampleLoad() {
	training, test, err := mnist.Load(context.Background(), mnist.Options{Name: mnist.Builtin, Limit: 100, TestLimit: 20})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(training)
	fmt.Println(test.Len(), "test images, the first a", test.Classes()[test.Label(0)])
	// Output:
	// builtin: 100 images of 28 x 28, 10 classes, from the built-in generator
	// 20 test images, the first a 4
}
