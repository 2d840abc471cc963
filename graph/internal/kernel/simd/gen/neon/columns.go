package main

// columns emits the kernels that add the sums over the rows of a matrix to acc, for one, two
// or four vectors of columns at a time. Of a ragged last vector they do the first register
// if it is full, then the other columns one by one.
func columns(f *file) {
	products := func(masked bool) func(*kernel, move, []vec) {
		return func(k *kernel, m move, acc []vec) {
			d, x, mean := k.vec(), k.vec(), k.vec()
			m.load(d, 0)
			m.load(x, 1)
			m.load(mean, 2)
			k.fsub(x, x, mean)
			if masked {
				scale, shift := k.vec(), k.vec()
				m.load(scale, 3)
				m.load(shift, 4)
				k.keepActive(x, scale, shift, d)
			}
			k.fadd(acc[0], acc[0], d)
			k.fmla(acc[1], d, x)
		}
	}
	for _, kind := range []struct {
		name   string
		images []string // arrays that advance from row to row
		fixed  []string // arrays of one row
		sums   []string // arrays of one row that are added to
		step   func(k *kernel, m move, acc []vec)
	}{
		{"sum", []string{"x"}, nil, []string{"acc"}, func(k *kernel, m move, acc []vec) {
			x := k.vec()
			m.load(x, 0)
			k.fadd(acc[0], acc[0], x)
		}},
		// reluSum: dx = dy where y > 0, else 0; acc += dx.
		{"reluSum", []string{"dx", "dy", "y"}, nil, []string{"acc"}, func(k *kernel, m move, acc []vec) {
			d, y := k.vec(), k.vec()
			m.load(d, 1)
			m.load(y, 2)
			k.keepPositive(d, y)
			k.fadd(acc[0], acc[0], d)
			m.store(d, 0)
		}},
		// squares: acc += (x-mean)^2.
		{"squares", []string{"x"}, []string{"mean"}, []string{"acc"}, func(k *kernel, m move, acc []vec) {
			x, mean := k.vec(), k.vec()
			m.load(x, 0)
			m.load(mean, 1)
			k.fsub(x, x, mean)
			k.fmla(acc[0], x, x)
		}},
		// products: acc += dy; dot += dy*(x-mean).
		{"products", []string{"dy", "x"}, []string{"mean"}, []string{"acc", "dot"}, products(false)},
		// reluProducts: the same with dy = 0 where (x-mean)*scale + shift is not above zero.
		{"reluProducts", []string{"dy", "x"}, []string{"mean", "scale", "shift"}, []string{"acc", "dot"}, products(true)},
	} {
		for _, nv := range []int{1, 2, 4} {
			k := f.begin(kind.name, nv)
			base := k.arrays(append(append(append([]string{}, kind.images...), kind.fixed...), kind.sums...)...)
			images, sums := base[:len(kind.images)], base[len(kind.images)+len(kind.fixed):]
			stride, left := k.floats("stride"), k.param("lanes")
			at := make([]gp, len(images))
			for i := range at {
				at[i] = k.gp()
			}
			rows := k.gp()
			inner := append(append([]gp{}, at...), base[len(images):]...)
			// strip sums over the columns of count registers, or over single columns, and advances the
			// pointers past them.
			strip := func(z size, count int) {
				k.scope(func() {
					acc := make([][]vec, count)
					for j := range acc {
						acc[j] = k.vecs(len(sums))
						for i, p := range sums {
							k.ldr(z, acc[j][i], p, j*z.bytes)
						}
					}
					for i, p := range images {
						k.op("MOVD %s, %s", p, at[i])
					}
					k.reload("rows", rows)
					row := k.label("row")
					k.at(row)
					for j := range count {
						k.scope(func() {
							kind.step(k, move{
								load:  func(v vec, i int) { k.ldr(z, v, inner[i], j*z.bytes) },
								store: func(v vec, i int) { k.str(z, v, inner[i], j*z.bytes) },
							}, acc[j])
						})
					}
					for _, p := range at {
						k.op("ADD %s, %s, %s", stride, p, p)
					}
					k.op("SUBS $1, %s, %s", rows, rows)
					k.op("BNE %s", row)
					for j := range acc {
						for i, p := range sums {
							k.str(z, acc[j][i], p, j*z.bytes)
						}
					}
					for _, p := range base {
						k.op("ADD $%d, %s, %s", count*z.bytes, p, p)
					}
				})
			}
			const pair = lanes / quad
			k.op("CMP $%d, %s", lanes, left)
			k.op("BNE ragged")
			strip(full, pair*nv)
			k.op("RET")
			k.at("ragged")
			if nv > 1 {
				strip(full, pair*(nv-1))
			}
			k.op("CMP $%d, %s", quad, left)
			k.op("BLT single")
			strip(full, 1)
			k.op("SUBS $%d, %s, %s", quad, left, left)
			k.op("BEQ end")
			k.at("single")
			strip(one, 1)
			k.op("SUBS $1, %s, %s", left, left)
			k.op("BNE single")
			k.at("end")
			k.op("RET")
		}
	}
}
