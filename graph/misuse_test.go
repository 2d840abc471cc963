package graph

import (
	"errors"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"inkstone/internal/misuse"
)

// misusedNet is a network with a dense layer.
func misusedNet(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Dense("fc", b.Flatten(x), b.Classes())
}

var misusedConfig = Config{Batch: 2, Height: 3, Width: 3, Channels: 1, Classes: 2, Workers: 1}

// built returns the error of a network that is declared for training.
func built(net Net) error {
	_, err := NewTraining(NewParams(1), net, misusedConfig)
	return err
}

// Every exported function that takes a pointer, a slice or a function returns an error for nil.
func TestNilArguments(t *testing.T) {
	sessions := map[string]func(ps *Params, net Net) error{
		"NewTraining":       func(ps *Params, net Net) error { _, err := NewTraining(ps, net, misusedConfig); return err },
		"NewEvaluation":     func(ps *Params, net Net) error { _, err := NewEvaluation(ps, net, misusedConfig); return err },
		"NewImageGradients": func(ps *Params, net Net) error { _, err := NewImageGradients(ps, net, misusedConfig, "fc"); return err },
		"NewActivations":    func(ps *Params, net Net) error { _, err := NewActivations(ps, net, misusedConfig, "fc"); return err },
		"Describe":          func(ps *Params, net Net) error { _, err := Describe(ps, net, misusedConfig); return err },
		"Boundary":          func(ps *Params, net Net) error { _, err := Boundary(ps, net, misusedConfig); return err },
	}
	for name, f := range sessions {
		misuse.Check(t,
			misuse.Call{Name: name + " without parameters", Call: func() error { return f(nil, misusedNet) }, Want: "parameter store"},
			misuse.Call{Name: name + " with a zero Params", Call: func() error { return f(&Params{}, misusedNet) }, Want: "parameter store"},
			misuse.Call{Name: name + " without a network", Call: func() error { return f(NewParams(1), nil) }, Want: "no network"},
		)
	}
	negative := misusedConfig
	negative.Workers = -1
	misuse.Check(t,
		misuse.Call{Name: "-1 workers", Call: func() error { _, err := NewEvaluation(NewParams(1), misusedNet, negative); return err }, Want: "-1 workers"},
		misuse.Call{Name: "CheckGradients", Call: func() error { return CheckGradients(nil, misusedConfig) }, Want: "no network"},
		misuse.Call{Name: "NewActivations without layers", Call: func() error {
			_, err := NewActivations(NewParams(1), misusedNet, misusedConfig)
			return err
		}, Want: "no layer"},
		misuse.Call{Name: "Freeze of no store", Call: func() error { return (*Params)(nil).Freeze("*") }, Want: "parameter store"},
		misuse.Call{Name: "Unfreeze of no store", Call: func() error { return (*Params)(nil).Unfreeze("*") }, Want: "parameter store"},
		misuse.Call{Name: "SetPortable", Call: func() error {
			ps := NewParams(1)
			if _, err := Describe(ps, misusedNet, misusedConfig); err != nil {
				return err
			}
			return ps.Get("fc.weight").SetPortable(nil, nil)
		}, Want: "fc.weight"},
	)
}

// Every layer reports a nil input, option, function or initializer with its kind and name.
func TestNilInNetwork(t *testing.T) {
	type node = gorgonia.Node
	layers := map[string]func(b *Builder, x *node) *node{
		"add":       func(b *Builder, x *node) *node { return b.Add(x, nil) },
		"avgpool":   func(b *Builder, x *node) *node { return b.AvgPool(nil, 2) },
		"batchnorm": func(b *Builder, x *node) *node { return b.BatchNorm("bn", nil) },
		"concat":    func(b *Builder, x *node) *node { return b.Concat(nil, x) },
		"conv":      func(b *Builder, x *node) *node { return b.Conv("c", nil, 2, 3) },
		"dense":     func(b *Builder, x *node) *node { return b.Dense("d", nil, 2) },
		"dropout":   func(b *Builder, x *node) *node { return b.Dropout(nil, 0.5) },
		"flatten":   func(b *Builder, x *node) *node { return b.Flatten(nil) },
		"gelu":      func(b *Builder, x *node) *node { return b.GELU(nil) },
		"globalavg": func(b *Builder, x *node) *node { return b.GlobalAvgPool(nil) },
		"leakyrelu": func(b *Builder, x *node) *node { return b.LeakyReLU(nil, 0.1) },
		"maxpool":   func(b *Builder, x *node) *node { return b.MaxPool(nil, 2) },
		"relu":      func(b *Builder, x *node) *node { return b.ReLU(nil) },
		"silu":      func(b *Builder, x *node) *node { return b.SiLU(nil) },
		"sigmoid":   func(b *Builder, x *node) *node { return b.Sigmoid(nil) },
		"softmax":   func(b *Builder, x *node) *node { return b.Softmax(nil) },
		"tanh":      func(b *Builder, x *node) *node { return b.Tanh(nil) },
		"mish": func(b *Builder, x *node) *node {
			op := func(y *tensor.Dense, in []*tensor.Dense) error { return nil }
			back := func(d []*tensor.Dense, dy, y *tensor.Dense, in []*tensor.Dense) error { return nil }
			return b.Apply("mish", Op{Forward: op, Backward: back}, nil)
		},
		"lacks Forward": func(b *Builder, x *node) *node { return b.Apply("mish", Op{}, x) },
		"0 inputs": func(b *Builder, x *node) *node {
			return b.Apply("mish", Op{Forward: func(*tensor.Dense, []*tensor.Dense) error { return nil }, Backward: func([]*tensor.Dense, *tensor.Dense, *tensor.Dense, []*tensor.Dense) error { return nil }})
		},
		"option 1":                       func(b *Builder, x *node) *node { return b.Conv("c", x, 2, 3, nil) },
		`parameter "c.weight"`:           func(b *Builder, x *node) *node { return b.Conv("c", x, 2, 3, Weights(nil)) },
		`parameter "s"`:                  func(b *Builder, x *node) *node { return b.Param("s", nil, 1) },
		"cross-entropy":                  func(b *Builder, x *node) *node { return b.CrossEntropy(nil, nil, 0) },
		"cross-entropy: logits":          func(b *Builder, x *node) *node { return b.MixedCrossEntropy(nil, nil, nil, nil, 0) },
		"the network returned no logits": func(b *Builder, x *node) *node { return nil },
		"my bug":                         func(b *Builder, x *node) *node { panic("my bug") },
		"has more than 2147483647":       func(b *Builder, x *node) *node { return b.Dense("d", b.Flatten(x), 1<<40) },
		"has more than 2147483647 ":      func(b *Builder, x *node) *node { return b.Param("p", Zeros, 1<<62, 4) },
	}
	for want, net := range layers {
		misuse.Check(t, misuse.Call{Name: want, Call: func() error { return built(net) }, Want: want})
	}
}

// A batch that no memory holds is an error.
func TestHugeBatch(t *testing.T) {
	cfg := misusedConfig
	cfg.Batch = 1 << 40
	misuse.Check(t, misuse.Call{Name: "batch", Call: func() error {
		_, err := NewEvaluation(NewParams(1), misusedNet, cfg)
		return err
	}, Want: `input "images"`})
}

// A closed session returns ErrClosed, and a session that is called within its run ErrRunning.
func TestClosedAndRunning(t *testing.T) {
	ps := NewParams(1)
	var evaluation *Evaluation
	var within, closing error
	op := Op{
		Forward: func(y *tensor.Dense, in []*tensor.Dense) error {
			if evaluation != nil {
				within, closing = evaluation.Run(), evaluation.Close()
			}
			return nil
		},
		Backward: func([]*tensor.Dense, *tensor.Dense, *tensor.Dense, []*tensor.Dense) error { return nil },
	}
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Dense("fc", b.Flatten(b.Apply("custom", op, x)), b.Classes())
	}
	e, err := NewEvaluation(ps, net, misusedConfig)
	if err != nil {
		t.Fatal(err)
	}
	evaluation = e
	if err := e.Run(); err != nil || !errors.Is(within, ErrRunning) || !errors.Is(closing, ErrRunning) {
		t.Errorf("Run returns %v, and within it Run %v and Close %v, want %v", err, within, closing, ErrRunning)
	}
	evaluation = nil
	s, err := NewTraining(ps, net, misusedConfig)
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewActivations(ps, net, misusedConfig, "fc")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		close func() error
		run   func() error
	}{
		"evaluation":  {e.Close, e.Run},
		"training":    {s.Close, func() error { _, err := s.Step(1, 0); return err }},
		"activations": {a.Close, a.Run},
	} {
		if err := c.close(); err != nil {
			t.Errorf("%s: Close returns %v", name, err)
		}
		if err := c.run(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: a run after Close returns %v, want %v", name, err, ErrClosed)
		}
		if err := c.close(); err != nil {
			t.Errorf("%s: the second Close returns %v", name, err)
		}
	}
}

// A panic in a custom operation is an error that names the operation.
func TestPanicInOp(t *testing.T) {
	for _, name := range []string{"Forward", "Backward"} {
		op := Op{
			Forward: func(*tensor.Dense, []*tensor.Dense) error {
				if name == "Forward" {
					panic("my bug")
				}
				return nil
			},
			Backward: func([]*tensor.Dense, *tensor.Dense, *tensor.Dense, []*tensor.Dense) error { panic("my bug") },
		}
		s, err := NewTraining(NewParams(1), func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Apply("faulty", op, b.Dense("fc", b.Flatten(x), b.Classes()))
		}, misusedConfig)
		if err != nil {
			t.Fatal(err)
		}
		misuse.Check(t, misuse.Call{Name: name, Call: func() error { _, err := s.Step(2, 0); return err }, Want: "faulty"})
		s.Close()
	}
}
