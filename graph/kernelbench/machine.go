package kernelbench

import (
	"runtime"
	"sync"
	"time"

	"inkstone/graph/internal/kernel/simd"
)

// PeakFLOPS measures the floating-point operations per second that threads cores
// reach together with nothing but fused multiply-adds on registers, with the vectors
// of the path in use: no kernel can be faster. It takes about d. The result is 0 on
// the portable path, where compiled Go has no such loop to compare with. threads
// below 1 stands for GOMAXPROCS.
func PeakFLOPS(threads int, d time.Duration) float64 {
	return together(threads, func() float64 { return simd.PeakFLOPS(d) })
}

// CopyBandwidth measures the bytes per second, read and written together, that
// threads cores reach in copying buffers too large for a cache. Each takes 128 MB. It
// takes about d. threads below 1 stands for GOMAXPROCS.
func CopyBandwidth(threads int, d time.Duration) float64 {
	return together(threads, func() float64 { return simd.CopyBandwidth(d) })
}

// together adds up what measure returns on each of that many threads at a time.
func together(threads int, measure func() float64) float64 {
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	rates := make([]float64, threads)
	var wg sync.WaitGroup
	for i := range rates {
		wg.Go(func() { rates[i] = measure() })
	}
	wg.Wait()
	sum := 0.0
	for _, r := range rates {
		sum += r
	}
	return sum
}
