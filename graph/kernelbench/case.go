package kernelbench

import (
	"fmt"
	"math"
	"math/rand/v2"

	"inkstone/graph/internal/kernel"
)

// Case is a layer kernel with operands to time it on.
type Case struct {
	Name  string // what is computed, such as "conv 3x3 32 to 64, forward"
	Shape string // the input, as batch x height x width x channels or rows x columns, and options

	// FLOPs is the number of floating-point operations of one run, two for a
	// multiply-add. It includes products with zero, so a kernel that skips zeros can
	// exceed the peak. It is 0 for kernels whose time is that of moving memory.
	FLOPs int64
	// Bytes is the size of the operands and results of one run, each counted once.
	Bytes int64

	prepare func() (run func() error, err error)
}

// String returns the name and the shape of the case.
func (c Case) String() string { return c.Name + " (" + c.Shape + ")" }

// Prepare makes the operands, runs the kernel once, and returns the function to time,
// which runs the kernel over the whole batch. The function keeps the operands in memory.
func (c Case) Prepare() (run func() error, err error) {
	if c.prepare == nil {
		return nil, fmt.Errorf("kernel case %q: not from Cases", c.Name)
	}
	run, err = c.prepare()
	if err == nil {
		err = run()
	}
	if err != nil {
		return nil, fmt.Errorf("kernel case %q: %w", c.Name, err)
	}
	return run, nil
}

// Cases returns cases for the kernels of the networks in package model and for some
// others, over batches of batch images. workers is the number of goroutines of a kernel,
// 0 for one per processor. The operands are random numbers from fixed seeds.
func Cases(batch, workers int) ([]Case, error) {
	if batch < 1 {
		return nil, fmt.Errorf("kernel cases: batch of %d images, want at least 1", batch)
	}
	if workers < 0 {
		return nil, fmt.Errorf("kernel cases: %d workers, want at least 0", workers)
	}
	w := kernel.NewWorkers(workers)
	var cases []Case
	for _, l := range convLayers {
		cases = append(cases, l.cases(batch, w)...)
	}
	for _, l := range convNormLayers {
		c, err := l.normCases(batch, w)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c...)
	}
	for _, l := range imageLayers {
		cases = append(cases, l.imageCase(w))
	}
	cases = append(cases, denseCases("dense 9216 to 128", batch, 9216, 128, w)...)
	cases = append(cases, denseCases("dense 512 to 512", 512, 512, 512, w)...)
	cases = append(cases, denseCases("dense 2048 to 2048", batch, 2048, 2048, w)...)
	cases = append(cases, denseCases("dense 64 to 4, of squeeze-and-excite", batch, 64, 4, w)...)
	return append(cases, elementCases(batch, w)...), nil
}

// random returns n normal values and replaces about the given share of them by zeros.
func random(n int, zeros float64) []float32 {
	r := rand.New(rand.NewPCG(uint64(n), math.Float64bits(zeros)))
	v := make([]float32, n)
	for i := range v {
		if x := r.NormFloat64(); r.Float64() >= zeros {
			v[i] = float32(x)
		}
	}
	return v
}

// bytes returns the size of float32 operands of the given lengths.
func bytes(lengths ...int) int64 {
	sum := int64(0)
	for _, n := range lengths {
		sum += 4 * int64(n)
	}
	return sum
}
