package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/digits"
)

// fitFast trains fast with its recipe and returns it with its validation accuracy in percent.
func fitFast(ctx context.Context, e *Env) (*model.Model, float64, error) {
	c, _ := train.Recipe("fast")
	c.Workers = 1
	m, err := fit(ctx, "fast", e.Training, c)
	if err != nil {
		return nil, 0, err
	}
	v, err := percent(ctx, m, e.Validation)
	return m, v, err
}

// filters trains the network fast and returns its filters and its feature maps of a built-in digit.
func filters(ctx context.Context, e *Env) (*Result, error) {
	m, v, err := fitFast(ctx, e)
	if err != nil {
		return nil, err
	}
	r := &Result{}
	r.add("accuracy", 0.2, v)
	image := exampleDigit()
	r.list("image", bytesToList(image))
	for name, layer := range map[string]string{"maps1": "relu1", "maps2": "relu2"} {
		maps, err := m.Features(layer, image)
		if err != nil {
			return nil, err
		}
		r.list(name, floats(maps.Values))
	}
	kernels, err := m.Filters("conv1")
	if err != nil {
		return nil, err
	}
	r.list("kernels", floats(kernels.Values))
	return r, nil
}

// exampleDigit returns the built-in seven that the figures show.
func exampleDigit() []byte {
	const seed = 3
	pixels := make([]byte, digits.Size*digits.Size)
	for i, label := range digits.Labels(seed, 10) {
		if label == 7 {
			digits.Draw(seed, i, pixels)
		}
	}
	return pixels
}

func bytesToList(b []byte) []float64 {
	out := make([]float64, len(b))
	for i, v := range b {
		out[i] = float64(v)
	}
	return out
}

func floats(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// learningRates are those that the experiment rates tries.
var learningRates = []float64{0.001, 0.01, 0.1, 0.5, 2}

// rates trains with plain gradient descent at several constant learning rates.
func rates(ctx context.Context, e *Env) (*Result, error) {
	r := &Result{}
	for _, rate := range learningRates {
		var losses []float64
		var before float64
		c := plain(e.Training.Len(), 0, 1)
		var err error
		if c.Optimizer, err = solver.Defaults("sgd"); err != nil {
			return nil, err
		}
		c.Optimizer.Momentum, c.Optimizer.LearningRate, c.Schedule = 0, rate, constant()
		c.Callbacks = []train.Callback{{Step: func(s train.Step) error {
			total := s.Loss * float64(s.Step)
			losses = append(losses, total-before)
			if before = total; s.Step == 300 {
				return train.ErrStop
			}
			return nil
		}}}
		m, err := fit(ctx, width(8), e.Training, c)
		if err != nil && !errors.Is(err, train.ErrDiverged) {
			return nil, err
		}
		diverged := err != nil
		for len(losses) < 300 {
			losses = append(losses, 20)
		}
		r.list(fmt.Sprintf("loss.%g", rate), smooth(losses, 10))
		v := 10.0
		if !diverged {
			if v, err = percent(ctx, m, e.Validation); err != nil {
				return nil, err
			}
		}
		r.add(fmt.Sprintf("accuracy.%g", rate), 3, v)
		e.Log("rate %g: %.2f %%", rate, v)
	}
	return r, nil
}

// smooth returns the means of n values in turn.
func smooth(values []float64, n int) []float64 {
	var out []float64
	for i := 0; i+n <= len(values); i += n {
		var sum float64
		for _, v := range values[i : i+n] {
			sum += v
		}
		out = append(out, sum/float64(n))
	}
	return out
}

// decay trains with penalties and with weight decay, for plain gradient descent and for Adam, and
// measures the norm of the weights.
func decay(ctx context.Context, e *Env) (*Result, error) {
	few, err := e.Training.PerClass(300, 1)
	if err != nil {
		return nil, err
	}
	type trial struct {
		optimizer, setting string
		strength           float64
	}
	var trials []trial
	for _, optimizer := range []string{"sgd", "adam"} {
		for _, setting := range []string{"l2", "decay"} {
			for _, strength := range []float64{0, 0.001, 0.01, 0.1} {
				trials = append(trials, trial{optimizer, setting, strength})
			}
		}
	}
	const runs = 3
	norms, scores := make([]float64, len(trials)*runs), make([]float64, len(trials)*runs)
	err = parallel(len(trials)*runs, func(i int) error {
		t := trials[i/runs]
		c := plain(few.Len(), 940, uint64(i%runs+1))
		var err error
		if c.Optimizer, err = solver.Defaults(t.optimizer); err != nil {
			return err
		}
		c.Schedule = constant()
		if t.optimizer == "sgd" {
			c.Optimizer.Momentum, c.Optimizer.LearningRate = 0, 0.1
		} else {
			c.Optimizer.LearningRate = 0.002
		}
		if t.setting == "l2" {
			c.Optimizer.L2 = t.strength
		} else {
			c.Optimizer.WeightDecay = t.strength
		}
		m, err := fit(ctx, width(8), few, c)
		if err != nil {
			return err
		}
		norms[i] = norm(m)
		scores[i], err = percent(ctx, m, e.Validation)
		return err
	})
	if err != nil {
		return nil, err
	}
	r := &Result{}
	for i, t := range trials {
		name := fmt.Sprintf("%s.%s.%g", t.optimizer, t.setting, t.strength)
		r.add(name+".norm", 0.2, norms[i*runs:(i+1)*runs]...)
		r.add(name+".accuracy", 0.4, scores[i*runs:(i+1)*runs]...)
	}
	return r, nil
}

// weights returns the parameters with two axes or more.
func weights(m *model.Model) []*graph.Param {
	var list []*graph.Param
	for _, p := range m.Params.All() {
		if len(p.PortableShape()) > 1 {
			list = append(list, p)
		}
	}
	return list
}

// norm returns the Euclidean norm of the weights.
func norm(m *model.Model) float64 {
	var sum float64
	for _, p := range weights(m) {
		for _, w := range p.Portable() {
			sum += float64(w) * float64(w)
		}
	}
	return math.Sqrt(sum)
}

// gridSize is the number of points of the loss surface along each direction.
const gridSize = 25

// landscape evaluates the loss around a trained network, along two random directions that are scaled
// filter by filter: Li et al., arXiv:1712.09913.
func landscape(ctx context.Context, e *Env) (*Result, error) {
	few, err := e.Training.PerClass(50, 1)
	if err != nil {
		return nil, err
	}
	m, err := fit(ctx, width(8), e.Training, plain(e.Training.Len(), 780, 1))
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(1, 0))
	type parameter struct {
		p              *graph.Param
		center, d1, d2 []float32
	}
	var all []parameter
	for _, p := range m.Params.All() {
		center := p.Portable()
		all = append(all, parameter{p, center, direction(p, center, random), direction(p, center, random)})
	}
	r := &Result{}
	surface := make([]float64, 0, gridSize*gridSize)
	for row := range gridSize {
		for column := range gridSize {
			a, b := float32(row)/(gridSize-1)*2-1, float32(column)/(gridSize-1)*2-1
			for _, q := range all {
				moved := make([]float32, len(q.center))
				for i := range moved {
					moved[i] = q.center[i] + a*q.d1[i] + b*q.d2[i]
				}
				if err := q.p.SetPortable(q.p.PortableShape(), moved); err != nil {
					return nil, err
				}
			}
			score, err := train.Evaluate(ctx, m, few, 1)
			if err != nil {
				return nil, err
			}
			surface = append(surface, score.Loss)
		}
	}
	r.list("surface", surface)
	r.add("center", 0.05, surface[len(surface)/2])
	r.add("corner", 3, surface[0])
	return r, nil
}

// direction returns random numbers, scaled so that those of each output of a weight have the norm of
// the weights themselves. Biases do not move.
func direction(p *graph.Param, values []float32, random *rand.Rand) []float32 {
	d := make([]float32, len(values))
	shape := p.PortableShape()
	if len(shape) < 2 {
		return d
	}
	size := len(values) / shape[0]
	for start := 0; start < len(d); start += size {
		var own, drawn float64
		for i := start; i < start+size; i++ {
			d[i] = float32(random.NormFloat64())
			own += float64(values[i]) * float64(values[i])
			drawn += float64(d[i]) * float64(d[i])
		}
		for i := start; i < start+size; i++ {
			d[i] *= float32(math.Sqrt(own / drawn))
		}
	}
	return d
}
