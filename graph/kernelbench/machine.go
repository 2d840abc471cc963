package kernelbench

import (
	"runtime"
	"sync"
	"time"

	"inkstone/graph/internal/kernel/simd"
)

// PeakFLOPS measures the floating-point operations per second that several threads
// together reach with fused multiply-adds on registers, with the vectors of the path in
// use. No kernel can be faster. It takes about d. It returns 0 on the portable path,
// because compiled Go has no such loop. If threads is below 1, it uses GOMAXPROCS threads.
func PeakFLOPS(threads int, d time.Duration) float64 {
	return sumOverThreads(threads, func() float64 { return simd.PeakFLOPS(d) })
}

// CopyBandwidth measures the bytes per second, read and written together, that several
// threads together reach when they copy buffers too large for a cache. Each thread uses
// 128 MB of memory. It takes about d. If threads is below 1, it uses GOMAXPROCS threads.
func CopyBandwidth(threads int, d time.Duration) float64 {
	return sumOverThreads(threads, func() float64 { return simd.CopyBandwidth(d) })
}

// sumOverThreads calls measure on several threads at the same time and returns the sum
// of the results.
func sumOverThreads(threads int, measure func() float64) float64 {
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
