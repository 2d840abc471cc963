package model_test

import (
	"fmt"
	"log"

	"inkstone/model"
)

// Summary returns a table of the layers.
func ExampleModel_Summary() {
	m, err := model.New(model.Spec{Preset: "fast"})
	if err != nil {
		log.Fatal(err)
	}
	s, err := m.Summary()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(s)
	// Output:
	// fast: 28x28x1 to 10 classes, 18,378 parameters
	//   layer     kind     output    parameters      FLOPs
	//   conv1     conv     24x24x16         416    460,800
	//   maxpool1  maxpool  12x12x16
	//   relu1     relu     12x12x16
	//   conv2     conv     8x8x32        12,832  1,638,400
	//   maxpool2  maxpool  4x4x32
	//   relu2     relu     4x4x32
	//   flatten1  flatten  512
	//   fc1       dense    10             5,130     10,240
	//   total                            18,378  2,109,440
}

// Features returns the output of a layer for an image, Filters its weights. Both are images.
func ExampleModel_Features() {
	m, err := model.New(model.Spec{Preset: "fast"})
	if err != nil {
		log.Fatal(err)
	}
	pixels := make([]byte, m.Height*m.Width)
	pixels[14*28+14] = 255
	maps, err := m.Features("conv1", pixels)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(maps.Len(), "maps of", maps.Height, "x", maps.Width)
	filters, err := m.Filters("conv1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filters.Len(), "filters of", filters.Height, "x", filters.Width)
	// Output:
	// 16 maps of 24 x 24
	// 16 filters of 5 x 5
}

// Freeze excludes parameters from training. A pattern with a ! in front makes an exception.
func ExampleModel_Freeze() {
	m, err := model.New(model.Spec{Preset: "fast"})
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Freeze("conv*", "!conv2*"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Params.Frozen())
	fmt.Println(m.Freeze("cnov*"))
	// Output:
	// [conv1.weight conv1.bias]
	// freezing parameters of model "fast": the pattern "cnov*" matches no parameter; there are conv1.weight, conv1.bias, conv2.weight, conv2.bias, fc1.weight, fc1.bias
}
