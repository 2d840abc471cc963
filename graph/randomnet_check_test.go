package graph

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"inkstone/graph/kernelbench"
	"inkstone/internal/longtest"
)

var (
	networksFor  = flag.Duration("networks-for", 0, "compare random networks for this `time`; 0 means a fixed number")
	networksFrom = flag.Uint64("networks-from", 1, "`seed` of the first random network")
)

// TestRandomNetworks compares random networks on each kernel path of this processor with the
// portable float64 kernels: the loss, the logits, the gradients and the running statistics of
// two training steps, the second with a smaller batch, and the logits in evaluation. For every
// fourth network it also checks that the number of workers changes no bit.
func TestRandomNetworks(t *testing.T) {
	if len(kernelbench.Paths()) == 1 {
		t.Skip("this processor or this build has the portable kernels only")
	}
	before := kernelbench.Path()
	defer kernelbench.SetPath(before)
	number := uint64(longtest.Cases(20, 60))
	start := time.Now()
	layers := map[string]int{}
	seed, failed := *networksFrom, 0
	more := func() bool {
		if *networksFor > 0 {
			return time.Since(start) < *networksFor
		}
		return seed-*networksFrom < number
	}
	for ; more() && failed < 20; seed++ {
		if *networksFor > 0 {
			fmt.Fprintf(os.Stderr, "\rnetwork %d ", seed) // in case that the process ends
		}
		if err := checkRandomNet(seed, layers); err != nil {
			failed++
			t.Errorf("network %d (go test ./graph -run TestRandomNetworks -networks-from %d -networks-for 1ms): %v", seed, seed, err)
		}
	}
	t.Logf("%d networks on %s, %d failed; layers %v", seed-*networksFrom, strings.Join(kernelbench.Paths(), ", "), failed, layers)
}

// checkRandomNet compares the network of a seed on each path with the reference, and counts
// the kinds of its layers.
func checkRandomNet(seed uint64, count map[string]int) error {
	net, cfg := randomNet(seed)
	if err := kernelbench.SetPath("portable"); err != nil {
		return err
	}
	trial, err := newNetTrial(seed, net, cfg)
	if err != nil {
		return err
	}
	for _, l := range trial.layers {
		count[l.Kind]++
	}
	want := trial.run(NewParams64, cfg.Workers, nil)
	paths := kernelbench.Paths()
	got := make([]outcome, len(paths))
	for i, path := range paths {
		if err := kernelbench.SetPath(path); err != nil {
			return err
		}
		got[i] = trial.run(NewParams, cfg.Workers, nil)
		if seed%4 == 0 {
			if other := trial.run(NewParams, 4-cfg.Workers, nil); !maps.EqualFunc(other.values, got[i].values, slices.Equal) {
				return fmt.Errorf("path %s: %d and %d workers give different bits\n%s", path, cfg.Workers, 4-cfg.Workers, trial)
			}
		}
	}
	for i, path := range paths {
		if err := trial.compare(got[i], want); err != nil {
			return fmt.Errorf("path %s: %w\n%s", path, err, trial)
		}
	}
	return nil
}

// netTrial is a network with its parameters and two batches of images.
type netTrial struct {
	seed       uint64
	net        Net
	cfg        Config
	layers     []Layer
	params     map[string][]float64 // initial values, which float32 holds exactly
	frozen     []string
	images     [2][]float64
	rows, eval int // images in the second step and in the evaluation
}

func newNetTrial(seed uint64, net Net, cfg Config) (*netTrial, error) {
	r := rand.New(rand.NewPCG(seed, 3))
	c := &netTrial{seed: seed, net: net, cfg: cfg, params: map[string][]float64{}, rows: 1 + r.IntN(cfg.Batch), eval: 1 + r.IntN(9)}
	params := NewParams64(seed)
	var err error
	if c.layers, err = Describe(params, net, cfg); err != nil {
		return nil, err
	}
	freeze := r.IntN(4) == 0
	for _, p := range params.All() {
		v := slices.Clone(p.value.Data().([]float64))
		for i := range v {
			switch {
			case strings.HasSuffix(p.name, ".running_var"), strings.HasPrefix(p.name, "bn") && strings.HasSuffix(p.name, ".weight"):
				v[i] = 0.5 + r.Float64()
			case p.statistic || strings.HasSuffix(p.name, ".bias"):
				v[i] = 0.3 * r.NormFloat64()
			}
			v[i] = float64(float32(v[i]))
		}
		c.params[p.name] = v
		if freeze && r.IntN(2) == 0 && p.name != "logits.weight" {
			c.frozen = append(c.frozen, p.name)
		}
	}
	for i := range c.images {
		c.images[i] = make([]float64, max(cfg.Batch, 9)*cfg.Height*cfg.Width*cfg.Channels)
		zeros := r.Float64() / 2
		for j := range c.images[i] {
			if v := r.NormFloat64(); r.Float64() >= zeros {
				c.images[i][j] = float64(float32(v))
			}
		}
	}
	return c, nil
}

// outcome holds what a network has computed, by name, or the error of a step.
type outcome struct {
	values map[string][]float64
	err    error
}

// run evaluates the network over a new store. change, unless nil, changes the parameters and the
// images.
func (c *netTrial) run(newParams func(seed uint64) *Params, workers int, change func(float64) float64) outcome {
	out := outcome{values: map[string][]float64{}}
	params, cfg := newParams(c.seed), c.cfg
	cfg.Workers = workers
	set := func(d *tensor.Dense, x []float64) {
		if change != nil {
			x = slices.Clone(x)
			for i, v := range x {
				x[i] = change(v)
			}
		}
		fill(d, x)
	}
	out.err = func() error {
		if _, err := Describe(params, c.net, cfg); err != nil {
			return err
		}
		for _, p := range params.All() {
			set(p.value, c.params[p.name])
		}
		if len(c.frozen) > 0 {
			if err := params.Freeze(c.frozen...); err != nil {
				return err
			}
		}
		reference := params.dtype == tensor.Float64
		list := passes
		if reference {
			list = passesWithout("share memory")
		}
		s, err := compileTraining(params, c.net, cfg, list)
		if err != nil {
			return err
		}
		defer s.Close()
		if reference { // the second step too is the machine's
			s.program = nil
		}
		for step, rows := range []int{cfg.Batch, c.rows} {
			set(s.Input(), c.images[step])
			if !reference {
				spoilGradients(s.session)
			}
			for i := range s.labels {
				s.labels[i] = int32((i + step) % cfg.Classes)
			}
			loss, err := s.Step(rows, uint64(step))
			if err != nil {
				return err
			}
			out.values[fmt.Sprintf("loss of step %d", step)] = []float64{loss}
			logits, _ := float64Values(s.Logits())
			out.values[fmt.Sprintf("logits of step %d", step)] = logits[:rows*cfg.Classes]
			for i, vg := range s.Learned() {
				g, err := vg.Grad()
				if err != nil {
					return err
				}
				v, err := float64Values(g)
				if err != nil {
					return err
				}
				out.values[fmt.Sprintf("gradient of %s in step %d", s.builder.learned[i].Name(), step)] = v
			}
		}
		for _, p := range params.All() {
			if p.statistic {
				out.values[p.name], _ = float64Values(p.value)
			}
		}
		return nil
	}()
	evaluation := func() error {
		cfg.Batch = c.eval
		e, err := NewEvaluation(params, c.net, cfg)
		if err != nil {
			return err
		}
		defer e.Close()
		set(e.Input(), c.images[0])
		if err := e.Run(); err != nil {
			return err
		}
		out.values["logits in evaluation"], err = float64Values(e.Logits())
		return err
	}
	if err := evaluation(); err != nil && out.err == nil {
		out.err = err
	}
	return out
}

// compare returns an error unless the values that a path computed agree with want, within 1e-3
// of the largest value of a tensor or 3e-4 of the largest gradient. It accepts more where float32
// cannot do better: at a tie of a max-pooling or a kink of an activation, where a change of the
// inputs by 1e-6 changes as much; and where terms cancel, as in the gradient of a bias before a
// batch normalization, or where a normalization by a variance of about zero magnifies rounding
// errors. A change of the inputs by some 1e-15 shows the rounding errors of float64 there, and
// those of float32 are 2^29 times as large. It shows none if the terms cancel exactly in their order
// in float64, so a gradient of zero may differ by 3e-2 of the largest gradient. A batch with a single value for a variance must be an
// error in both.
func (c *netTrial) compare(got, want outcome) error {
	if got.err != nil || want.err != nil {
		const excused = "a variance needs at least 2"
		if got.err != nil && want.err != nil && strings.Contains(want.err.Error(), excused) && strings.Contains(got.err.Error(), excused) {
			return nil
		}
		return fmt.Errorf("error %v, want %v", got.err, want.err)
	}
	gradient := 0.0
	for name, v := range want.values {
		if strings.HasPrefix(name, "gradient") {
			gradient = max(gradient, largest(v))
		}
	}
	var kinks, rounding []outcome
	for _, name := range slices.Sorted(maps.Keys(want.values)) {
		g, w := got.values[name], want.values[name]
		if len(g) != len(w) {
			return fmt.Errorf("%s has %d elements, want %d", name, len(g), len(w))
		}
		allowed := 1e-3 * largest(w)
		if strings.HasPrefix(name, "gradient") {
			allowed = max(allowed, 3e-4*gradient)
		}
		e := worst(g, w)
		if e <= allowed {
			continue
		}
		if kinks == nil {
			kinks, rounding = c.perturbed(1e-6), c.perturbed(1e-15)
		}
		if largest(w) <= 1e-9*gradient {
			allowed = max(allowed, 3e-2*gradient)
		}
		for i := range kinks {
			allowed = max(allowed, 10*worst(kinks[i].values[name], w), 10*(1<<29)*worst(rounding[i].values[name], w))
		}
		if !(e <= allowed) {
			return fmt.Errorf("%s differs by %.3g from values up to %.3g (gradients up to %.3g); %.3g is allowed", name, e, largest(w), gradient, allowed)
		}
	}
	return nil
}

// perturbed returns what eight evaluations in float64 compute with parameters and images that
// are changed by about this relative amount.
func (c *netTrial) perturbed(amount float64) []outcome {
	r := rand.New(rand.NewPCG(c.seed, 4))
	out := make([]outcome, 8)
	for i := range out {
		out[i] = c.run(NewParams64, 1, func(v float64) float64 { return v * (1 + amount*r.NormFloat64()) })
	}
	return out
}

// largest returns the largest absolute value.
func largest(v []float64) float64 {
	m := 0.0
	for _, x := range v {
		m = max(m, math.Abs(x))
	}
	return m
}

// worst returns the largest difference, NaN if one is NaN.
func worst(a, b []float64) float64 {
	m := 0.0
	for i := range a {
		m = max(m, math.Abs(a[i]-b[i]))
	}
	return m
}

// float64Values returns the elements of a tensor as float64.
func float64Values(v any) ([]float64, error) {
	d, ok := v.(*tensor.Dense)
	if !ok {
		return nil, fmt.Errorf("a value of type %T, want a tensor", v)
	}
	switch s := d.Data().(type) {
	case []float64:
		return slices.Clone(s), nil
	case []float32:
		out := make([]float64, len(s))
		for i, e := range s {
			out[i] = float64(e)
		}
		return out, nil
	}
	return nil, fmt.Errorf("a tensor of %v, want floats", d.Dtype())
}

// String lists the layers with their shapes and parameters.
func (c *netTrial) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%+v, second step on %d, evaluation on %d, frozen %v\n", c.cfg, c.rows, c.eval, c.frozen)
	for _, l := range c.layers {
		fmt.Fprintf(&s, "  %s %s %v", l.Kind, l.Name, l.Output)
		for _, p := range l.Params {
			fmt.Fprintf(&s, " %v", p.PortableShape())
		}
		fmt.Fprintln(&s)
	}
	return s.String()
}
