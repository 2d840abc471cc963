package kernel

import (
	"fmt"
	"math"

	"inkstone/graph/internal/kernel/simd"
)

// columnBlock is the number of channels that one shard of a batch norm with
// fixed statistics handles.
const columnBlock = simd.FixedColumns

// BatchNormEval normalizes rows of len(gamma) channels with given statistics,
//
//	y[r,c] = gamma[c] · (x[r,c]-mean[c]) / √(variance[c]+eps) + beta[c]
//
// then applies ReLU if relu is set. y may be x.
func BatchNormEval[T Float](ws *Workers, y, x, gamma, beta, mean, variance []T, eps T, relu bool) error {
	rows, err := checkNormEval(x, gamma, mean, variance, eps)
	if err != nil {
		return err
	}
	c := len(gamma)
	if err := firstError(
		checkLen("batch norm", "y", y, len(x)),
		checkLen("batch norm", "beta", beta, c),
	); err != nil {
		return err
	}
	if hasAssembly[T]() {
		return normEval32(ws, as32(y), as32(x), as32(gamma), as32(beta), as32(mean), as32(variance), float32(eps), relu)
	}
	if ws.N() == 1 {
		for lo := 0; lo < c; lo += columnBlock {
			normEval(y, x, gamma, beta, mean, variance, eps, relu, rows, lo)
		}
		return nil
	}
	ws.Run(ceilDiv(c, columnBlock), func(s int) {
		normEval(y, x, gamma, beta, mean, variance, eps, relu, rows, s*columnBlock)
	})
	return nil
}

// normEval normalizes the block of channels that begins at lo.
func normEval[T Float](y, x, gamma, beta, mean, variance []T, eps T, relu bool, rows, lo int) {
	c := len(gamma)
	n := min(columnBlock, c-lo)
	var factor [columnBlock]T
	for i := range n {
		factor[i] = gamma[lo+i] * inverseDeviation(variance[lo+i], eps)
	}
	mean, beta = mean[lo:][:n], beta[lo:][:n]
	for r := range rows {
		y := y[r*c+lo:][:n]
		for i, v := range x[r*c+lo:][:n] {
			y[i] = (v-mean[i])*factor[i] + beta[i]
		}
		if relu {
			activate(ReLU, 0, y, y)
		}
	}
}

// BatchNormEvalGrad computes the gradients of [BatchNormEval], for a batch
// norm whose statistics are frozen:
//
//	dx = dy·gamma/√(variance+eps)    dgamma = Σ dy·(x-mean)/√(variance+eps)    dbeta = Σ dy
//
// Each of dx, dgamma and dbeta may be nil. dx may be dy.
func BatchNormEvalGrad[T Float](ws *Workers, dx, dgamma, dbeta, dy, x, gamma, mean, variance []T, eps T) error {
	rows, err := checkNormEval(x, gamma, mean, variance, eps)
	if err != nil {
		return err
	}
	c := len(gamma)
	if err := firstError(
		checkOptional("batch norm", "dx", dx, len(x)),
		checkOptional("batch norm", "dgamma", dgamma, c),
		checkOptional("batch norm", "dbeta", dbeta, c),
		checkLen("batch norm", "dy", dy, len(x)),
	); err != nil {
		return err
	}
	if ws.N() == 1 {
		for lo := 0; lo < c; lo += columnBlock {
			normEvalGrad(dx, dgamma, dbeta, dy, x, gamma, mean, variance, eps, rows, lo)
		}
		return nil
	}
	ws.Run(ceilDiv(c, columnBlock), func(s int) {
		normEvalGrad(dx, dgamma, dbeta, dy, x, gamma, mean, variance, eps, rows, s*columnBlock)
	})
	return nil
}

// normEvalGrad computes the gradients of the block of channels that begins at
// lo.
func normEvalGrad[T Float](dx, dgamma, dbeta, dy, x, gamma, mean, variance []T, eps T, rows, lo int) {
	if hasAssembly[T]() {
		normEvalGrad32(as32(dx), as32(dgamma), as32(dbeta), as32(dy), as32(x), as32(gamma), as32(mean), as32(variance), float32(eps), rows, lo)
		return
	}
	c := len(gamma)
	n := min(columnBlock, c-lo)
	var inverse [columnBlock]T
	var sum, dot [columnBlock]float64
	for i := range n {
		inverse[i] = inverseDeviation(variance[lo+i], eps)
	}
	for r := range rows {
		at := r*c + lo
		for i, g := range dy[at:][:n] {
			sum[i] += float64(g)
			dot[i] += float64(g) * float64((x[at+i]-mean[lo+i])*inverse[i])
			if dx != nil {
				dx[at+i] = g * gamma[lo+i] * inverse[i]
			}
		}
	}
	for i := range n {
		if dgamma != nil {
			dgamma[lo+i] = T(dot[i])
		}
		if dbeta != nil {
			dbeta[lo+i] = T(sum[i])
		}
	}
}

func inverseDeviation[T Float](variance, eps T) T {
	return T(1 / math.Sqrt(float64(variance)+float64(eps)))
}

func checkNormEval[T Float](x, gamma, mean, variance []T, eps T) (rows int, err error) {
	c := len(gamma)
	if c == 0 || len(x)%c != 0 {
		return 0, fmt.Errorf("batch norm: x has %d elements, expected rows of %d channels", len(x), c)
	}
	if !(eps > 0) {
		return 0, fmt.Errorf("batch norm: epsilon is %v, expected more than 0", eps)
	}
	return len(x) / c, firstError(
		checkLen("batch norm", "mean", mean, c),
		checkLen("batch norm", "variance", variance, c),
	)
}
