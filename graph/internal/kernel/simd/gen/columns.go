package main

import (
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columns emits the kernels that add the sums over the rows of a matrix to acc, for one, two
// or four vectors of columns at a time.
func columns(s isa) {
	products := func(masked bool) func(func(string, int) vector, [][]vector, int, func(vector)) {
		return func(load func(string, int) vector, acc [][]vector, j int, _ func(vector)) {
			d, x := load("dy", j), load("x", j)
			VSUBPS(load("mean", j), x, x)
			if masked {
				zero := s.vec()
				s.zero(zero)
				s.keepActive(x, load("scale", j), load("shift", j), d, zero)
			}
			VADDPS(d, acc[0][j], acc[0][j])
			VFMADD231PS(x, d, acc[1][j])
		}
	}
	kinds := []struct {
		name   string
		arrays []string
		sums   []string
		step   func(load func(array string, j int) vector, acc [][]vector, j int, store func(v vector))
	}{
		{"sum", []string{"x"}, []string{"acc"}, func(load func(string, int) vector, acc [][]vector, j int, _ func(vector)) {
			VADDPS(load("x", j), acc[0][j], acc[0][j])
		}},
		// reluSum: dx = dy where y > 0, else 0; acc += dx.
		{"reluSum", []string{"dx", "dy", "y"}, []string{"acc"}, func(load func(string, int) vector, acc [][]vector, j int, store func(vector)) {
			d, zero := load("dy", j), s.vec()
			s.zero(zero)
			s.keepPositive(load("y", j), d, zero)
			VADDPS(d, acc[0][j], acc[0][j])
			store(d)
		}},
		// squares: acc += (x-mean)^2.
		{"squares", []string{"x", "mean"}, []string{"acc"}, func(load func(string, int) vector, acc [][]vector, j int, _ func(vector)) {
			d := load("x", j)
			VSUBPS(load("mean", j), d, d)
			VFMADD231PS(d, d, acc[0][j])
		}},
		// products: acc += dy; dot += dy*(x-mean).
		{"products", []string{"dy", "x", "mean"}, []string{"acc", "dot"}, products(false)},
		// reluProducts: the same with dy = 0 where (x-mean)*scale + shift is not above zero.
		{"reluProducts", []string{"dy", "x", "mean", "scale", "shift"}, []string{"acc", "dot"}, products(true)},
	}
	for _, k := range kinds {
		for _, nv := range []int{1, 2, 4} {
			s.begin(k.name, nv)
			stride := floats("stride")
			tail := s.mask(param("lanes"))
			moveAt := func(j int) move {
				if j == nv-1 {
					return move{load: tail.load, store: tail.store}
				}
				return whole
			}
			acc := s.grid(len(k.sums), nv)
			at := func(p reg.GPVirtual, j int) Mem { return Mem{Base: p, Disp: j * s.bytes()} }
			for i, name := range k.sums {
				p := param(name)
				for j := range nv {
					moveAt(j).load(at(p, j), acc[i][j])
				}
			}
			ptr := map[string]reg.GPVirtual{}
			for _, name := range []string{"x", "dx", "dy", "y", "mean", "scale", "shift"} {
				if slices.Contains(k.arrays, name) {
					ptr[name] = param(name)
				}
			}
			factors := map[string][]vector{}
			if s.masks { // AVX-512 has registers for the factors of all columns
				for _, name := range []string{"mean", "scale", "shift"} {
					if p, ok := ptr[name]; ok {
						factors[name] = s.vecs(nv)
						for j, v := range factors[name] {
							moveAt(j).load(at(p, j), v)
						}
					}
				}
			}
			rows := param("rows")
			Label("row")
			for j := range nv {
				load := func(name string, j int) vector {
					if f := factors[name]; f != nil {
						return f[j]
					}
					v := s.vec()
					moveAt(j).load(at(ptr[name], j), v)
					return v
				}
				k.step(load, acc, j, func(v vector) { moveAt(j).store(v, at(ptr["dx"], j)) })
			}
			for _, name := range []string{"x", "dx", "dy", "y"} {
				if p, ok := ptr[name]; ok {
					ADDQ(stride, p)
				}
			}
			DECQ(rows)
			JNZ(LabelRef("row"))
			for i, name := range k.sums {
				p := param(name)
				for j := range nv {
					moveAt(j).store(acc[i][j], at(p, j))
				}
			}
			end()
		}
	}
}
