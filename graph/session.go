package graph

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Config holds the settings of a session.
type Config struct {
	Batch    int // images in a full batch
	Height   int // of an image, in pixels
	Width    int
	Channels int
	Classes  int
	Workers  int // goroutines inside an operation, 0 for one per processor; no result depends on it

	Loss Loss // of a training session

	// KeepValues makes every operation compute its own output, so that after a run each
	// node has its value. By default a convolution also computes the ReLU and the pooling
	// that follow it, and without a gradient a batch normalization and a sum too, which is
	// faster but does not compute the values in between. And a gradient with respect to a
	// layer's output shares memory with others, which overwrite it later in the step.
	KeepValues bool

	// Direct computes 3x3 and 5x5 convolutions of stride 1 by their definition. By default
	// the forward pass uses Winograd's F(4x4, 3x3) and F(2x2, 5x5) where they are faster, and
	// where the gradient with respect to the output has few zeros, so do the gradients with
	// respect to the input and, for 3x3, the weights. Winograd's algorithm takes half the
	// time or less and has four to six times the rounding error: 1.3e-6 of the output instead
	// of 2.2e-7, and of the two gradients 1.6e-6 instead of 4.1e-7 and 1.3e-6 instead of
	// 3.1e-7, all root mean squares. docs/results.md finds no effect of the forward pass's error on accuracy.
	// Source: Lavin and Gray, arXiv:1509.09308.
	Direct bool

	// KeepStatistics makes a training step leave the running statistics of batch
	// normalization as they are, for [Training.MoveStatistics].
	KeepStatistics bool

	// From names layers whose outputs are the inputs of the session in place of the
	// images. The layers below them are not evaluated. See [Boundary].
	From []string
}

// Errors of a session, to test for with [errors.Is].
var (
	// ErrClosed is the error of a run after Close.
	ErrClosed = errors.New("the session is closed")
	// ErrRunning is the error of a call during a run, by another goroutine or by a custom
	// operation.
	ErrRunning = errors.New("the session is for one goroutine, and it is running")
)

// The states of a session.
const (
	idle int32 = iota
	running
	closed
)

// session is a graph compiled for gorgonia's TapeMachine, with its inputs.
type session struct {
	builder *Builder
	inputs  []*gorgonia.Node
	logits  *gorgonia.Node
	vm      gorgonia.VM
	program *program // nil if only vm can run the graph
	state   atomic.Int32
}

// run evaluates the graph.
func (s *session) run() error { return s.runAfter(func() {}) }

// runAfter calls prepare and evaluates the graph, unless the session is closed or running.
func (s *session) runAfter(prepare func()) error {
	if !s.state.CompareAndSwap(idle, running) {
		return s.stateError()
	}
	defer s.state.Store(idle)
	prepare()
	if s.program != nil && s.program.ready {
		return s.program.run()
	}
	s.vm.Reset()
	if err := s.vm.RunAll(); err != nil {
		return err
	}
	if s.program != nil {
		s.program.ready = true
	}
	return nil
}

// stateError returns the error of a session that is not idle.
func (s *session) stateError() error {
	if s.state.Load() == closed {
		return fmt.Errorf("graph: %w", ErrClosed)
	}
	return fmt.Errorf("graph: %w", ErrRunning)
}

// Input returns the first tensor of [session.Inputs], which is the only one unless
// [Config.From] names several layers.
func (s *session) Input() *tensor.Dense { return s.Inputs()[0] }

// Inputs returns the tensors to fill before each run: the images, of shape batch, height,
// width, channels, or with [Config.From] the outputs of its layers, in the same order.
func (s *session) Inputs() []*tensor.Dense {
	list := make([]*tensor.Dense, len(s.inputs))
	for i, n := range s.inputs {
		list[i] = n.Value().(*tensor.Dense)
	}
	return list
}

// Logits returns the logits of the last run, of shape batch, classes. The next run
// overwrites them.
func (s *session) Logits() *tensor.Dense {
	v, _ := s.logits.Value().(*tensor.Dense)
	return v
}

// Builder returns the builder, which holds the graph and its layers.
func (s *session) Builder() *Builder { return s.builder }

// Node returns the node of the layer of that name, or nil.
func (s *session) Node(name string) *gorgonia.Node { return s.builder.layerNode(name) }

// Close releases the virtual machine. Later runs return [ErrClosed]; another Close does nothing.
// During a run Close returns [ErrRunning].
func (s *session) Close() error {
	switch {
	case s.state.CompareAndSwap(idle, closed):
	case s.state.Load() == closed:
		return nil
	default:
		return s.stateError()
	}
	if s.vm == nil {
		return nil
	}
	return s.vm.Close()
}

// Training evaluates the loss of a network on a batch and its gradients with respect to the
// trainable parameters.
type Training struct {
	*session
	labels  []int32
	others  []int32   // nil unless Loss.Mixed
	shares  []float32 // nil unless Loss.Mixed
	loss    *gorgonia.Node
	teacher *gorgonia.Node // nil unless Loss.Distillation
}

// NewTraining declares net for training, with the softmax cross-entropy as its loss,
// differentiates the loss with respect to every trainable parameter, and compiles the
// graph. It creates the parameters that params lacks.
func NewTraining(params *Params, net Net, cfg Config) (*Training, error) {
	return compileTraining(params, net, cfg, passes)
}

// compileTraining is [NewTraining] with a list of passes.
func compileTraining(params *Params, net Net, cfg Config, list []pass) (*Training, error) {
	c := &compilation{purpose: forTraining, params: params, net: net, cfg: cfg}
	if err := runPasses(c, list); err != nil {
		return nil, err
	}
	t := &Training{session: c.session(), labels: c.labels.Value().Data().([]int32), loss: c.loss, teacher: c.teacher}
	if cfg.Loss.Mixed {
		t.others, t.shares = c.otherLabels.Value().Data().([]int32), c.shares.Value().Data().([]float32)
	}
	return t, nil
}

// Labels returns the class labels of the batch, to fill before each step.
func (t *Training) Labels() []int32 { return t.labels }

// Mixture returns the second labels of the batch and the shares, 0 to 1, of the first
// labels, to fill before each step. Both are nil unless [Loss].Mixed is set. See
// [Builder.MixedCrossEntropy].
func (t *Training) Mixture() (others []int32, shares []float32) { return t.others, t.shares }

// Step evaluates the loss and the gradients on the first rows of the batch and ignores the
// others. step is the number of the training step, for dropout. Step changes the running
// statistics of batch normalization but no other parameter; a solver does that, by
// [Training.Learned].
func (t *Training) Step(rows int, step uint64) (loss float64, err error) {
	if rows < 1 || rows > len(t.labels) {
		return 0, fmt.Errorf("training step on %d rows, want 1 to %d", rows, len(t.labels))
	}
	err = t.runAfter(func() {
		for i := rows; i < len(t.labels); i++ {
			t.labels[i] = -1
		}
		t.builder.state.rows, t.builder.state.step = rows, step
	})
	if err != nil {
		return 0, err
	}
	return scalarValue(t.loss.Value())
}

// Learned returns the nodes of the trainable parameters, in the order of the layers, for a
// gorgonia.Solver. Value is the parameter, Grad its gradient in the last step, Name its
// name.
func (t *Training) Learned() []gorgonia.ValueGrad {
	vg := make([]gorgonia.ValueGrad, len(t.builder.learned))
	for i, n := range t.builder.learned {
		vg[i] = n
	}
	return vg
}

// Loss returns the node of the loss.
func (t *Training) Loss() *gorgonia.Node { return t.loss }

// Evaluation evaluates the logits of a network on a batch, without labels.
type Evaluation struct {
	*session
}

// NewEvaluation declares net for evaluation and compiles the graph. It uses the same
// parameter tensors as a training session over params, so it sees each update.
func NewEvaluation(params *Params, net Net, cfg Config) (*Evaluation, error) {
	c := &compilation{purpose: forEvaluation, params: params, net: net, cfg: cfg}
	if err := runPasses(c, passes); err != nil {
		return nil, err
	}
	return &Evaluation{c.session()}, nil
}

// Run evaluates the logits of the images in the input.
func (e *Evaluation) Run() error {
	return e.runAfter(func() { e.builder.state.rows = e.logits.Shape()[0] })
}

// Describe declares net for evaluation on one image, without compiling it, and returns its
// layers. It creates the parameters that params lacks.
func Describe(params *Params, net Net, cfg Config) ([]Layer, error) {
	cfg.Batch = 1
	c := &compilation{purpose: forDescription, params: params, net: net, cfg: cfg}
	if err := runPasses(c, passes); err != nil {
		return nil, err
	}
	return c.builder.Layers(), nil
}
