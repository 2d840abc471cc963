package graph

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/graph/internal/kernel"
)

// Distillation adds the answers of another network, the teacher, to the training loss. With the
// weight w and the temperature T the loss is
//
//	(1-w) * cross-entropy + w * T² * mean over the used rows of sum over k of p[k] * (log p[k] - log q[k])
//
// where p is the softmax of the teacher's logits divided by T, and q that of the network's. The zero
// Distillation leaves the loss as it is. Source: Hinton, Vinyals and Dean, "Distilling the
// knowledge in a neural network", arXiv:1503.02531.
type Distillation struct {
	Weight      float64 // 0 to 1
	Temperature float64 // above 0
}

// check returns an error if a field is out of range.
func (d Distillation) check() error {
	if !(d.Weight >= 0 && d.Weight <= 1) {
		return fmt.Errorf("distillation: the weight is %v, want 0 to 1", d.Weight)
	}
	if d.Weight > 0 && !(d.Temperature > 0 && !math.IsInf(d.Temperature, 0)) {
		return fmt.Errorf("distillation: the temperature is %v, want a finite number above 0", d.Temperature)
	}
	return nil
}

// distill adds the term of the teacher to the loss of c.
func (c *compilation) distill(d Distillation) error {
	if err := d.check(); err != nil || d.Weight == 0 {
		return err
	}
	b := c.builder
	c.teacher = b.newInput("teacher", tensor.New(tensor.WithShape(c.logits.Shape()...), tensor.Of(b.params.dtype)))
	in := []*gorgonia.Node{c.logits, c.teacher, c.labels}
	term, err := forDtype(b,
		func() (*gorgonia.Node, error) { return distillation[float32](b, in, d.Temperature) },
		func() (*gorgonia.Node, error) { return distillation[float64](b, in, d.Temperature) })
	if err != nil {
		return err
	}
	parts := [2]*gorgonia.Node{c.loss, term}
	for i, factor := range []float64{1 - d.Weight, d.Weight} {
		constant := gorgonia.NewConstant(float32(factor))
		if b.params.dtype == tensor.Float64 {
			constant = gorgonia.NewConstant(factor)
		}
		if parts[i], err = gorgonia.Mul(parts[i], constant); err != nil {
			return err
		}
	}
	c.loss, err = gorgonia.Add(parts[0], parts[1])
	return err
}

// distillation declares the term of the teacher over in: the logits, those of the teacher, and the
// labels, which are below 0 in rows that are not used.
func distillation[T kernel.Float](b *Builder, in []*gorgonia.Node, temperature float64) (*gorgonia.Node, error) {
	shape := in[0].Shape()
	classes := shape[1]
	loss, set := newScalar[T]()
	excess := make([]float64, shape.TotalSize()) // q - p, 0 in rows that are not used
	q, p := make([]float64, classes), make([]float64, classes)
	used := 0
	o := &op{name: "distillation", out: loss, needsGrad: []bool{b.needsGradient(in[0]), false, false}}
	o.run = func(in []gorgonia.Value) error {
		var x, z []T
		if err := readInputs(in, &x, &z); err != nil {
			return err
		}
		sum := 0.0
		used = 0
		clear(excess)
		for row, label := range in[2].Data().([]int32) {
			if label < 0 {
				continue
			}
			used++
			first := row * classes
			logQ := softened(q, x[first:first+classes], temperature)
			logP := softened(p, z[first:first+classes], temperature)
			for k := range classes {
				sum += p[k] * (float64(z[first+k])/temperature - logP - float64(x[first+k])/temperature + logQ)
				excess[first+k] = q[k] - p[k]
			}
		}
		set(temperature * temperature * sum / float64(max(1, used)))
		return nil
	}
	o.gradient = func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
		var dx []T
		back, err := applyBackward(o, newGradients(o, in, &dx), func(in []gorgonia.Value) error {
			dloss, err := scalarValue(in[0])
			if err != nil {
				return err
			}
			for i, e := range excess {
				dx[i] = T(dloss * temperature * e / float64(max(1, used)))
			}
			return nil
		}, grad, out)
		if err != nil {
			return nil, err
		}
		return gorgonia.Nodes{back[0], nil, nil}, nil
	}
	return applyOp(o, in...)
}

// softened writes the softmax of x divided by the temperature to p, and returns the logarithm of the
// sum of the exponentials.
func softened[T kernel.Float](p []float64, x []T, temperature float64) float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, float64(v)/temperature)
	}
	sum := 0.0
	for k, v := range x {
		p[k] = math.Exp(float64(v)/temperature - largest)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return largest + math.Log(sum)
}

// Teacher returns the logits of the teacher for the batch, batch x classes, to fill before each
// step. It is nil unless [Loss].Distillation has a weight.
func (t *Training) Teacher() []float32 {
	if t.teacher == nil {
		return nil
	}
	v, _ := t.teacher.Value().Data().([]float32)
	return v
}
