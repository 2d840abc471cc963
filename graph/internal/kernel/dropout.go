package kernel

import (
	"fmt"
	"math"

	"inkstone/graph/internal/kernel/simd"
	"inkstone/internal/random"
)

// Dropout keeps element i with probability 1-rate and scales the elements it
// keeps, which leaves the expectation unchanged:
//
//	y[i] = x[i] / (1-rate)  if u(key, i) >= rate,  else 0
//
// u is uniform in [0, 1) and depends on key and i alone, so the mask need not be
// stored: the backward pass is Dropout(dx, dy) with the same key.
// y may be x. Srivastava et al., https://jmlr.org/papers/v15/srivastava14a.html.
func Dropout[T Float](ws *Workers, y, x []T, rate float64, key uint64) error {
	if !(rate >= 0 && rate < 1) {
		return fmt.Errorf("dropout: rate is %v, expected at least 0 and less than 1", rate)
	}
	if err := checkLen("dropout", "y", y, len(x)); err != nil {
		return err
	}
	if ws.N() == 1 {
		dropout(y, x, rate, key, 0)
		return nil
	}
	shards := elementShards(len(x))
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(len(x), shards, s)
		dropout(y[lo:hi], x[lo:hi], rate, key, lo)
	})
	return nil
}

// dropout computes elements whose indices begin at first.
func dropout[T Float](y, x []T, rate float64, key uint64, first int) {
	y = y[:len(x)]
	scale := T(1 / (1 - rate))
	threshold := uint64(math.Ceil(rate * (1 << 53)))
	start := random.Mix(key) + uint64(first)*random.Golden // mixed, to keep the sequences of neighboring keys apart
	if hasAssembly[T]() {
		_ = simd.Dropout(as32(y), as32(x), float32(scale), start, threshold) // cannot fail: the lengths are equal
		return
	}
	for i, v := range x {
		v *= scale
		if random.Finalize(start+uint64(i)*random.Golden)>>11 < threshold {
			v = 0
		}
		y[i] = v
	}
}
