package safetensors_test

import (
	"bytes"
	"fmt"
	"log"

	"inkstone/model/safetensors"
)

// Write writes a file, Parse reads it.
func ExampleParse() {
	f := &safetensors.File{
		Metadata: map[string]string{"format": "pt"},
		Tensors:  []safetensors.Tensor{safetensors.Float32("fc.weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})},
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		log.Fatal(err)
	}
	back, err := safetensors.Parse(b.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	values, err := back.Get("fc.weight").Float32s()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(back.Get("fc.weight").Shape, values)
	// Output: [2 3] [1 2 3 4 5 6]
}
