package kernel

import "inkstone/graph/internal/kernel/simd"

// Backward computes the gradients of args that are not nil.
func (d *depthwise[T]) Backward(args layerArgs[T]) error {
	s := &d.shape
	if args.dx != nil {
		d.phaseWeights = d.phaseWeights[:0]
		for _, p := range d.phases {
			for _, t := range p.weight {
				d.phaseWeights = append(d.phaseWeights, args.weight[t*s.K:][:s.K]...)
			}
		}
	}
	for len(d.parts) < d.shards {
		d.parts = append(d.parts, depthwisePart[T]{weight: make([]T, s.weightLen()), bias: make([]T, s.K)})
	}
	d.args = args
	d.workers.Run(d.shards, d.backwardShard)
	d.args = layerArgs[T]{}
	if err := firstError(d.errs[:d.shards]...); err != nil {
		return err
	}
	clear(args.dweight)
	clear(args.dbias)
	for _, p := range d.parts {
		for i := range args.dweight {
			args.dweight[i] += p.weight[i]
		}
		for k := range args.dbias {
			args.dbias[k] += p.bias[k]
		}
	}
	return nil
}

func (d *depthwise[T]) runBackward(shard int) error {
	s := d.scratch.get()
	defer d.scratch.put(s)
	sh, a, part := &d.shape, &d.args, &d.parts[shard]
	image, output := sh.H*sh.W*sh.C, sh.OutH()*sh.OutW()*sh.K
	clear(part.weight)
	clear(part.bias)
	lo, hi := shardRange(sh.N, d.shards, shard)
	for n := lo; n < hi; n++ {
		dy := a.dy[n*output:][:output]
		if a.dbias != nil {
			if err := columnSums(part.bias, dy); err != nil {
				return err
			}
		}
		if a.dweight != nil {
			x := d.pad(s, a.x[n*image:][:image], 0, sh.PadTop+sh.H)
			if err := tapProducts(&d.window, part.weight, dy, x); err != nil {
				return err
			}
		}
		if a.dx != nil {
			if err := d.inputGradient(s, a.dx[n*image:][:image], dy); err != nil {
				return err
			}
		}
	}
	return nil
}

// inputGradient computes the input gradient of one image.
func (d *depthwise[T]) inputGradient(s *depthwiseScratch[T], dx, dy []T) error {
	sh := &d.shape
	dy = d.padGradient(s, dy)
	sum, times := dx, sh.K/sh.C
	if times > 1 {
		s.dx = grow(s.dx, len(dx)*times)
		sum = s.dx
	}
	if !d.covered() {
		clear(sum)
	}
	weight := d.phaseWeights
	for i := range d.phases {
		p := &d.phases[i]
		if err := tapSums(&p.taps, sum[p.dx:], dy[p.dy:], weight, d.zero); err != nil {
			return err
		}
		weight = weight[len(p.weight)*sh.K:]
	}
	if times > 1 {
		for c := range dx {
			v := T(0)
			for _, g := range sum[c*times:][:times] {
				v += g
			}
			dx[c] = v
		}
	}
	return nil
}

// padGradient returns the output gradient of an image with the zeros that the phases read.
func (d *depthwise[T]) padGradient(s *depthwiseScratch[T], dy []T) []T {
	h, w, line := &d.gradH, &d.gradW, d.shape.OutW()*d.shape.K
	if h.size*w.size*d.shape.K == len(dy) {
		return dy
	}
	row := w.size * d.shape.K
	if s.dy == nil {
		s.dy = make([]T, h.size*row)
	}
	for i := range d.shape.OutH() {
		copy(s.dy[(h.before+i)*row+w.before*d.shape.K:][:line], dy[i*line:][:line])
	}
	return s.dy
}

// columnSums adds to each sum[c] the column c of x, whose rows are as long as sum.
func columnSums[T Float](sum, x []T) error {
	if hasAssembly[T]() {
		return simd.ColumnSums(as32(sum), as32(x))
	}
	for ; len(x) > 0; x = x[len(sum):] {
		for c, v := range x[:len(sum)] {
			sum[c] += v
		}
	}
	return nil
}

// tapSums is [simd.Taps.Sums] for both types.
func tapSums[T Float](p *simd.Taps, y, x, w, bias []T) error {
	if hasAssembly[T]() {
		return p.Sums(as32(y), as32(x), as32(w), as32(bias))
	}
	for i := range p.Rows {
		for j := range p.Pixels {
			out, from, tap, off := y[i*p.RowY+j*p.StepY:][:p.Channels], x[i*p.RowX+j*p.StepX:], w, p.Off
			copy(out, bias)
			for ; len(off) >= 3; off = off[3:] { // three taps for one load and store of a sum
				x0, x1, x2 := from[off[0]:][:len(out)], from[off[1]:][:len(out)], from[off[2]:][:len(out)]
				w0, w1, w2 := tap[:len(out)], tap[len(out):][:len(out)], tap[2*len(out):][:len(out)]
				for c, sum := range out {
					sum += x0[c] * w0[c]
					sum += x1[c] * w1[c]
					sum += x2[c] * w2[c]
					out[c] = sum
				}
				tap = tap[3*len(out):]
			}
			for _, o := range off {
				x0, w0 := from[o:][:len(out)], tap[:len(out)]
				for c := range out {
					out[c] += x0[c] * w0[c]
				}
				tap = tap[len(out):]
			}
		}
	}
	return nil
}

// tapProducts is [simd.Taps.Products] for both types.
func tapProducts[T Float](p *simd.Taps, dw, dy, x []T) error {
	if hasAssembly[T]() {
		return p.Products(as32(dw), as32(dy), as32(x))
	}
	for i := range p.Rows {
		for j := range p.Pixels {
			grad := dy[i*p.RowY+j*p.StepY:][:p.Channels]
			for t, off := range p.Off {
				row := x[i*p.RowX+j*p.StepX+off:][:len(grad)]
				sum := dw[t*p.Channels:][:len(grad)]
				for c, v := range grad {
					sum[c] += v * row[c]
				}
			}
		}
	}
	return nil
}
