package graph

import (
	"testing"

	"gorgonia.org/gorgonia"
)

func TestMergeByHand(t *testing.T) {
	runHandWorked(t, Train, []handWorked{
		{"add", []int{1, 2}, []float64{1, -2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Add(x, b.ReLU(x), x) },
			[]float64{3, -4}, []int{1, 2}},
		{"concat", []int{2, 2}, []float64{1, -2, -3, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Concat(x, b.ReLU(x)) },
			[]float64{1, -2, 1, 0, -3, 4, 0, 4}, []int{2, 4}},
		{"concat images of different depth", []int{1, 1, 2, 1}, []float64{1, 2},
			func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
				return b.Concat(b.Conv("c", x, 2, 1, Weights(constant(10, 100))), x)
			},
			[]float64{10, 100, 1, 20, 200, 2}, []int{1, 1, 2, 3}},
	})
}

func TestMergeNaive(t *testing.T) {
	const rows, a, c = 3 * 5, 7, 2
	x := noise("merge", rows*a)
	s := compile(t, NewParams64(2), Train, []int{3, 5, 1, a}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Concat(b.Conv("c", x, c, 1), x, b.Add(x, x))
	})
	got := s.output(t, x)
	w := values(t, s.builder.params.Get("c.weight").Value())
	var want []float64
	for r := range rows {
		for k := range c {
			sum := 0.0
			for i := range a {
				sum += x[r*a+i] * w[i*c+k]
			}
			want = append(want, sum)
		}
		want = append(want, x[r*a:][:a]...)
		for _, v := range x[r*a:][:a] {
			want = append(want, 2*v)
		}
	}
	mustClose(t, "y", got, want, 1e-14)
}

// TestMergeGradients checks the gradient with respect to a node that is used several times,
// and a merge of a constant with learned nodes.
func TestMergeGradients(t *testing.T) {
	p := newProbe(t, NewParams64(1), []int{1, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		fixed := b.Flatten(b.Input("fixed", 1, 1, 1, 2))
		y := b.Concat(fixed, b.Add(x, fixed, x), x)
		return gorgonia.Must(gorgonia.Sum(y))
	})
	p.value(t)
	g, err := p.Learned()[0].Grad()
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, "gradient", values(t, g), []float64{3, 3}, 0)
}

func TestMergeErrors(t *testing.T) {
	runRefused(t, []refused{
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Add(x) }, `add "add1": 1 inputs, want at least 2`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Add() }, `add "add1": 0 inputs, want at least 2`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Add(x, b.Dense("d", x, 4)) },
			`add "add1": inputs have shapes [x (2, 3) d (2, 4)], want the same shape for all`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Concat(x) }, `concat "concat1": 1 inputs, want at least 2`},
		{[]int{2, 4, 4, 1}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Concat(x, b.Conv("c", x, 2, 3)) },
			`concat "concat1": inputs have shapes [x (2, 4, 4, 1) c (2, 2, 2, 2)], want equal shapes except for the last axis`},
		{[]int{2, 4, 4, 1}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Concat(x, b.Flatten(x)) },
			`concat "concat1": inputs have shapes [x (2, 4, 4, 1) flatten1 (2, 16)], want equal shapes except for the last axis`},
		{[]int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.Add(x, nil) }, `add "add1": input 2 is nil`},
	})
}
