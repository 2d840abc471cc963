//go:build !purego

package simd

import "time"

// A TileKernel stands for the tile kernels of one product and width, which differ in height. Command
// tiletable times them and writes the table of the processor that it runs on.
type TileKernel struct {
	Product string // "nn" or "tn"
	Half    bool   // vectors of half the width of the path
	Vectors int    // width
	Columns int    // width in columns
	Height  int    // rows of the tallest
}

// TileKernels returns the tile kernels of the path AVX512 for a product, none if the processor lacks it.
func TileKernels(product string) (kernels []TileKernel) {
	if !hasAVX512 {
		return nil
	}
	for _, half := range []bool{true, false} {
		set := tileSet(half)
		tall := set.nn.heights()
		if product == "tn" {
			tall = set.tn.heights()
		}
		for vectors, height := range tall {
			if height > 0 {
				kernels = append(kernels, TileKernel{product, half, vectors, vectors * set.tileLanes, height})
			}
		}
	}
	return kernels
}

func tileSet(half bool) *asm {
	if half {
		return &asm256k
	}
	return &asm512
}

// Seconds returns the time of a tile of the given height over `segs` segments of `depth` products for each
// element: the best of several rounds that take about d in total. All columns of its vectors are in use; a
// masked vector takes as long. The operands fit into a first-level cache if segs·depth is at most 100.
func (k TileKernel) Seconds(height, segs, depth int, d time.Duration) float64 {
	tiles := max(1, 28/height)
	rows, sum := height*tiles, segs*depth
	a, b, c := make([]float32, rows*sum), make([]float32, sum*k.Columns), make([]float32, rows*k.Columns)
	off := make([]int, segs)
	for i := range off {
		off[i] = i * depth
	}
	set := tileSet(k.Half)
	lanes, ld := set.tileLanes, k.Columns
	run := func() {
		set.nn[k.Vectors][height](tiles, segs, depth, &a[0], &off[0], sum, &b[0], ld, &c[0], ld, nil, 0, lanes)
	}
	if k.Product == "tn" {
		run = func() {
			set.tn[k.Vectors][height](tiles, segs, depth, &a[0], depth*rows, rows, &b[0], depth*ld, ld, &c[0], ld, 0, lanes)
		}
	}
	const calls = 10
	best := 0.0
	for start := time.Now(); best == 0 || time.Since(start) < d; {
		t := time.Now()
		for range calls {
			run()
		}
		if s := time.Since(t).Seconds() / float64(calls*tiles); best == 0 || s < best {
			best = s
		}
	}
	return best
}
