// Package table lists the kernels of package simd and writes the Go source through
// which package simd calls them.
//
// The list gives the name and the parameters of each kernel once. The generators for
// amd64 and arm64 take the parameters of the functions that they write from here.
package table

// A Kernel is an assembly function, or a family of functions that differ in shape.
type Kernel struct {
	Name   string // the field of struct asm in package simd
	Family Family
	Params string // the parameters, as in a Go function
	Doc    string // what the kernel does, to follow its name
}

// A Family says in which shapes a kernel exists.
type Family struct {
	suffix string // format of what the shape appends to the name of a function
	field  string // format of the type of the field in struct asm, given the type of the function
}

// The families of kernels.
var (
	Single  = Family{"", "%s"}                             // one function
	Columns = Family{"%dx", "[3]%s"}                       // shape: 1, 2 or 4 vectors of columns
	Tile    = Family{"%dx%dx", "tileTable[%s]"}            // shape: height in rows, width in vectors
	Patch   = Family{"%dx%dat%dx%dx", "map[patchShape]%s"} // shape: R, S, P, Q of a patchShape
	Window  = Family{"%dx%dx%dx", "map[windowShape]%s"}    // shape: height and width of a windowShape, width in vectors
)

// Kernels lists all kernels.
var Kernels = []Kernel{
	{"nn", Tile, "tiles, segs, klen int, a *float32, off *int, lda int, b *float32, ldb int, c *float32, ldc int, bias *float32, flags, lanes int",
		"computes a tile of A·B, the rows of A gathered from segments"},
	{"tn", Tile, "tiles, segs, klen int, a *float32, sega, lda int, b *float32, segb, ldb int, c *float32, ldc, flags, lanes int",
		"computes a tile of Aᵀ·B, both gathered from segments"},
	{"tnWindow", Window, "segs, klen int, a *float32, sega, lda, rowa int, b *float32, segb, ldb int, c *float32, ldc, flags, lanes int",
		"computes a tile of Aᵀ·B for all columns of A in a window, whose rows are rowa apart"},

	{"patch", Patch, "n int, cnt, off *int32, val, src *float32, srcrow int, dst *float32, dstrow, dstcol, step int",
		"computes dst[p+r][q+s] += val·src[off][r][s] for each entry of each position (p,q)"},
	{"compact", Single, "rows, n int, val *float32, plus *int32, stride, plusstride int, off *int32, table *int32, dstoff *int32, dstval *float32, cnt *int32",
		"lists the values that are not zero, with the offsets off[i]+plus[i]"},
	{"compactAt", Single, "rows, n int, val *float32, arg *uint8, stride int, off *int32, firstpos, positions int, table *int32, dstoff *int32, dstval *float32, cnt *int32",
		"lists, for each position p, the values that are not zero and have arg = firstpos+p"},

	{"transpose", Single, "n int, dst *float32, dstrow, dststep int, src *float32, srcrow, srcstep int",
		"transposes n blocks of 8 by 8"},
	{"pack", Single, "rows, n int, dst *float32, dstrow, dststep int, src *float32, srcrow, srcstep, lanes int",
		"copies runs of `lanes` values to vectors and clears the other lanes"},
	{"unpack", Single, "rows, n int, dst *float32, dstrow, dststep int, src *float32, srcrow, srcstep, lanes int",
		"copies the first `lanes` values of vectors to runs"},
	{"lookup", Single, "vectors int, dst *int32, arg *uint8, table *int32",
		"computes dst[i] = table[arg[i]]"},

	{"prefetch", Single, "lines int, p *float32",
		"brings cache lines of 64 bytes into the second-level cache"},

	{"relu", Single, "n int, y, x *float32",
		"computes y = max(x, 0)"},
	{"reluGrad", Single, "n int, dx, dy, y *float32",
		"computes dx = dy where y > 0, else 0"},
	{"leaky", Single, "n int, y, v, at *float32, k float32",
		"computes y = k·v where at <= 0, else v"},
	{"tanhGrad", Single, "n int, dx, dy, y *float32",
		"computes dx = dy·(1-y²)"},
	{"sigmoidGrad", Single, "n int, dx, dy, y *float32",
		"computes dx = dy·y·(1-y)"},
	{"exp", Single, "n int, y, x *float32",
		"computes y = eˣ"},
	{"sigmoid", Single, "n int, y, x *float32",
		"computes y = 1/(1+e⁻ˣ)"},
	{"silu", Single, "n int, y, x *float32",
		"computes y = x·sigmoid(x)"},
	{"siluGrad", Single, "n int, dx, dy, x *float32",
		"computes dx = dy·silu'(x)"},
	{"tanh", Single, "n int, y, x *float32",
		"computes y = tanh(x)"},
	{"gelu", Single, "n int, y, x *float32",
		"computes y = x·Φ(x), Φ the normal distribution function"},
	{"geluGrad", Single, "n int, dx, dy, x *float32",
		"computes dx = dy·gelu'(x)"},
	{"dropout", Single, "n int, y, x *float32, start uint64, below int64, scale float32",
		"computes y = scale·x where the i-th random number is greater than below, else 0"},

	{"add", Single, "n int, y, a, b *float32",
		"computes y = a + b"},
	{"scale", Single, "n int, y, x *float32, k float32",
		"computes y = k·x"},
	{"adam", Single, "n int, p, m, v, grad *float32, keep1, keep2, rate, root, eps, l2, shrink float32",
		"does a step of Adam or AdamW"},
	{"sgd", Single, "n int, p, v, grad *float32, momentum, rate, fresh, carried, l2 float32",
		"does a step of gradient descent with momentum"},

	{"normalize", Single, "rows, n int, y, x, mean, scale, shift *float32",
		"computes y = (x-mean)·scale + shift, row by row"},
	{"normalizeReLU", Single, "rows, n int, y, x, mean, scale, shift *float32",
		"computes the same, then ReLU"},
	{"normalizeGrad", Single, "rows, n, gap int, dx, dy, a, x, mean, b, d *float32",
		"computes dx = dy·a + (x-mean)·b + d, row by row, with gaps between the rows of dx"},
	{"normalizeReLUGrad", Single, "rows, n, gap int, dx, dy, a, x, mean, b, d, scale, shift *float32",
		"computes the same with dy = 0 where (x-mean)·scale + shift <= 0"},
	{"fixedGrad", Single, "rows, stride int, dx, dy, x, gamma, mean, inverse *float32, sum, dot *float64, lanes int",
		"computes dx = dy·gamma·inverse"},
	{"fixedSums", Single, "rows, stride int, dx, dy, x, gamma, mean, inverse *float32, sum, dot *float64, lanes int",
		"computes sum += dy, dot += dy·(x-mean)·inverse"},
	{"fixedGradSums", Single, "rows, stride int, dx, dy, x, gamma, mean, inverse *float32, sum, dot *float64, lanes int",
		"does fixedGrad and fixedSums in one pass"},

	{"sum", Columns, "rows, stride int, x, acc *float32, lanes int",
		"computes acc += x"},
	{"reluSum", Columns, "rows, stride int, dx, dy, y, acc *float32, lanes int",
		"computes dx = dy where y > 0, else 0; acc += dx"},
	{"squares", Columns, "rows, stride int, x, mean, acc *float32, lanes int",
		"computes acc += (x-mean)²"},
	{"products", Columns, "rows, stride int, dy, x, mean, acc, dot *float32, lanes int",
		"computes acc += dy, dot += dy·(x-mean)"},
	{"reluProducts", Columns, "rows, stride int, dy, x, mean, scale, shift, acc, dot *float32, lanes int",
		"computes the same with dy = 0 where (x-mean)·scale + shift <= 0"},

	{"maxPool", Single, "pixels, n int, x *float32, step, ph, pw, xrow, xcol int, y *float32, arg *uint8",
		"computes the maximum of each window and its position"},
	{"tapSums", Single, "rows, pixels int, y *float32, yrow, ystep int, x *float32, xrow, xstep int, taps int, off *int, w *float32, wstep int, bias *float32, lanes int",
		"computes a depthwise convolution: y = bias + Σ x[off[t]]·w[t]"},
	{"tapProducts", Single, "rows, pixels int, dy *float32, yskip, ystep int, x *float32, xskip, xstep int, taps int, off *int, dw *float32, wstep int, lanes int",
		"computes its weight gradient: dw[t] += Σ dy·x[off[t]]"},

	{"winogradWeights", Single, "n int, u *float32, ufreq int, w *float32, wtap int, tmp *float32",
		"computes u = G w Gᵀ"},
	{"winogradInput", Single, "n, vectors int, x *float32, xstep, xrow, xcol int, v *float32, vstep, vfreq int, tmp *float32",
		"computes v = Bᵀ x B for tiles of 6 by 6 pixels"},
	{"winogradOutput", Single, "n, vectors int, m *float32, mstep, mfreq int, y *float32, ystep, yrow, ycol int, bias *float32, flags int, tmp *float32",
		"computes y = Aᵀ m A + bias for tiles of 4 by 4 pixels"},
	{"winogradWeights5", Single, "n int, u *float32, ufreq int, w *float32, wtap int, tmp *float32",
		"computes u = G w Gᵀ for windows of 5 by 5"},
	{"winogradOutput2", Single, "n, vectors int, m *float32, mstep, mfreq int, y *float32, ystep, yrow, ycol int, bias *float32, flags int, tmp *float32",
		"computes y = Aᵀ m A + bias for tiles of 2 by 2 pixels"},
	{"winogradGrad", Single, "n, vectors int, y *float32, ystep, yrow, ycol int, m *float32, mstep, mfreq int, tmp *float32",
		"computes m = A y Aᵀ for tiles of 4 by 4 pixels"},
	{"winogradWeightGrad", Single, "n int, w *float32, wtap int, u *float32, ufreq int, tmp *float32",
		"computes w = Gᵀ u G"},

	{"peak", Single, "n int",
		"runs n rounds of independent multiply-adds"},
}
