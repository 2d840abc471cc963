package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fixedGrads emits the backward pass of a batch norm with fixed statistics over one vector of
// columns as three kernels: for the input, for the parameters, and for both:
//
//	dx = dy*gamma*inverse
//	sum += dy;  dot += dy*((x-mean)*inverse)
//
// The sums are float64, in the order of the rows. The product of two float32 is exact in
// float64, so a fused multiply-add rounds as the plain loop does.
func fixedGrads(s isa) {
	for _, k := range []struct {
		name       string
		grad, sums bool
	}{{"fixedGrad", true, false}, {"fixedSums", false, true}, {"fixedGradSums", true, true}} {
		s.begin(k.name)
		stride := floats("stride")
		m := s.mask(param("lanes"))
		fixed := func(name string) vector {
			v := s.vec()
			m.load(Mem{Base: param(name)}, v)
			return v
		}
		var gamma, mean vector
		var dx, x reg.GPVirtual
		var sum, dot [2]vector
		dy, inverse := param("dy"), fixed("inverse")
		if k.grad {
			dx, gamma = param("dx"), fixed("gamma")
		}
		if k.sums {
			x, mean = param("x"), fixed("mean")
			s.sums("sum", &sum, func(q Mem, v vector) { VMOVUPD(q, v) })
			s.sums("dot", &dot, func(q Mem, v vector) { VMOVUPD(q, v) })
		}
		rows, full := param("rows"), GP64()
		MOVQ(slot("lanes"), full)
		CMPQ(full, Imm(uint64(s.lanes)))
		JNE(LabelRef("partial"))
		// Whole vectors have a separate loop, because masked stores are slow on AVX2.
		for _, loop := range []struct {
			label string
			move
		}{{"row", whole}, {"partial", move{load: m.load, store: m.store}}} {
			Label(loop.label)
			d := s.vec()
			loop.load(Mem{Base: dy}, d)
			if k.sums {
				v := s.vec()
				loop.load(Mem{Base: x}, v)
				VSUBPS(mean, v, v)
				VMULPS(inverse, v, v)
				wide, factor := s.widen(d), s.widen(v)
				for i := range wide {
					VADDPD(wide[i], sum[i], sum[i])
					VFMADD231PD(factor[i], wide[i], dot[i])
				}
				ADDQ(stride, x)
			}
			if k.grad {
				VMULPS(gamma, d, d)
				VMULPS(inverse, d, d)
				loop.store(d, Mem{Base: dx})
				ADDQ(stride, dx)
			}
			ADDQ(stride, dy)
			DECQ(rows)
			JNZ(LabelRef(loop.label))
			if loop.label == "row" {
				JMP(LabelRef("end"))
			}
		}
		Label("end")
		if k.sums {
			s.sums("sum", &sum, func(q Mem, v vector) { VMOVUPD(v, q) })
			s.sums("dot", &dot, func(q Mem, v vector) { VMOVUPD(v, q) })
		}
		end()
	}
}

// sums moves two vectors of float64 to or from the parameter called name.
func (s isa) sums(name string, acc *[2]vector, move func(q Mem, v vector)) {
	p := param(name)
	for i := range acc {
		if acc[i] == nil {
			acc[i] = s.vec()
		}
		move(Mem{Base: p, Disp: i * s.bytes()}, acc[i])
	}
}

// widen converts a vector of float32 to two vectors of float64.
func (s isa) widen(v vector) [2]vector {
	w := [2]vector{s.vec(), s.vec()}
	if s == avx512 {
		high := YMM()
		VEXTRACTF64X4(Imm(1), v, high)
		VCVTPS2PD(v.AsY(), w[0])
		VCVTPS2PD(high, w[1])
	} else {
		high := XMM()
		VEXTRACTF128(Imm(1), v, high)
		VCVTPS2PD(v.AsX(), w[0])
		VCVTPS2PD(high, w[1])
	}
	return w
}
