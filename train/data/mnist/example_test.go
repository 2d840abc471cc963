package mnist_test

import (
	"context"
	"fmt"
	"log"

	"inkstone/train/data/mnist"
)

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
