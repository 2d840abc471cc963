package kernel

// convBackward is the scratch of one shard's backward pass.
type convBackward[T Float] struct {
	list   []entry[T] // nonzero elements of the output gradient, by pixel or by channel
	count  []int      // entries per pixel or channel
	image  []T        // one padded image: x for the weight gradient, dx for the input gradient
	weight []T        // the shard's part of dweight, as [K][KH][runs][runLen]
	bias   []T        // the shard's part of dbias
}

func (c *portableConv[T]) Backward(args layerArgs[T]) error {
	c.allocBackward()
	if args.dx != nil {
		c.packBackward(args.weight)
	}
	c.args = args
	c.workers.Run(c.shards, c.backwardShard)
	c.args = layerArgs[T]{}
	if args.dweight != nil {
		c.reduceWeight(args.dweight)
	}
	if args.dbias != nil {
		copy(args.dbias, c.backward[0].bias)
		for _, b := range c.backward[1:] {
			for k, v := range b.bias {
				args.dbias[k] += v
			}
		}
	}
	return nil
}

func (c *portableConv[T]) allocBackward() {
	if c.backward != nil {
		return
	}
	s := &c.shape
	pixels := s.OutH() * s.OutW()
	padded := (s.H + s.PadTop + s.PadBottom) * (s.W + s.PadLeft + s.PadRight) * s.C
	c.backward = make([]convBackward[T], c.shards)
	for i := range c.backward {
		c.backward[i] = convBackward[T]{
			list:   make([]entry[T], max(s.K*(pixels+1), s.OutW()*(s.K+s.Groups))),
			count:  make([]int, max(s.K, s.OutW()*s.Groups)),
			image:  make([]T, padded+lanes), // the last tile may reach beyond the padded image
			weight: make([]T, s.weightLen()),
			bias:   make([]T, s.K),
		}
	}
}

func (c *portableConv[T]) runBackward(shard int) {
	s, b, a := &c.shape, &c.backward[shard], &c.args
	image, output := s.H*s.W*s.C, s.OutH()*s.OutW()*s.K
	clear(b.weight)
	clear(b.bias)
	lo, hi := shardRange(s.N, c.shards, shard)
	for n := lo; n < hi; n++ {
		dy := a.dy[n*output:][:output]
		if a.dbias != nil {
			for at := 0; at < len(dy); at += s.K {
				for k, v := range dy[at:][:s.K] {
					b.bias[k] += v
				}
			}
		}
		if a.dweight != nil {
			c.padImage(b.image, a.x[n*image:][:image])
			c.weightGradient(b, dy)
		}
		if a.dx != nil {
			clear(b.image)
			c.inputGradient(b, dy)
			c.cropImage(a.dx[n*image:][:image], b.image)
		}
	}
}

// padImage copies an image into its padded form; cropImage copies it back.
func (c *portableConv[T]) padImage(padded, x []T) {
	s := &c.shape
	row := (s.W + s.PadLeft + s.PadRight) * s.C
	clear(padded)
	for iy := range s.H {
		copy(padded[(iy+s.PadTop)*row+s.PadLeft*s.C:], x[iy*s.W*s.C:][:s.W*s.C])
	}
}

func (c *portableConv[T]) cropImage(x, padded []T) {
	s := &c.shape
	row := (s.W + s.PadLeft + s.PadRight) * s.C
	for iy := range s.H {
		copy(x[iy*s.W*s.C:][:s.W*s.C], padded[(iy+s.PadTop)*row+s.PadLeft*s.C:])
	}
}

// weightGradient adds one image's part of the weight gradient to b.weight. It
// lists the nonzero elements of dy by channel. For each eight elements of the
// window it multiplies each list by the pixels that these elements read.
func (c *portableConv[T]) weightGradient(b *convBackward[T], dy []T) {
	s := &c.shape
	paddedW := s.W + s.PadLeft + s.PadRight
	outH, outW := s.OutH(), s.OutW()
	cg, kg := s.C/s.Groups, s.K/s.Groups
	room := outH*outW + 1

	count := b.count[:s.K]
	clear(count)
	for oy := range outH {
		for ox := range outW {
			off := uint32((oy*s.StrideH*paddedW + ox*s.StrideW) * s.C)
			for k, v := range dy[:s.K] {
				b.list[k*room+count[k]] = entry[T]{off, v}
				if v != 0 {
					count[k]++
				}
			}
			dy = dy[s.K:]
		}
	}
	perChannel := s.KH * s.KW * cg
	for ky := range s.KH {
		for run := range c.runsPerRow {
			for i := 0; i < c.runLen; i += lanes {
				valid := min(lanes, c.runLen-i)
				at := (ky*c.runsPerRow+run)*c.runLen + i
				base := (ky*s.DilationH*paddedW+run*s.DilationW)*s.C + i
				for k := range s.K {
					sums := b.weight[k*perChannel+at:][:valid]
					acc := load(sums)
					gather(&acc, b.list[k*room:][:count[k]], b.image, base+k/kg*cg)
					store(sums, &acc)
				}
			}
		}
	}
}

// reduceWeight adds the parts of the shards in their order and transposes the sum
// from [K][KH·KW·C/Groups] to [KH·KW·C/Groups][K].
func (c *portableConv[T]) reduceWeight(dweight []T) {
	total := c.backward[0].weight
	for _, b := range c.backward[1:] {
		for i, v := range b.weight {
			total[i] += v
		}
	}
	rows, cols := c.shape.K, len(total)/c.shape.K
	for k := range rows {
		for i, v := range total[k*cols:][:cols] {
			dweight[i*rows+k] = v
		}
	}
}

// packBackward packs the weights into panels of eight elements of a run,
// [group][KH][run][tile][K/Groups][8]. The last tile of a run is padded with
// zeros.
func (c *portableConv[T]) packBackward(weight []T) {
	s := &c.shape
	kg := s.K / s.Groups
	tiles := ceilDiv(c.runLen, lanes)
	c.panels = grow(c.panels, s.Groups*s.KH*c.runsPerRow*tiles*kg*lanes)
	clear(c.panels)
	p := c.panels
	for g := range s.Groups {
		for run := range s.KH * c.runsPerRow {
			for i := 0; i < c.runLen; i += lanes {
				for l := range min(lanes, c.runLen-i) {
					row := weight[(run*c.runLen+i+l)*s.K+g*kg:][:kg]
					for k, v := range row {
						p[k*lanes+l] = v
					}
				}
				p = p[kg*lanes:]
			}
		}
	}
}

// inputGradient adds one image's gradient to the padded image b.image. It lists
// the nonzero elements of one row of dy by pixel and group, and multiplies each
// list by the panels, eight elements of the window at a time.
func (c *portableConv[T]) inputGradient(b *convBackward[T], dy []T) {
	s := &c.shape
	paddedW := s.W + s.PadLeft + s.PadRight
	outW := s.OutW()
	cg, kg := s.C/s.Groups, s.K/s.Groups
	room := kg + 1
	for oy := range s.OutH() {
		for i := range outW * s.Groups {
			b.count[i] = appendNonzero(b.list[i*room:][:room], 0, dy[:kg], 0, lanes)
			dy = dy[kg:]
		}
		panels := c.panels
		for g := range s.Groups {
			for ky := range s.KH {
				for run := range c.runsPerRow {
					for t := 0; t < c.runLen; t += lanes {
						valid := min(lanes, c.runLen-t)
						m := panels[:kg*lanes]
						panels = panels[kg*lanes:]
						base := ((oy*s.StrideH+ky*s.DilationH)*paddedW+run*s.DilationW)*s.C + g*cg + t
						for ox := range outW {
							i := ox*s.Groups + g
							if b.count[i] == 0 {
								continue
							}
							sums := b.image[base+ox*s.StrideW*s.C:][:valid]
							acc := load(sums)
							gather(&acc, b.list[i*room:][:b.count[i]], m, 0)
							store(sums, &acc)
						}
					}
				}
			}
		}
	}
}
