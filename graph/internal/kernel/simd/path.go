package simd

import (
	"fmt"
	"os"
	"strings"
)

// Names of the paths.
const (
	AVX512   = "avx512"
	AVX2     = "avx2"
	NEON     = "neon"
	Portable = "portable"
)

// EnvPath is the environment variable that forces a path at start.
const EnvPath = "INKSTONE_KERNEL"

// A path is a way to run the primitives.
type path struct {
	name      string
	available bool
	*asm
}

// asm is the assembly of one instruction set. See gen for what each kernel computes. A
// primitive that is nil runs in portable Go; the portable path has none but that.
type asm struct {
	lanes int // float32 values in a vector
	patch map[patchShape]patchFunc
	tile  *tiles

	// narrow has the tile kernels for matrices of at most one vector of columns, or is nil.
	// There a register of twice the width means half as many accumulators for each
	// broadcast, and the loads set the pace.
	narrow *tiles

	compact   func(rows, n int, val *float32, plus *int32, stride, plusstride int, off, table, dstoff *int32, dstval *float32, cnt *int32)
	compactAt func(rows, n int, val *float32, arg *uint8, stride int, off *int32, firstpos, positions int, table, dstoff *int32, dstval *float32, cnt *int32)
	transpose func(n int, dst *float32, dstrow, dststep int, src *float32, srcrow, srcstep int)
	pack      func(rows, n int, dst *float32, dstrow, dststep int, src *float32, srcrow, srcstep, lanes int)
	unpack    func(rows, n int, dst *float32, dstrow, dststep int, src *float32, srcrow, srcstep, lanes int)
	lookup    func(vectors int, dst *int32, arg *uint8, table *int32)

	relu              func(n int, y, x *float32)
	reluGrad          func(n int, dx, dy, y *float32)
	leaky             func(n int, y, v, at *float32, k float32)
	tanhGrad          func(n int, dx, dy, y *float32)
	sigmoidGrad       func(n int, dx, dy, y *float32)
	add               func(n int, y, a, b *float32)
	axpy              func(n int, y, x *float32, k float32)
	scale             func(n int, y, x *float32, k float32)
	normalize         func(rows, n int, y, x, mean, scale, shift *float32)
	normalizeReLU     func(rows, n int, y, x, mean, scale, shift *float32)
	normalizeGrad     func(rows, n int, dx, dy, a, x, mean, b, d *float32)
	normalizeReLUGrad func(rows, n int, dx, dy, y, a, x, mean, b, d *float32)
	adam              func(n int, p, m, v, grad *float32, keep1, keep2, rate, root, eps, l2, shrink float32)
	sgd               func(n int, p, v, grad *float32, momentum, rate, fresh, carried, l2 float32)
	maxPool           func(pixels, n int, x *float32, step, ph, pw, xrow, xcol int, y *float32, arg *uint8)

	tapSums     func(rows, pixels int, y *float32, yrow, ystep int, x *float32, xrow, xstep int, taps int, off *int, w *float32, wstep int, bias *float32, lanes int)
	tapProducts func(rows, pixels int, dy *float32, yskip, ystep int, x *float32, xskip, xstep int, taps int, off *int, dw *float32, wstep int, lanes int)

	sum          sumFuncs
	reluSum      reluSumFuncs
	squares      squaresFuncs
	products     productsFuncs
	reluProducts reluProductsFuncs

	exp, sigmoid, silu, tanh, gelu func(n int, y, x *float32)
	siluGrad, geluGrad             func(n int, dx, dy, x *float32)

	dropout                             func(n int, y, x *float32, start uint64, below int64, scale float32)
	fixedGrad, fixedSums, fixedGradSums func(rows, stride int, dx, dy, x, gamma, mean, inverse *float32, sum, dot *float64, lanes int)

	winogradWeights func(n int, u *float32, ufreq int, w *float32, wtap int, tmp *float32)
	winogradInput   func(n, vectors int, x *float32, xstep, xrow, xcol int, v *float32, vstep, vfreq int, tmp *float32)
	winogradOutput  func(n, vectors int, m *float32, mstep, mfreq int, y *float32, ystep, yrow, ycol int, bias *float32, flags int, tmp *float32)

	peak     func(n int)
	peakWork int // floating-point operations of one round of peak
}

// tiles returns the kernels to use for a panel of n columns.
func (a *asm) tiles(n int) *tiles {
	if a.narrow != nil && n <= a.lanes {
		return a.narrow
	}
	return a.tile
}

// active is the path in use; pathErr is why the one that the environment asks for is not.
var (
	active  path
	pathErr error
)

func init() {
	active = best()
	pathErr = obey(os.Getenv(EnvPath))
}

// obey sets the path that the environment asks for, if it asks for one.
func obey(name string) error {
	if name == "" {
		return nil
	}
	if err := SetPath(name); err != nil {
		return fmt.Errorf("%s: %w", EnvPath, err)
	}
	return nil
}

// best returns the fastest path of this processor.
func best() path {
	for _, p := range paths {
		if p.available {
			return p
		}
	}
	return portablePath
}

// Err returns an error if the environment asks for a path that this build or
// processor lacks, and nil if all is well. The fastest path is in use then.
func Err() error { return pathErr }

// Path returns the name of the path in use.
func Path() string { return active.name }

// Paths returns the names of the paths that this processor can run, the fastest first.
func Paths() []string {
	var names []string
	for _, p := range paths {
		if p.available {
			names = append(names, p.name)
		}
	}
	return names
}

// SetPath forces a path. It returns an error, and changes nothing, if the name
// is unknown or the processor or the build lacks the path. Values that were made
// for one path must not be used on another, and no primitive may be running.
func SetPath(name string) error {
	var names []string
	for _, p := range paths {
		names = append(names, p.name)
		if p.name != name {
			continue
		}
		if !p.available {
			return fmt.Errorf("kernel path %q: not available here, expected one of %s", name, strings.Join(Paths(), ", "))
		}
		active, pathErr = p, nil
		return nil
	}
	return fmt.Errorf("kernel path %q: unknown, expected one of %s", name, strings.Join(names, ", "))
}

// portablePath, the last of the paths of every build, has vectors only as a layout.
var portablePath = path{Portable, true, &asm{lanes: 8}}

// Lanes returns the number of float32 values in a vector of the path in use: the
// width of the channel blocks that [Lanewise] makes and [Patch] reads.
func Lanes() int { return active.lanes }
