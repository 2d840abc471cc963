package simd

import "time"

// PeakFLOPS measures the floating-point operations per second that one core reaches with
// independent fused multiply-adds on registers. It returns the best of several rounds
// that take about d in total. On the portable path it returns 0, because compiled Go
// has no such loop.
func PeakFLOPS(d time.Duration) float64 {
	if active.peak == nil {
		return 0
	}
	const rounds, parts = 1 << 16, 10
	best := 0.0
	for start := time.Now(); ; {
		t := time.Now()
		for range parts {
			active.peak(rounds)
		}
		best = max(best, float64(active.peakWork)*rounds*parts/time.Since(t).Seconds())
		if time.Since(start) >= d {
			return best
		}
	}
}

// CopyBandwidth measures the bytes per second, read and written together, of copying a
// buffer too large for a cache. It returns the best of several rounds that take about d
// in total.
func CopyBandwidth(d time.Duration) float64 {
	const n = 64 << 20 / 4
	src, dst := make([]float32, n), make([]float32, n)
	for i := range src {
		src[i] = float32(i)
	}
	copy(dst, src) // the first copy waits for the system to allocate the pages
	best := 0.0
	for start := time.Now(); ; {
		t := time.Now()
		copy(dst, src)
		best = max(best, 2*4*n/time.Since(t).Seconds())
		if time.Since(start) >= d {
			return best
		}
	}
}
