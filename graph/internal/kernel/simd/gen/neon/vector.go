package main

// vectors emits the kernels over vectors and rows of elements.
func vectors(f *file) {
	elementwise(f)
	activations(f)
	optimizers(f)
	normalize(f)
	columns(f)
	maxPool(f)
	pack(f)
	lookup(f)
	transpose(f)
	peak(f)
}

// move is how a loop body reads and writes array i: whole registers, or single values at the end.
type move struct {
	load  func(v vec, i int)
	store func(v vec, i int)
}

// walk emits the loop of an elementwise kernel over n elements of some arrays. It changes the
// registers n and arrays. It emits body for `unroll` registers at a time, then for one, then
// for single values in the first lane.
func (k *kernel) walk(n gp, arrays []gp, unroll int, body func(m move)) {
	block := func(z size, count int) {
		for u := range count {
			k.scope(func() {
				body(move{
					load:  func(v vec, i int) { k.ldr(z, v, arrays[i], u*z.bytes) },
					store: func(v vec, i int) { k.str(z, v, arrays[i], u*z.bytes) },
				})
			})
		}
		for _, a := range arrays {
			k.op("ADD $%d, %s, %s", count*z.bytes, a, a)
		}
	}
	if unroll > 1 {
		k.op("SUBS $%d, %s, %s", unroll*quad, n, n)
		k.op("BLT registers")
		k.at("unrolled")
		block(full, unroll)
		k.op("SUBS $%d, %s, %s", unroll*quad, n, n)
		k.op("BGE unrolled")
		k.at("registers")
		k.op("ADD $%d, %s, %s", unroll*quad, n, n)
	}
	k.op("SUBS $%d, %s, %s", quad, n, n)
	k.op("BLT tail")
	k.at("register")
	block(full, 1)
	k.op("SUBS $%d, %s, %s", quad, n, n)
	k.op("BGE register")
	k.at("tail")
	k.op("ADDS $%d, %s, %s", quad, n, n)
	k.op("BEQ end")
	k.at("single")
	block(one, 1)
	k.op("SUBS $1, %s, %s", n, n)
	k.op("BNE single")
	k.at("end")
}

// arrays loads several pointers.
func (k *kernel) arrays(names ...string) []gp {
	p := make([]gp, len(names))
	for i, name := range names {
		p[i] = k.param(name)
	}
	return p
}

// keepPositive clears the lanes of g whose lane in y is not above zero; y is overwritten.
func (k *kernel) keepPositive(g, y vec) {
	k.positive(y, y)
	k.and(g, g, y)
}

// elementwise emits ReLU (y = max(x, 0); NaN stays NaN), its gradient, sums and scaled vectors.
func elementwise(f *file) {
	k := f.begin("relu")
	zero := k.vec()
	k.zero(zero)
	k.walk(k.param("n"), k.arrays("y", "x"), 4, func(m move) {
		v := k.vec()
		m.load(v, 1)
		k.fmax(v, v, zero)
		m.store(v, 0)
	})
	k.op("RET")

	k = f.begin("reluGrad")
	k.walk(k.param("n"), k.arrays("dx", "dy", "y"), 4, func(m move) {
		d, y := k.vec(), k.vec()
		m.load(d, 1)
		m.load(y, 2)
		k.keepPositive(d, y)
		m.store(d, 0)
	})
	k.op("RET")

	k = f.begin("add")
	k.walk(k.param("n"), k.arrays("y", "a", "b"), 4, func(m move) {
		a, b := k.vec(), k.vec()
		m.load(a, 1)
		m.load(b, 2)
		k.fadd(a, a, b)
		m.store(a, 0)
	})
	k.op("RET")

	k = f.begin("scale")
	factor := k.broadcast("k")
	k.walk(k.param("n"), k.arrays("y", "x"), 4, func(m move) {
		x := k.vec()
		m.load(x, 1)
		k.fmul(x, x, factor)
		m.store(x, 0)
	})
	k.op("RET")
}

// activations emits leaky ReLU, y = k*v where at <= 0, else v, and the gradients of
// activations that are functions of the output y. Like the portable loops they do not fuse
// a product and a sum.
func activations(f *file) {
	k := f.begin("leaky")
	factor := k.broadcast("k")
	k.walk(k.param("n"), k.arrays("y", "v", "at"), 4, func(m move) {
		v, at, low := k.vec(), k.vec(), k.vec()
		m.load(v, 1)
		m.load(at, 2)
		k.fmul(low, v, factor)
		k.notPositive(at, at)
		k.bit(v, low, at)
		m.store(v, 0)
	})
	k.op("RET")
	for _, kind := range []struct {
		name string
		f    func(k *kernel, d, y, one vec)
	}{
		// dx = dy * (1 - y*y)
		{"tanhGrad", func(k *kernel, d, y, one vec) {
			k.fmul(y, y, y)
			k.fsub(y, one, y)
			k.fmul(d, d, y)
		}},
		// dx = dy * y * (1 - y)
		{"sigmoidGrad", func(k *kernel, d, y, one vec) {
			k.fmul(d, d, y)
			k.fsub(y, one, y)
			k.fmul(d, d, y)
		}},
	} {
		k := f.begin(kind.name)
		unit := k.constant(1)
		k.walk(k.param("n"), k.arrays("dx", "dy", "y"), 4, func(m move) {
			d, y := k.vec(), k.vec()
			m.load(d, 1)
			m.load(y, 2)
			kind.f(k, d, y, unit)
			m.store(d, 0)
		})
		k.op("RET")
	}
}

// optimizers emits a step of Adam or AdamW,
//
//	d = g + l2*p;  m += (1-beta1)*(d-m);  v += (1-beta2)*(d*d-v)
//	p = shrink*p - rate*m / (root*sqrt(v) + eps)
//
// and one of gradient descent with momentum,
//
//	d = g + l2*p;  v = momentum*v + d;  p -= rate * (fresh*d + carried*v)
func optimizers(f *file) {
	k := f.begin("adam")
	keep1, keep2, rate, root := k.broadcast("keep1"), k.broadcast("keep2"), k.broadcast("rate"), k.broadcast("root")
	eps, l2, shrink := k.broadcast("eps"), k.broadcast("l2"), k.broadcast("shrink")
	k.walk(k.param("n"), k.arrays("p", "m", "v", "grad"), 1, func(mv move) {
		p, m, v, d, t, den := k.vec(), k.vec(), k.vec(), k.vec(), k.vec(), k.vec()
		mv.load(p, 0)
		mv.load(m, 1)
		mv.load(v, 2)
		mv.load(d, 3)
		k.fmla(d, p, l2)
		k.fsub(t, d, m)
		k.fmla(m, t, keep1)
		k.fmul(t, d, d)
		k.fsub(t, t, v)
		k.fmla(v, t, keep2)
		mv.store(m, 1)
		mv.store(v, 2)
		k.fsqrt(t, v)
		k.move(den, eps)
		k.fmla(den, t, root)
		k.fdiv(t, m, den)
		k.fmul(p, p, shrink)
		k.fmls(p, t, rate)
		mv.store(p, 0)
	})
	k.op("RET")

	k = f.begin("sgd")
	momentum, rate, l2 := k.broadcast("momentum"), k.broadcast("rate"), k.broadcast("l2")
	fresh, carried := k.broadcast("fresh"), k.broadcast("carried")
	k.walk(k.param("n"), k.arrays("p", "v", "grad"), 1, func(mv move) {
		p, v, d, t := k.vec(), k.vec(), k.vec(), k.vec()
		mv.load(p, 0)
		mv.load(v, 1)
		mv.load(d, 2)
		k.fmla(d, p, l2)
		k.move(t, d)
		k.fmla(t, v, momentum)
		mv.store(t, 1)
		k.fmul(d, d, fresh)
		k.fmla(d, t, carried)
		k.fmls(p, d, rate)
		mv.store(p, 0)
	})
	k.op("RET")
}

// keepActive clears the lanes of g where deviation*scale + shift, with a deviation of x-mean, is not above
// zero. It computes that as normalizeReLU does, so that both round alike. shift is overwritten.
func (k *kernel) keepActive(deviation, scale, shift, g vec) {
	k.fmla(shift, deviation, scale)
	k.keepPositive(g, shift)
}

// normalize emits four kernels for several rows of n elements; mean, scale, shift, a, b and d
// are as long as a row:
//
//	normalize          y = (x-mean)*scale + shift
//	normalizeReLU      the same followed by ReLU
//	normalizeGrad      dx = dy*a + (x-mean)*b + d
//	normalizeReLUGrad  the same with dy = 0 where (x-mean)*scale + shift is not above zero
func normalize(f *file) {
	for _, relu := range []bool{false, true} {
		name := "normalize"
		if relu {
			name = "normalizeReLU"
		}
		k := f.begin(name)
		zero := k.vec()
		k.zero(zero)
		images := k.arrays("y", "x")
		k.at("row")
		k.scope(func() {
			k.walk(k.param("n"), append(images, k.arrays("mean", "scale", "shift")...), 1, func(m move) {
				v, mean, scale, shift := k.vec(), k.vec(), k.vec(), k.vec()
				m.load(v, 1)
				m.load(mean, 2)
				m.load(scale, 3)
				m.load(shift, 4)
				k.fsub(v, v, mean)
				k.fmla(shift, v, scale)
				if relu {
					k.fmax(shift, shift, zero)
				}
				m.store(shift, 0)
			})
		})
		k.again("rows", "row")
		k.op("RET")
	}
	for _, masked := range []bool{false, true} {
		name := "normalizeGrad"
		if masked {
			name = "normalizeReLUGrad"
		}
		k := f.begin(name)
		images, factors := k.arrays("dx", "dy", "x"), []string{"a", "mean", "b", "d"}
		if masked {
			factors = append(factors, "scale", "shift")
		}
		k.at("row")
		k.scope(func() {
			k.walk(k.param("n"), append(images, k.arrays(factors...)...), 1, func(m move) {
				g, x, a, mean, b, d := k.vec(), k.vec(), k.vec(), k.vec(), k.vec(), k.vec()
				for i, v := range []vec{g, x, a, mean, b, d} {
					m.load(v, 1+i)
				}
				k.fsub(x, x, mean)
				if masked {
					scale, shift := k.vec(), k.vec()
					m.load(scale, 7)
					m.load(shift, 8)
					k.keepActive(x, scale, shift, g)
				}
				k.fmla(d, g, a)
				k.fmla(d, x, b)
				m.store(d, 0)
			})
		})
		k.scope(func() { k.op("ADD %s, %s, %s", k.floats("gap"), images[0], images[0]) })
		k.again("rows", "row")
		k.op("RET")
	}
}
