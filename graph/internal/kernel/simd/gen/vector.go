package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vectors emits the kernels over vectors and rows of elements.
func vectors(s isa) {
	if s == avx2 {
		defineLanes("vector")
		transpose8()
		prefetchLines()
	}
	if s == avx512 {
		taps(avx512half)
		pack(avx512half)
		unpack(avx512half)
	}
	relu(s)
	reluGrad(s)
	leaky(s)
	outputGrads(s)
	add(s)
	scale(s)
	adam(s)
	sgd(s)
	normalize(s)
	normalizeGrad(s)
	tanh(s)
	exps(s)
	gelu(s)
	dropout(s)
	columns(s)
	fixedGrads(s)
	maxPool(s)
	taps(s)
	pack(s)
	unpack(s)
	lookup(s)
	peak(s)
}

// Predicates of VCMPPS.
const (
	cmpUnordered  = 0x03
	cmpNotAtMost  = 0x16 // true for NaN
	cmpNotGreater = 0x1a // true for NaN
	cmpGreater    = 0x1e
)

// move is how a loop body reads and writes a vector: whole, or masked in the tail.
type move struct {
	load  func(q Mem, v vector)
	store func(v vector, q Mem)
}

// whole moves whole vectors.
var whole = move{
	load:  func(q Mem, v vector) { VMOVUPS(q, v) },
	store: func(v vector, q Mem) { VMOVUPS(v, q) },
}

// walk emits the loop of an elementwise kernel over n elements of some arrays. It emits body
// for `unroll` vectors at a time, then for one, then for the masked tail. at(i) is the
// address of the current vector of array i.
func (s isa) walk(n reg.GPVirtual, arrays []reg.GPVirtual, unroll int, body func(at func(i int) Mem, m move)) {
	block := func(count int, m move) {
		for u := range count {
			body(func(i int) Mem { return Mem{Base: arrays[i], Disp: u * s.bytes()} }, m)
		}
		for _, a := range arrays {
			ADDQ(I32(int32(count*s.bytes())), a)
		}
	}
	SUBQ(I32(int32(unroll*s.lanes)), n)
	JLT(LabelRef("vectors"))
	Label("unrolled")
	block(unroll, whole)
	SUBQ(I32(int32(unroll*s.lanes)), n)
	JGE(LabelRef("unrolled"))
	Label("vectors")
	ADDQ(I32(int32((unroll-1)*s.lanes)), n)
	JLT(LabelRef("tail"))
	Label("vector")
	block(1, whole)
	SUBQ(Imm(uint64(s.lanes)), n)
	JGE(LabelRef("vector"))
	Label("tail")
	ADDQ(Imm(uint64(s.lanes)), n)
	JZ(LabelRef("end"))
	m := s.mask(n)
	block(1, move{load: m.load, store: m.store})
	Label("end")
}

// params loads several pointers.
func params(names ...string) []reg.GPVirtual {
	p := make([]reg.GPVirtual, len(names))
	for i, name := range names {
		p[i] = param(name)
	}
	return p
}

// end emits the end of a kernel.
func end() {
	VZEROUPPER()
	RET()
}

// keepPositive clears the lanes of g whose lane in y is not above zero.
func (s isa) keepPositive(y, g, zero vector) {
	if s == avx512 {
		k := K()
		VCMPPS(Imm(cmpGreater), zero, y, k)
		VMOVAPS_Z(g, k, g)
	} else {
		VCMPPS(Imm(cmpGreater), zero, y, y)
		VANDPS(y, g, g)
	}
}

// relu emits y = max(x, 0). NaN stays NaN.
func relu(s isa) {
	s.begin("relu")
	zero := s.vec()
	s.zero(zero)
	s.walk(param("n"), params("y", "x"), 4, func(at func(int) Mem, m move) {
		v := s.vec()
		m.load(at(1), v)
		VMAXPS(v, zero, v)
		m.store(v, at(0))
	})
	end()
}

// reluGrad emits dx = dy where y > 0, else 0.
func reluGrad(s isa) {
	s.begin("reluGrad")
	zero := s.vec()
	s.zero(zero)
	s.walk(param("n"), params("dx", "dy", "y"), 4, func(at func(int) Mem, m move) {
		d, y := s.vec(), s.vec()
		m.load(at(1), d)
		m.load(at(2), y)
		s.keepPositive(y, d, zero)
		m.store(d, at(0))
	})
	end()
}

// leaky emits y = k*v where at <= 0, else v.
func leaky(s isa) {
	s.begin("leaky")
	k, zero := s.broadcast("k"), s.vec()
	s.zero(zero)
	s.walk(param("n"), params("y", "v", "at"), 4, func(at func(int) Mem, m move) {
		v, x, low := s.vec(), s.vec(), s.vec()
		m.load(at(1), v)
		m.load(at(2), x)
		VMULPS(k, v, low)
		if s == avx512 {
			keep := K()
			VCMPPS(Imm(cmpNotAtMost), zero, x, keep)
			VBLENDMPS(v, low, keep, low)
		} else {
			VCMPPS(Imm(cmpNotAtMost), zero, x, x)
			VBLENDVPS(x, v, low, low)
		}
		m.store(low, at(0))
	})
	end()
}

// outputGrads emits the gradients of activations that are functions of the output y. Like the
// portable loops they do not fuse a product and a sum.
func outputGrads(s isa) {
	for _, k := range []struct {
		name string
		f    func(d, y, one vector)
	}{
		// dx = dy * (1 - y*y)
		{"tanhGrad", func(d, y, one vector) {
			VMULPS(y, y, y)
			VSUBPS(y, one, y)
			VMULPS(y, d, d)
		}},
		// dx = dy * y * (1 - y)
		{"sigmoidGrad", func(d, y, one vector) {
			VMULPS(y, d, d)
			VSUBPS(y, one, y)
			VMULPS(y, d, d)
		}},
	} {
		s.begin(k.name)
		one := s.number(1)
		s.walk(param("n"), params("dx", "dy", "y"), 4, func(at func(int) Mem, m move) {
			d, y := s.vec(), s.vec()
			m.load(at(1), d)
			m.load(at(2), y)
			k.f(d, y, one)
			m.store(d, at(0))
		})
		end()
	}
}

// add emits y = a + b.
func add(s isa) {
	s.begin("add")
	s.walk(param("n"), params("y", "a", "b"), 4, func(at func(int) Mem, m move) {
		a, b := s.vec(), s.vec()
		m.load(at(1), a)
		m.load(at(2), b)
		VADDPS(b, a, a)
		m.store(a, at(0))
	})
	end()
}

// scale emits y = k*x.
func scale(s isa) {
	s.begin("scale")
	k := s.broadcast("k")
	s.walk(param("n"), params("y", "x"), 4, func(at func(int) Mem, m move) {
		x := s.vec()
		m.load(at(1), x)
		VMULPS(k, x, x)
		m.store(x, at(0))
	})
	end()
}

// adam emits one step of Adam or AdamW:
//
//	d = g + l2*p;  m += (1-beta1)*(d-m);  v += (1-beta2)*(d*d-v)
//	p = shrink*p - rate*m / (root*sqrt(v) + eps)
func adam(s isa) {
	s.begin("adam")
	keep1, keep2, rate, root := s.broadcast("keep1"), s.broadcast("keep2"), s.broadcast("rate"), s.broadcast("root")
	eps, l2, shrink := s.broadcast("eps"), s.broadcast("l2"), s.broadcast("shrink")
	s.walk(param("n"), params("p", "m", "v", "grad"), 1, func(at func(int) Mem, mv move) {
		p, m, v, d, t := s.vec(), s.vec(), s.vec(), s.vec(), s.vec()
		mv.load(at(0), p)
		mv.load(at(1), m)
		mv.load(at(2), v)
		mv.load(at(3), d)
		VFMADD231PS(l2, p, d)
		VSUBPS(m, d, t)
		VFMADD231PS(keep1, t, m)
		VMULPS(d, d, t)
		VSUBPS(v, t, t)
		VFMADD231PS(keep2, t, v)
		mv.store(m, at(1))
		mv.store(v, at(2))
		VSQRTPS(v, t)
		VFMADD213PS(eps, root, t)
		VDIVPS(t, m, t)
		VMULPS(shrink, p, p)
		VFNMADD231PS(rate, t, p)
		mv.store(p, at(0))
	})
	end()
}

// sgd emits one step of gradient descent with momentum:
//
//	d = g + l2*p;  v = momentum*v + d;  p -= rate * (fresh*d + carried*v)
func sgd(s isa) {
	s.begin("sgd")
	momentum, rate, l2 := s.broadcast("momentum"), s.broadcast("rate"), s.broadcast("l2")
	fresh, carried := s.broadcast("fresh"), s.broadcast("carried")
	s.walk(param("n"), params("p", "v", "grad"), 1, func(at func(int) Mem, mv move) {
		p, v, d := s.vec(), s.vec(), s.vec()
		mv.load(at(0), p)
		mv.load(at(1), v)
		mv.load(at(2), d)
		VFMADD231PS(l2, p, d)
		VFMADD213PS(d, momentum, v)
		mv.store(v, at(1))
		VMULPS(fresh, d, d)
		VFMADD231PS(carried, v, d)
		VFNMADD231PS(rate, d, p)
		mv.store(p, at(0))
	})
	end()
}

// tanh emits y = tanh x by the rational approximation x*P(x²)/Q(x²) that Eigen uses.
func tanh(s isa) {
	s.begin("tanh")
	limit, least := s.number(7.90531110763549805), s.number(-7.90531110763549805)
	p := []float64{-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08,
		1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03}
	q := []float64{1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03}
	c := newConstants(s, "tanh")
	s.walk(param("n"), params("y", "x"), 1, func(at func(int) Mem, m move) {
		v, sq, num, den := s.vec(), s.vec(), s.vec(), s.vec()
		m.load(at(1), v)
		VMINPS(v, limit, v) // the first operand is the one returned for NaN
		VMAXPS(v, least, v)
		VMULPS(v, v, sq)
		VMOVUPS(c.memory(p[0]), num)
		for _, a := range p[1:] {
			VFMADD213PS(c.memory(a), sq, num)
		}
		VMULPS(v, num, num)
		VMOVUPS(c.memory(q[0]), den)
		for _, a := range q[1:] {
			VFMADD213PS(c.memory(a), sq, den)
		}
		VDIVPS(den, num, num)
		m.store(num, at(0))
	})
	end()
}
