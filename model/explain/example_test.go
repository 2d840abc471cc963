package explain_test

import (
	"fmt"
	"log"

	"inkstone/model/explain"
	"inkstone/model/pretrained"
	"inkstone/train/data/digits"
)

// The built-in model reads a drawn digit. A value of its first layer is the sum of nine products.
func Example() {
	m, err := pretrained.Tiny()
	if err != nil {
		log.Fatal(err)
	}
	e, err := explain.New(m, 1)
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	pixels, labels := digits.Generate(7, 1)
	heat, err := e.Saliency(pixels, explain.Predicted) // heat.HTML is a picture
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("drawn:", labels[0], "predicted:", heat.ClassName)
	a, err := e.Arithmetic(pixels, "conv1", 0, 14, 3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(a.Formula, "of", len(a.Terms), "products,", a.Error() < 1e-6)
	// Output:
	// drawn: 7 predicted: 7
	// sum of window × kernel + bias of 9 products, true
}
