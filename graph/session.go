package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Config is what a session needs to know besides the network.
type Config struct {
	Batch    int // rows of a full batch
	Height   int // of an image, in pixels
	Width    int
	Channels int
	Classes  int
	Workers  int // goroutines inside an operation, 0 for one per processor; changes no result

	// Smoothing is the label smoothing of the training loss, 0 for none.
	Smoothing float64
	// Mixed lets the training loss take mixtures of two labels, see [Training.Mixture].
	Mixed bool
	// L2 is the weight of an L2 penalty on all weights (not biases, not batch
	// normalisation) in the training loss, 0 for none; see [Builder.L2Penalty].
	L2 float64

	// KeepValues computes each layer by itself, so that every node has its value
	// after a run. Otherwise a convolution computes the ReLU and the pooling behind
	// it as well, which is faster, and what lies between is not kept.
	KeepValues bool

	// Direct computes 3x3 convolutions of stride 1 as the formula says. Otherwise the
	// forward pass, and the gradient of the input where the gradient of the output has few
	// zeros, use Winograd's F(4x4, 3x3) where that is faster: half the time or less at some
	// six times the rounding error (1.3e-6 of the output instead of 2.2e-7, and 1.6e-6 of
	// the gradient instead of 4.1e-7, all root mean squares); docs/results.md finds no
	// trace of the forward pass's in the accuracy. Source: Lavin and Gray, arXiv:1509.09308.
	Direct bool

	// From names layers whose outputs are inputs of the session in place of the images;
	// what lies below them is not evaluated. See [Boundary].
	From []string
}

// session is a graph compiled for gorgonia's TapeMachine, with its inputs.
type session struct {
	builder *Builder
	inputs  []*gorgonia.Node
	logits  *gorgonia.Node
	vm      gorgonia.VM
}

func declare(params *Params, net Net, mode Mode, cfg Config) (*session, error) {
	if net == nil {
		return nil, fmt.Errorf("graph: no network")
	}
	b := NewBuilder(params, mode, cfg.Classes, cfg.Workers)
	x := b.Input("images", cfg.Batch, cfg.Height, cfg.Width, cfg.Channels)
	if b.err != nil {
		return nil, b.err
	}
	for _, name := range cfg.From {
		b.given[name] = nil
	}
	logits := b.declareNet(net, x)
	if b.err != nil {
		return nil, b.err
	}
	inputs := []*gorgonia.Node{x}
	for i, name := range cfg.From {
		if i == 0 {
			inputs = nil
		}
		if b.given[name] == nil {
			return nil, fmt.Errorf("there is no layer %q to start from; there are %s", name, b.names())
		}
		inputs = append(inputs, b.given[name])
	}
	if err := b.checkNet(x, logits, cfg.Batch); err != nil {
		return nil, err
	}
	if mode == Train {
		b.settle()
	}
	return &session{builder: b, inputs: inputs, logits: logits}, nil
}

// compile makes the machine that evaluates the whole graph or, if there are roots,
// these and what they need.
func (s *session) compile(cfg Config, roots ...*gorgonia.Node) error {
	if !cfg.KeepValues {
		if err := s.builder.fuse(!cfg.Direct); err != nil {
			return err
		}
	}
	whole := s.builder.graph
	if len(roots) > 0 {
		whole = whole.SubgraphRoots(roots...)
	}
	s.vm = gorgonia.NewTapeMachine(whole)
	return nil
}

func (s *session) run() error {
	s.vm.Reset()
	return s.vm.RunAll()
}

// Input is the tensor of the images, of shape batch, height, width, channels, to
// be filled before each run; with [Config.From], the output of the first layer there.
func (s *session) Input() *tensor.Dense { return s.Inputs()[0] }

// Inputs are the tensors to be filled before each run: the images or, with
// [Config.From], the outputs of the layers there, in the same order.
func (s *session) Inputs() []*tensor.Dense {
	list := make([]*tensor.Dense, len(s.inputs))
	for i, n := range s.inputs {
		list[i] = n.Value().(*tensor.Dense)
	}
	return list
}

// Logits is the value of the network's last layer in the last run, of shape batch,
// classes. It is overwritten by the next.
func (s *session) Logits() *tensor.Dense {
	v, _ := s.logits.Value().(*tensor.Dense)
	return v
}

// NonFinite says where the last run first met a number that is not finite: ", first
// in" a parameter or the output of a layer, or "" if it met none. Layers whose values
// are not kept (see [Config]) are passed over.
func (s *session) NonFinite() string {
	broken := func(v gorgonia.Value) bool {
		d, ok := v.(*tensor.Dense)
		if !ok {
			return false
		}
		switch x := d.Data().(type) {
		case []float32:
			return slices.ContainsFunc(x, func(v float32) bool { return v-v != 0 })
		case []float64:
			return slices.ContainsFunc(x, func(v float64) bool { return v-v != 0 })
		}
		return false
	}
	for _, l := range s.builder.layers {
		for _, p := range l.Params {
			if broken(p.value) {
				return fmt.Sprintf(", first in the parameter %s", p.name)
			}
		}
		if broken(l.Node.Value()) {
			return fmt.Sprintf(", first in the output of %s %q", l.Kind, l.Name)
		}
	}
	return ""
}

// Builder gives access to the graph and its layers.
func (s *session) Builder() *Builder { return s.builder }

// Node returns the node of the layer of that name, or nil.
func (s *session) Node(name string) *gorgonia.Node {
	for _, l := range s.builder.layers {
		if l.Name == name {
			return l.Node
		}
	}
	return nil
}

// Close releases the virtual machine.
func (s *session) Close() error {
	if s.vm == nil {
		return nil
	}
	return s.vm.Close()
}

// Training evaluates the loss of a network on a batch and its derivatives by the
// trainable parameters.
type Training struct {
	*session
	labels []int32
	others []int32 // nil unless mixed, and so are the shares
	shares []float32
	loss   *gorgonia.Node
}

// NewTraining declares net for training, with the softmax cross-entropy as loss,
// lets gorgonia differentiate it by every trainable parameter, and compiles the
// graph. Parameters that params lacks are created.
func NewTraining(params *Params, net Net, cfg Config) (*Training, error) {
	s, err := declare(params, net, Train, cfg)
	if err != nil {
		return nil, err
	}
	b := s.builder
	labels := b.Labels("labels", cfg.Batch)
	t := &Training{session: s}
	var loss *gorgonia.Node
	if cfg.Mixed {
		others, shares := b.Labels("second labels", cfg.Batch), b.Shares("shares", cfg.Batch)
		if loss = b.MixedCrossEntropy(s.logits, labels, others, shares, cfg.Smoothing); b.err == nil {
			t.others, t.shares = others.Value().Data().([]int32), shares.Value().Data().([]float32)
		}
	} else {
		loss = b.CrossEntropy(s.logits, labels, cfg.Smoothing)
	}
	if b.err == nil && cfg.L2 != 0 {
		if penalty := b.L2Penalty(cfg.L2, "*"); b.err == nil {
			loss, err = gorgonia.Add(loss, penalty)
			b.Fail(err)
		}
	}
	if b.err != nil {
		return nil, b.err
	}
	if len(b.learned) == 0 {
		return nil, fmt.Errorf("nothing is left to train: every parameter is frozen, or the network has none")
	}
	derivatives, err := gorgonia.Grad(loss, b.learned...)
	if err != nil {
		return nil, fmt.Errorf("differentiating the loss: %w", err)
	}
	var roots []*gorgonia.Node
	if len(cfg.From) > 0 {
		roots = append(derivatives, loss, s.logits)
	}
	if err := s.compile(cfg, roots...); err != nil {
		return nil, err
	}
	t.labels, t.loss = labels.Value().Data().([]int32), loss
	return t, nil
}

// Labels are the class labels of the batch, to be filled before each step.
func (t *Training) Labels() []int32 { return t.labels }

// Mixture are the second labels of the batch and the shares, 0 to 1, that the first
// ones have, to be filled before each step if the session is mixed; otherwise nil. See
// [Builder.MixedCrossEntropy].
func (t *Training) Mixture() (others []int32, shares []float32) { return t.others, t.shares }

// Step evaluates the loss and the derivatives on the first rows of the batch; the
// rest of the batch counts for nothing. It does not change the parameters, only the
// running statistics of batch normalisation: a solver's Step on [Training.Learned]
// does. step numbers the steps of a training run, for dropout.
func (t *Training) Step(rows int, step uint64) (loss float64, err error) {
	if rows < 1 || rows > len(t.labels) {
		return 0, fmt.Errorf("training step on %d rows, want 1 to %d", rows, len(t.labels))
	}
	for i := rows; i < len(t.labels); i++ {
		t.labels[i] = -1
	}
	t.builder.state.rows, t.builder.state.step = rows, step
	if err := t.run(); err != nil {
		return 0, err
	}
	return scalar(t.loss.Value())
}

// Learned lists the nodes of the trainable parameters, in the order of the store,
// for a gorgonia.Solver: Value is the parameter, Grad the derivative of the last
// step, Name the parameter's name.
func (t *Training) Learned() []gorgonia.ValueGrad {
	vg := make([]gorgonia.ValueGrad, len(t.builder.learned))
	for i, n := range t.builder.learned {
		vg[i] = n
	}
	return vg
}

// Loss is the node of the loss.
func (t *Training) Loss() *gorgonia.Node { return t.loss }

// Evaluation evaluates a network on a batch, without labels.
type Evaluation struct {
	*session
}

// NewEvaluation declares net for evaluation and compiles the graph. It sees what
// training writes to the parameters, because it holds the same tensors.
func NewEvaluation(params *Params, net Net, cfg Config) (*Evaluation, error) {
	s, err := declare(params, net, Eval, cfg)
	if err != nil {
		return nil, err
	}
	var roots []*gorgonia.Node
	if len(cfg.From) > 0 {
		roots = append(roots, s.logits)
	}
	if err := s.compile(cfg, roots...); err != nil {
		return nil, err
	}
	return &Evaluation{s}, nil
}

// Run evaluates the logits of the images in the input.
func (e *Evaluation) Run() error {
	e.builder.state.rows = e.logits.Shape()[0]
	return e.run()
}

// Describe declares net for evaluation on one image, without compiling it, and
// lists its layers. It creates the parameters that params lacks.
func Describe(params *Params, net Net, cfg Config) ([]Layer, error) {
	cfg.Batch = 1
	s, err := declare(params, net, Eval, cfg)
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.builder.layers), nil
}
