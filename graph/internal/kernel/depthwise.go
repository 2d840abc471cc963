package kernel

import "inkstone/graph/internal/kernel/simd"

// maxMultiplier is the maximum number of outputs for each channel in a depthwise shape. With
// more outputs, the loops for groups of any size are faster.
const maxMultiplier = 4

// depthwise reports whether the shape is one for type depthwise: each group is one input
// channel and has few outputs. A convolution with one input channel and several outputs is
// not, because the other kernels are faster for it.
func (s ConvShape) depthwise() bool {
	return s.Groups == s.C && s.K <= maxMultiplier*s.C && s.C > 1 &&
		fits(maxImage, s.H+s.PadTop+s.PadBottom, s.W+s.PadLeft+s.PadRight, s.K) // the padded image is K deep
}

// depthwise runs a depthwise convolution: K/C outputs for each input channel c, the first
// at c·K/C. Its loops run over contiguous channels, as the weights [KH][KW][1][K] lie:
//
//	y[i,j][k] = b[k] + Σ_{u,v} x[i,j,u,v][k] · w[u,v][k]
//
// where x is the padded image, each of its channels repeated K/C times if that is above 1.
// It skips no zeros.
type depthwise[T Float] struct {
	shape    ConvShape
	workers  *Workers
	shards   int
	division division

	window simd.Taps // y, or dy, over the padded image
	phases []depthwisePhase
	gradH  gradAxis
	gradW  gradAxis

	zero         []T // used if there is no bias
	phaseWeights []T // weights in the order of the phases
	parts        []depthwisePart[T]
	scratch      freeList[*depthwiseScratch[T]]
	errs         []error // by shard
	args         layerArgs[T]

	forwardShard, backwardShard func(shard int)
}

// depthwisePhase is the part of the input gradient at pixels one stride apart. The same taps
// reach all of them.
type depthwisePhase struct {
	taps   simd.Taps // dx over the padded dy
	dx, dy int       // offsets of the first pixel
	weight []int     // the tap of the window that belongs to each of taps.Off
}

// depthwisePart is the sum of a shard for the gradients that sum over images.
type depthwisePart[T Float] struct{ weight, bias []T }

// depthwiseScratch is the memory that a worker needs for one image. The borders stay zero.
type depthwiseScratch[T Float] struct {
	x  []T // padded, channels repeated
	dy []T // padded
	dx []T // before the repeated channels are added
}

func newDepthwise[T Float](s ConvShape, w *Workers) *depthwise[T] {
	d := &depthwise[T]{shape: s, workers: w, shards: min(s.N, maxShards), zero: make([]T, s.K), division: newDivision(s, s.OutH(), 1, w)}
	row := (s.PadLeft + s.W + s.PadRight) * s.K
	d.window = simd.Taps{
		Rows: s.OutH(), Pixels: s.OutW(), Channels: s.K,
		RowY: s.OutW() * s.K, StepY: s.K, RowX: s.StrideH * row, StepX: s.StrideW * s.K,
	}
	for u := range s.KH {
		for v := range s.KW {
			d.window.Off = append(d.window.Off, u*s.DilationH*row+v*s.DilationW*s.K)
		}
	}
	d.planInput()
	d.scratch.fresh = func() *depthwiseScratch[T] { return new(depthwiseScratch[T]) }
	d.errs = make([]error, max(d.shards, d.division.count()))
	d.forwardShard = func(shard int) { d.errs[shard] = d.runForward(shard) }
	d.backwardShard = func(shard int) { d.errs[shard] = d.runBackward(shard) }
	return d
}

// gradAxis is one axis of the input gradient. Tap u adds to pixel p = q·stride + r of the padded
// image the gradient of output q - (u·dilation - r)/stride, if that is an integer.
type gradAxis struct {
	before int // zeros before dy: the maximum number of outputs that a tap reaches back
	size   int // length of dy with the zeros before and after it
	phases []axisPhase
}

type axisPhase struct {
	first, count int   // pixels of the image, a stride apart
	at           int   // index of output q of the first pixel in the padded dy
	tap, back    []int // the taps that reach the pixels, and how many outputs they reach back
}

func newGradAxis(size, out, pad, kernel, stride, dilation int) gradAxis {
	a := gradAxis{before: (kernel - 1) * dilation / stride}
	a.size = a.before + max(out, (pad+size-1)/stride+1)
	for first := range min(stride, size) {
		q, r := (pad+first)/stride, (pad+first)%stride
		p := axisPhase{first: first, count: ceilDiv(size-first, stride), at: a.before + q}
		for u := range kernel {
			if n := u*dilation - r; n%stride == 0 {
				p.tap, p.back = append(p.tap, u), append(p.back, n/stride)
			}
		}
		if p.tap != nil {
			a.phases = append(a.phases, p)
		}
	}
	return a
}

// planInput plans the input gradient as one convolution of stride 1 over dy for each phase.
func (d *depthwise[T]) planInput() {
	s := &d.shape
	d.gradH = newGradAxis(s.H, s.OutH(), s.PadTop, s.KH, s.StrideH, s.DilationH)
	d.gradW = newGradAxis(s.W, s.OutW(), s.PadLeft, s.KW, s.StrideW, s.DilationW)
	row := d.gradW.size * s.K
	for _, h := range d.gradH.phases {
		for _, w := range d.gradW.phases {
			backH, backW := h.back[len(h.back)-1], w.back[len(w.back)-1] // the last taps reach back farthest
			p := depthwisePhase{
				taps: simd.Taps{
					Rows: h.count, Pixels: w.count, Channels: s.K,
					RowY: s.StrideH * s.W * s.K, StepY: s.StrideW * s.K, RowX: row, StepX: s.K,
				},
				dx: (h.first*s.W + w.first) * s.K,
				dy: (h.at-backH)*row + (w.at-backW)*s.K,
			}
			for i, u := range h.tap {
				for j, v := range w.tap {
					p.taps.Off = append(p.taps.Off, (backH-h.back[i])*row+(backW-w.back[j])*s.K)
					p.weight = append(p.weight, u*s.KW+v)
				}
			}
			d.phases = append(d.phases, p)
		}
	}
}

// covered reports whether each pixel of the image gets a gradient from some tap.
func (d *depthwise[T]) covered() bool {
	return len(d.phases) == min(d.shape.StrideH, d.shape.H)*min(d.shape.StrideW, d.shape.W)
}

func (d *depthwise[T]) Forward(args layerArgs[T]) error {
	d.args = args
	if d.args.bias == nil {
		d.args.bias = d.zero
	}
	d.division.run(d.workers, d.forwardShard)
	d.args = layerArgs[T]{}
	return firstError(d.errs[:d.division.count()]...)
}

func (d *depthwise[T]) runForward(shard int) error {
	s := d.scratch.get()
	defer d.scratch.put(s)
	sh, a := &d.shape, &d.args
	image, output := sh.H*sh.W*sh.C, sh.OutH()*sh.OutW()*sh.K
	lo, hi, from, to := d.division.shard(shard)
	window := d.window
	window.Rows = to - from
	for n := lo; n < hi; n++ {
		x := d.pad(s, a.x[n*image:][:image], from*sh.StrideH, (to-1)*sh.StrideH+(sh.KH-1)*sh.DilationH+1)
		y := a.y[n*output:][:output]
		if err := tapSums(&window, y[from*window.RowY:], x[from*window.RowX:], a.weight, a.bias); err != nil {
			return err
		}
	}
	return nil
}

// pad returns an image with its padding and one channel for each output channel. Of its rows those
// from first up to but not including end are set.
func (d *depthwise[T]) pad(s *depthwiseScratch[T], x []T, first, end int) []T {
	sh := &d.shape
	times := sh.K / sh.C
	if times == 1 && sh.PadTop+sh.PadBottom+sh.PadLeft+sh.PadRight == 0 {
		return x
	}
	row := (sh.PadLeft + sh.W + sh.PadRight) * sh.K
	if s.x == nil {
		s.x = make([]T, (sh.PadTop+sh.H+sh.PadBottom)*row)
	}
	line := sh.W * sh.C
	for i := max(first-sh.PadTop, 0); i < min(end-sh.PadTop, sh.H); i++ {
		to := s.x[(sh.PadTop+i)*row+sh.PadLeft*sh.K:][:line*times]
		from := x[i*line:][:line]
		if times == 1 {
			copy(to, from)
			continue
		}
		for c, v := range from {
			repeated := to[c*times:][:times]
			for k := range repeated {
				repeated[k] = v
			}
		}
	}
	return s.x
}
