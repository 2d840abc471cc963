package simd

// ReLU computes y[i] = max(x[i], 0); a NaN stays. y may be x.
func ReLU(y, x []float32) error {
	if err := checkLen("relu", "y", len(y), len(x)); err != nil || len(x) == 0 {
		return err
	}
	if active.relu == nil {
		relu(y, x)
		return nil
	}
	active.relu(len(x), &y[0], &x[0])
	return nil
}

func relu(y, x []float32) {
	for i, v := range x {
		y[i] = max(v, 0)
	}
}

// ReLUGrad computes dx[i] = dy[i] where y[i] > 0, else 0. dx may be dy.
func ReLUGrad(dx, dy, y []float32) error {
	if err := firstError(checkLen("relu gradient", "dx", len(dx), len(dy)), checkLen("relu gradient", "y", len(y), len(dy))); err != nil || len(dy) == 0 {
		return err
	}
	if active.reluGrad == nil {
		for i, d := range dy {
			if !(y[i] > 0) {
				d = 0
			}
			dx[i] = d
		}
		return nil
	}
	active.reluGrad(len(dy), &dx[0], &dy[0], &y[0])
	return nil
}

// Leaky computes y[i] = slope·v[i] where at[i] <= 0, else v[i]. It is the leaky ReLU if at
// is v, and its gradient if v is the gradient of the output and at the input. y may be v or at.
func Leaky(y, v, at []float32, slope float32) error {
	if err := firstError(checkLen("leaky relu", "v", len(v), len(y)), checkLen("leaky relu", "at", len(at), len(y))); err != nil || len(y) == 0 {
		return err
	}
	if active.leaky == nil {
		for i, x := range v {
			if at[i] <= 0 {
				x *= slope
			}
			y[i] = x
		}
		return nil
	}
	active.leaky(len(y), &y[0], &v[0], &at[0], slope)
	return nil
}

// TanhGrad computes dx[i] = dy[i]·(1 - y[i]²), the gradient of y = tanh x. dx may be dy or y.
func TanhGrad(dx, dy, y []float32) error {
	if active.tanhGrad == nil {
		return portableGrad("tanh gradient", dx, dy, y, func(d, y float32) float32 { return d * (1 - float32(y*y)) })
	}
	return runGrad("tanh gradient", dx, dy, y, active.tanhGrad)
}

// SigmoidGrad computes dx[i] = dy[i]·y[i]·(1 - y[i]), the gradient of y = 1/(1 + e^-x). dx may be dy or y.
func SigmoidGrad(dx, dy, y []float32) error {
	if active.sigmoidGrad == nil {
		return portableGrad("sigmoid gradient", dx, dy, y, func(d, y float32) float32 { return d * y * (1 - y) })
	}
	return runGrad("sigmoid gradient", dx, dy, y, active.sigmoidGrad)
}

// runGrad applies an assembly kernel to each element of a gradient, portableGrad a Go function.
func runGrad(name string, dx, dy, y []float32, kernel func(n int, dx, dy, y *float32)) error {
	if err := firstError(checkLen(name, "dx", len(dx), len(dy)), checkLen(name, "y", len(y), len(dy))); err != nil || len(dy) == 0 {
		return err
	}
	kernel(len(dy), &dx[0], &dy[0], &y[0])
	return nil
}

func portableGrad(name string, dx, dy, y []float32, f func(d, y float32) float32) error {
	if err := firstError(checkLen(name, "dx", len(dx), len(dy)), checkLen(name, "y", len(y), len(dy))); err != nil {
		return err
	}
	for i, d := range dy {
		dx[i] = f(d, y[i])
	}
	return nil
}

// Add computes y[i] = a[i] + b[i]. y may be a or b.
func Add(y, a, b []float32) error {
	if err := firstError(checkLen("add", "a", len(a), len(y)), checkLen("add", "b", len(b), len(y))); err != nil || len(y) == 0 {
		return err
	}
	if active.add == nil {
		for i, v := range a {
			y[i] = v + b[i]
		}
		return nil
	}
	active.add(len(y), &y[0], &a[0], &b[0])
	return nil
}

// axpy computes y[i] += k·x[i].
func axpy(y, x []float32, k float32) {
	for i, v := range x {
		y[i] += k * v
	}
}

// Scale computes y[i] = k·x[i]. y may be x.
func Scale(y, x []float32, k float32) error {
	if err := checkLen("scale", "x", len(x), len(y)); err != nil || len(y) == 0 {
		return err
	}
	if active.scale == nil {
		for i, v := range x {
			y[i] = k * v
		}
		return nil
	}
	active.scale(len(y), &y[0], &x[0], k)
	return nil
}

// Normalize computes y[r][c] = (x[r][c] - mean[c])·scale[c] + shift[c] for rows as long as
// mean, then applies [ReLU] if relu is set. y may be x.
func Normalize(y, x, mean, scale, shift []float32, relu bool) error {
	n := len(mean)
	rows, err := wholeRows("normalize", len(x), n)
	if err = firstError(err, checkLen("normalize", "y", len(y), len(x)), checkLen("normalize", "scale", len(scale), n),
		checkLen("normalize", "shift", len(shift), n)); err != nil {
		return err
	}
	switch {
	case active.normalizeReLU == nil:
		for i, v := range x {
			c := i % n
			v = normalized(v, mean[c], scale[c], shift[c])
			if relu {
				v = max(v, 0)
			}
			y[i] = v
		}
	case relu:
		active.normalizeReLU(rows, n, &y[0], &x[0], &mean[0], &scale[0], &shift[0])
	default:
		active.normalize(rows, n, &y[0], &x[0], &mean[0], &scale[0], &shift[0])
	}
	return nil
}

// normalized returns (x-mean)·scale + shift. The conversion keeps the compiler from fusing the product and
// the sum in one caller and not in another.
func normalized(x, mean, scale, shift float32) float32 { return float32((x-mean)*scale) + shift }

// NormalizeGrad computes dx[r][c] = dy[r][c]·a[c] + (x[r][c] - mean[c])·b[c] + d[c] for rows as long as mean,
// which lie step apart in dx. With scale and shift, dy counts as 0 where the result of [Normalize] for x is not above 0, to the last
// bit; without a ReLU both are nil. dx may be dy.
func NormalizeGrad(dx []float32, step int, dy, a, x, mean, b, d, scale, shift []float32) error {
	n := len(mean)
	rows, err := wholeRows("normalize gradient", len(dy), n)
	if err = firstError(err, checkStrides("normalize gradient", step), checkAtLeast("normalize gradient", "a step of dx", step, n),
		checkAtLeast("normalize gradient", "dx", len(dx), span(rows, step, n)), checkLen("normalize gradient", "x", len(x), len(dy)),
		checkLen("normalize gradient", "a", len(a), n), checkLen("normalize gradient", "b", len(b), n),
		checkLen("normalize gradient", "d", len(d), n), checkFactors("normalize gradient", scale, shift, n)); err != nil {
		return err
	}
	switch {
	case active.normalizeReLUGrad == nil:
		for i, g := range dy {
			c := i % n
			if scale != nil && !(normalized(x[i], mean[c], scale[c], shift[c]) > 0) {
				g = 0
			}
			dx[i/n*step+c] = g*a[c] + (x[i]-mean[c])*b[c] + d[c]
		}
	case scale != nil:
		active.normalizeReLUGrad(rows, n, step-n, &dx[0], &dy[0], &a[0], &x[0], &mean[0], &b[0], &d[0], &scale[0], &shift[0])
	default:
		active.normalizeGrad(rows, n, step-n, &dx[0], &dy[0], &a[0], &x[0], &mean[0], &b[0], &d[0])
	}
	return nil
}

// checkFactors returns an error unless scale and shift are both nil or both as long as a row of n.
func checkFactors(kernel string, scale, shift []float32, n int) error {
	if scale == nil && shift == nil {
		return nil
	}
	return firstError(checkLen(kernel, "scale", len(scale), n), checkLen(kernel, "shift", len(shift), n))
}

// wholeRows returns the number of rows of cols elements in n elements.
func wholeRows(kernel string, n, cols int) (int, error) {
	if err := checkSizes(kernel, n, cols); err != nil {
		return 0, err
	}
	return n / cols, checkLen(kernel, "x", n, n/cols*cols)
}
