package kernel

import (
	"fmt"
	"math"

	"inkstone/graph/internal/kernel/simd"
)

// rowsOf returns the number of rows of cols elements in x.
func rowsOf[T any](kernel string, x []T, cols int) (int, error) {
	if cols < 1 || len(x)%cols != 0 {
		return 0, fmt.Errorf("%s: x has %d elements, expected rows of %d", kernel, len(x), cols)
	}
	return len(x) / cols, nil
}

// Softmax computes, in each row of cols elements,
//
//	y[j] = exp(x[j]-m) / Σ_l exp(x[l]-m),  m = max_l x[l]
//
// The shift by m changes nothing but keeps exp from overflowing. y may be x.
func Softmax[T Float](ws *Workers, y, x []T, cols int) error {
	rows, err := rowsOf("softmax", x, cols)
	if err != nil {
		return err
	}
	if err := checkLen("softmax", "y", y, len(x)); err != nil {
		return err
	}
	if ws.N() == 1 {
		for at := 0; at < len(x); at += cols {
			softmaxRow(y[at:][:cols], x[at:][:cols])
		}
		return nil
	}
	shards := rowShards(rows, cols)
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(rows, shards, s)
		for at := lo * cols; at < hi*cols; at += cols {
			softmaxRow(y[at:][:cols], x[at:][:cols])
		}
	})
	return nil
}

// leastExp is slightly larger than the smallest number that [simd.Exp] returns.
const leastExp = 1.2e-38

// softmaxRow computes the softmax of one row and returns the logarithm of
// Σ exp(x), without overflow.
func softmaxRow[T Float](y, x []T) (logSum float64) {
	top := x[0]
	for _, v := range x[1:] {
		if v > top { // a NaN at j > 0 makes the sum NaN
			top = v
		}
	}
	sum := 0.0
	if hasAssembly[T]() {
		for j, v := range x {
			y[j] = v - top
		}
		_ = simd.Exp(as32(y), as32(y)) // cannot fail: the lengths are equal
		for j, e := range y {
			if e < leastExp { // too small for simd.Exp: take 0, not a denormal that slows the backward pass
				e, y[j] = 0, 0
			}
			sum += float64(e)
		}
	} else {
		for j, v := range x {
			e := exp(float64(v) - float64(top))
			y[j] = T(e)
			sum += e
		}
	}
	scale := T(1 / sum)
	if hasAssembly[T]() {
		_ = simd.Scale(as32(y), as32(y), float32(scale))
	} else {
		for j := range y {
			y[j] *= scale
		}
	}
	return float64(top) + math.Log(sum)
}

// SoftmaxGrad computes, in each row of cols elements, from y = softmax(x)
//
//	dx[j] = y[j] · (dy[j] - Σ_l dy[l]·y[l])
//
// dx may be dy.
func SoftmaxGrad[T Float](ws *Workers, dx, dy, y []T, cols int) error {
	rows, err := rowsOf("softmax", y, cols)
	if err != nil {
		return err
	}
	if err := firstError(
		checkLen("softmax", "dx", dx, len(y)),
		checkLen("softmax", "dy", dy, len(y)),
	); err != nil {
		return err
	}
	if ws.N() == 1 {
		softmaxGrad(dx, dy, y, cols)
		return nil
	}
	shards := rowShards(rows, cols)
	ws.Run(shards, func(s int) {
		lo, hi := shardRange(rows, shards, s)
		softmaxGrad(dx[lo*cols:hi*cols], dy[lo*cols:hi*cols], y[lo*cols:hi*cols], cols)
	})
	return nil
}

func softmaxGrad[T Float](dx, dy, y []T, cols int) {
	for at := 0; at < len(y); at += cols {
		dx, dy, y := dx[at:][:cols], dy[at:][:cols], y[at:][:cols]
		var dot T
		for j, v := range y {
			dot += dy[j] * v
		}
		for j, v := range y {
			dx[j] = v * (dy[j] - dot)
		}
	}
}
