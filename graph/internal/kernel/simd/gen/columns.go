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
	products := func(load func(string, int) vector, acc [][]vector, j int, _ func(vector)) {
		d, x := load("dy", j), load("x", j)
		VSUBPS(load("mean", j), x, x)
		VADDPS(d, acc[0][j], acc[0][j])
		VFMADD231PS(x, d, acc[1][j])
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
		{"products", []string{"dy", "x", "mean"}, []string{"acc", "dot"}, products},
		// reluProducts: the same with dy = 0 where y is not above zero.
		{"reluProducts", []string{"dy", "y", "x", "mean"}, []string{"acc", "dot"}, func(load func(string, int) vector, acc [][]vector, j int, store func(vector)) {
			products(func(array string, j int) vector {
				v := load(array, j)
				if array == "dy" {
					zero := s.vec()
					s.zero(zero)
					s.keepPositive(load("y", j), v, zero)
				}
				return v
			}, acc, j, store)
		}},
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
			for _, name := range []string{"x", "dx", "dy", "y", "mean"} {
				if slices.Contains(k.arrays, name) {
					ptr[name] = param(name)
				}
			}
			rows := param("rows")
			Label("row")
			for j := range nv {
				load := func(name string, j int) vector {
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
