// Package hugepages asks the operating system for large pages of memory.
//
// A training step writes and reads tens of megabytes in an order that uses many pages at a time. With pages
// of 4 KiB the processor looks up their addresses again and again. Linux gives a program pages of
// 2 MiB without asking, or only where it asks for them, in the mode "madvise" of transparent huge pages. This
// package asks for them.
package hugepages

import "gorgonia.org/tensor"

// AdviseTensor is [Advise] for the elements of a tensor of floats.
func AdviseTensor(t *tensor.Dense) {
	switch p := t.Data().(type) {
	case []float32:
		Advise(p)
	case []float64:
		Advise(p)
	}
}
