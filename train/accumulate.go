package train

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// accumulator adds up the gradients of the batches of an update. The solver sees it in
// place of the parameters' nodes.
type accumulator struct {
	nodes []gorgonia.ValueGrad // of the session
	sums  []gorgonia.ValueGrad // *accumulated, in the same order
	rows  int                  // of the batches so far
}

// accumulated is a parameter whose gradient is that of several batches.
type accumulated struct {
	gorgonia.ValueGrad
	name string
	sum  *tensor.Dense
}

// Name is the parameter's name, by which the solver knows it.
func (a *accumulated) Name() string { return a.name }

// Grad is the mean over the rows of all batches.
func (a *accumulated) Grad() (gorgonia.Value, error) { return a.sum, nil }

func newAccumulator(nodes []gorgonia.ValueGrad) *accumulator {
	a := &accumulator{nodes: nodes}
	for _, n := range nodes {
		sum := tensor.New(tensor.WithShape(n.Value().Shape()...), tensor.Of(tensor.Float32))
		a.sums = append(a.sums, &accumulated{n, n.(interface{ Name() string }).Name(), sum})
	}
	return a
}

// add adds the gradients of a batch, which are means over so many rows.
func (a *accumulator) add(rows int) error {
	for i, n := range a.nodes {
		g, err := n.Grad()
		if err != nil {
			return err
		}
		sum, weight := a.sums[i].(*accumulated).sum.Data().([]float32), float32(rows)
		if a.rows == 0 {
			clear(sum)
		}
		for j, v := range g.Data().([]float32) {
			sum[j] += weight * v
		}
	}
	a.rows += rows
	return nil
}

// mean makes the sums means over the rows, and returns the parameters with these. The
// next add begins anew.
func (a *accumulator) mean() []gorgonia.ValueGrad {
	scale := 1 / float32(a.rows)
	for _, s := range a.sums {
		sum := s.(*accumulated).sum.Data().([]float32)
		for j := range sum {
			sum[j] *= scale
		}
	}
	a.rows = 0
	return a.sums
}
