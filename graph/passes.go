package graph

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
)

// passes lists the steps from a network to a compiled graph. [NewTraining],
// [NewEvaluation], [NewActivations], [NewImageGradients], [Describe] and [Boundary] each run those of their
// purpose, in this order. The constraints in passOrder are checked at init.
var passes = []pass{
	{"declare layers", forAll, declareLayers},                                   // call the Net, which adds the forward nodes
	{"check", forAll, checkNetwork},                                             // refuse wrong logits, unused inputs and layers, unsaved variables
	{"check operations", forAll, checkOperations},                               // refuse operations of gorgonia that are wrong
	{"infer orders", forAll, inferOrders},                                       // find the order of the parameters in files
	{"disable frozen dropout", forTraining | forBoundary, disableFrozenDropout}, // turn off dropout inside the frozen part
	{"declare loss", forTraining, declareLoss},                                  // add the cross-entropy and the L2 penalty
	{"differentiate", forTraining, differentiate},                               // add the backward nodes
	{"differentiate logits", forImageGradients, differentiateLogits},            // add the backward nodes from the logits to the images
	{"check hashes", forAll, checkHashes},                                       // refuse nodes that gorgonia would take for one
	{"request outputs", forActivations, requestOutputs},                         // find the layers whose outputs the caller asks for
	{"fold", forSessions, fold},                                                 // fold batch normalization and sums into the layer before
	{"fuse", forSessions, fuse},                                                 // let an operation compute those that follow it
	{"select roots", forSessions, selectRoots},                                  // select the nodes to evaluate
	{"share memory", forTraining, shareMemory},                                  // let gradients that are not in use at the same time share memory
	{"compile", forSessions, compileGraph},                                      // create the virtual machine
	{"check memory", forSessions, checkMemory},                                  // refuse operations of gorgonia that overwrite values in use
}

// passOrder lists the pairs of passes whose order matters.
var passOrder = []orderConstraint{
	{"declare layers", "check", "the check reads the layers"},
	{"check", "check operations", "these checks need logits, and unused layers are the likelier mistake"},
	{"check operations", "declare loss", "the loss has operations of gorgonia too, which are right"},
	{"check", "infer orders", "the rules need a network without mistakes"},
	{"infer orders", "differentiate", "the rules are for forward operations"},
	{"check", "declare loss", "the check names the layer whose output cannot be the logits"},
	{"check", "fuse", "a layer that leads nowhere must be reported, not fused"},
	{"disable frozen dropout", "differentiate", "a backward node would count as a reader of the dropout that is not frozen"},
	{"declare loss", "differentiate", "the gradients are those of the loss"},
	{"infer orders", "differentiate logits", "the rules are for forward operations"},
	{"differentiate logits", "select roots", "the gradients are roots"},
	{"differentiate", "fuse", "fusion moves backward work, so the backward nodes must exist"},
	{"check", "fold", "a layer that leads nowhere must be reported, not folded"},
	{"differentiate", "fold", "only operations without a gradient are folded"},
	{"differentiate", "check hashes", "the backward nodes have hashes too"},
	{"differentiate logits", "check hashes", "the backward nodes have hashes too"},
	{"check hashes", "compile", "the machine computes nodes of one hash once"},
	{"request outputs", "fold", "folding must leave the requested outputs their values"},
	{"fold", "fuse", "a normalization that is not folded can still compute a ReLU"},
	{"differentiate", "select roots", "the gradients are roots"},
	{"request outputs", "fuse", "fusion must leave the requested outputs their values"},
	{"request outputs", "select roots", "the requested outputs are roots"},
	{"fuse", "compile", "the machine runs the operations as the passes leave them"},
	{"compile", "check memory", "the check follows the instructions of the machine"},
	{"fuse", "share memory", "fusion changes which operation writes a gradient"},
	{"select roots", "share memory", "the order of the operations is that of the evaluated graph"},
	{"share memory", "compile", "the first run stores the outputs of the operations in the nodes"},
	{"select roots", "compile", "the machine evaluates the roots and nothing else"},
}

// A pass is one step from a network to a compiled graph.
type pass struct {
	name     string
	purposes purpose // for which the pass runs
	run      func(c *compilation) error
}

// An orderConstraint demands that one pass comes before another.
type orderConstraint struct {
	before, after string
	reason        string
}

// A purpose is what a graph is declared for, or a set of such purposes.
type purpose uint

const (
	forTraining       purpose = 1 << iota // [NewTraining]
	forEvaluation                         // [NewEvaluation]
	forActivations                        // [NewActivations]
	forImageGradients                     // [NewImageGradients]
	forDescription                        // [Describe]
	forBoundary                           // [Boundary]

	forSessions = forTraining | forEvaluation | forActivations | forImageGradients // what evaluates the graph
	forAll      = forSessions | forDescription | forBoundary
)

// A compilation holds what the passes read and what they produce.
type compilation struct {
	purpose   purpose
	params    *Params
	net       Net
	cfg       Config
	requested []string // forActivations, forImageGradients: the names of the layers whose outputs to evaluate

	// declare layers
	builder *Builder
	images  *gorgonia.Node // batch, height, width, channels
	inputs  gorgonia.Nodes // images, or with Config.From the outputs of its layers
	logits  *gorgonia.Node // batch, classes

	// declare loss
	labels              *gorgonia.Node // batch
	otherLabels, shares *gorgonia.Node // batch; nil unless Loss.Mixed
	loss                *gorgonia.Node // scalar
	teacher             *gorgonia.Node // batch, classes; nil unless Loss.Distillation

	logitWeights *gorgonia.Node // differentiate logits: batch, classes

	gradients gorgonia.Nodes      // differentiate: in the order of Builder.learned; differentiate logits: of the images, then of requested
	outputs   gorgonia.Nodes      // request outputs, differentiate logits: in the order of requested
	evaluated *gorgonia.ExprGraph // select roots: the nodes to evaluate with all they need
	vm        gorgonia.VM         // compile
	program   *program            // compile: nil if there are operations of gorgonia but sums of tensors
}

func init() {
	if err := checkPassOrder(passes, passOrder); err != nil {
		panic(err)
	}
}

// checkPassOrder refuses a list in which two passes have the same name, a constraint that
// names an unknown pass, and a constraint that the list does not meet.
func checkPassOrder(list []pass, order []orderConstraint) error {
	position := map[string]int{}
	for i, p := range list {
		if _, ok := position[p.name]; ok {
			return fmt.Errorf("graph: two passes are named %q", p.name)
		}
		position[p.name] = i
	}
	for _, o := range order {
		before, ok1 := position[o.before]
		after, ok2 := position[o.after]
		if !ok1 || !ok2 {
			return fmt.Errorf("graph: the constraint %q before %q names an unknown pass", o.before, o.after)
		}
		if before >= after {
			return fmt.Errorf("graph: pass %q must come before %q: %s", o.before, o.after, o.reason)
		}
	}
	return nil
}

// runPasses runs the passes of the list that are for c's purpose. It starts again, with other
// hashes, if two nodes have equal hashes.
func runPasses(c *compilation, list []pass) error {
	start := *c
	for attempt := 1; ; attempt++ {
		err := runOnce(c, list)
		if attempt == 4 || !errors.Is(err, errEqualHashes) {
			return err
		}
		*c = start
	}
}

func runOnce(c *compilation, list []pass) error {
	for _, p := range list {
		if p.purposes&c.purpose == 0 {
			continue
		}
		if err := p.run(c); err != nil {
			return err
		}
	}
	return nil
}

// describe names a node for errors.
func (c *compilation) describe(n *gorgonia.Node) string {
	for _, l := range c.builder.layers {
		if l.Node == n {
			return fmt.Sprintf("%s %q", l.Kind, l.Name)
		}
	}
	if n.Op() != nil {
		return n.Op().String()
	}
	return fmt.Sprintf("%q", n.Name())
}

// session returns the session that c was compiled for.
func (c *compilation) session() *session {
	return &session{builder: c.builder, inputs: c.inputs, logits: c.logits, vm: c.vm, program: c.program}
}

// declareLayers calls the Net and collects the inputs of the session.
func declareLayers(c *compilation) error {
	if c.net == nil {
		return fmt.Errorf("graph: no network")
	}
	mode := Eval
	if c.purpose&(forTraining|forBoundary) != 0 {
		mode = Train
	}
	b := NewBuilder(c.params, mode, c.cfg.Classes, c.cfg.Workers)
	b.state.keepStatistics = c.cfg.KeepStatistics
	c.builder = b
	c.images = b.Input("images", c.cfg.Batch, c.cfg.Height, c.cfg.Width, c.cfg.Channels)
	if b.err != nil {
		return b.err
	}
	if c.purpose == forImageGradients {
		delete(b.noGrad, c.images)
	}
	for _, name := range c.cfg.From {
		b.fromNodes[name] = nil
	}
	c.logits = b.declareNet(c.net, c.images)
	if b.err != nil {
		return b.err
	}
	if len(c.cfg.From) == 0 {
		c.inputs = gorgonia.Nodes{c.images}
		return nil
	}
	for _, name := range c.cfg.From {
		if b.fromNodes[name] == nil {
			return fmt.Errorf("there is no layer %q to start from; there are %s", name, b.layerNames())
		}
		c.inputs = append(c.inputs, b.fromNodes[name])
	}
	return nil
}

// differentiate adds the nodes of the gradients with respect to the trainable parameters.
func differentiate(c *compilation) (err error) {
	if len(c.builder.learned) == 0 {
		return fmt.Errorf("nothing is left to train: every parameter is frozen, or the network has none")
	}
	if c.gradients, err = gorgonia.Grad(c.loss, c.builder.learned...); err != nil {
		return fmt.Errorf("differentiating the loss: %w", err)
	}
	return nil
}

// requestOutputs finds the requested layers and marks them for the pass fuse.
func requestOutputs(c *compilation) error {
	b := c.builder
	if len(c.requested) == 0 {
		return fmt.Errorf("activations: no layer is named; there are %s", b.layerNames())
	}
	for _, name := range c.requested {
		n := b.layerNode(name)
		if n == nil {
			return fmt.Errorf("activations: there is no layer %q; there are %s", name, b.layerNames())
		}
		c.outputs = append(c.outputs, n)
		b.requested[n] = true
	}
	return nil
}

// selectRoots selects all nodes, except where the results do not depend on some of them:
// activations, gradients with respect to the images, and sessions that start from layers of Config.From.
func selectRoots(c *compilation) error {
	c.evaluated = c.builder.graph
	if c.purpose == forActivations || c.purpose == forImageGradients || len(c.cfg.From) > 0 {
		c.evaluated = c.evaluated.SubgraphRoots(c.results()...)
	}
	return nil
}

// results returns the nodes whose values the caller reads after a run.
func (c *compilation) results() gorgonia.Nodes {
	list := slices.Concat(c.gradients, c.outputs)
	if c.loss != nil {
		list = append(list, c.loss)
	}
	if c.purpose != forActivations {
		list = append(list, c.logits)
	}
	return list
}

// compileGraph creates the machine that evaluates the roots and what they need, and its program.
func compileGraph(c *compilation) error {
	c.vm = gorgonia.NewTapeMachine(c.evaluated, gorgonia.WithEngine(engine{workers: c.builder.state.workers}))
	c.program = newProgram(c.evaluated, c.builder.state.workers)
	return nil
}
