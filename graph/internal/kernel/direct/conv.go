package direct

import (
	"fmt"

	"inkstone/graph/internal/kernel/simd"
	"inkstone/internal/hugepages"
)

// Conv is a plan for one shape. It is immutable, so goroutines may share it. Each goroutine
// needs its own [Scratch], to which the passes write.
type Conv struct {
	shape  Shape
	grid   Grid
	lanes  int     // values in a vector of a block of input channels
	path   string  // the path that the plan was made for
	chunks int     // blocks of one vector of input channels
	nn     simd.NN // one group of the forward product
	strips *strips // of the output, or nil
	dense  denseInput

	winograd, winogradGrad *winogradPlan // of the output and of the input gradient, or nil
	winogradWeight         bool          // a dense weight gradient uses the plan winograd
	padded                 paddedGradient

	lists  bool // the shape suits lists for the input gradient
	input  inputPlan
	weight weightPlan
}

// Options say what a plan may use.
type Options struct {
	// Winograd allows Winograd's algorithm, which takes half the time or less and has four to
	// six times the rounding error.
	Winograd bool
	// Images is the largest number of images that one goroutine computes in a pass over a batch.
	// The weight gradient adds them up. 0 means 1.
	Images int
}

// New returns a plan for a shape whose gradient arrives on a grid.
func New(s Shape, g Grid, o Options) (*Conv, error) {
	c := &Conv{shape: s, grid: g, lanes: blockLanes(s), path: simd.Path()}
	if g.H < 1 || g.W < 1 || (g.H-1)*g.StepH+g.PH > s.outH() || (g.W-1)*g.StepW+g.PW > s.outW() {
		return nil, fmt.Errorf("direct: grid %+v reaches beyond the output of %dx%d", g, s.outH(), s.outW())
	}
	c.chunks = ceilDiv(s.C, c.lanes)
	cg, kg := s.C/s.Groups, s.K/s.Groups
	c.nn = simd.NN{
		Rows: s.outH(), M: s.outW(), N: kg, K: s.KW * cg,
		RowA: s.StrideH * s.paddedW() * s.C, RowC: s.outW() * s.K,
		LDA: s.StrideW * s.C, LDB: s.K, LDC: s.K,
	}
	for i := range s.KH {
		if s.Groups == 1 && s.DilationW == 1 {
			c.nn.Off = append(c.nn.Off, i*s.DilationH*s.paddedW()*s.C)
			continue
		}
		c.nn.K = cg
		for j := range s.KW {
			c.nn.Off = append(c.nn.Off, (i*s.DilationH*s.paddedW()+j*s.DilationW)*s.C)
		}
	}
	if s.pixelwise() {
		c.nn.Rows, c.nn.M = 1, s.H*s.W // one long run of pixels
	}
	c.strips = newStrips(c.nn)
	c.planDenseInput()
	if o.Winograd {
		c.winograd, c.winogradGrad = planWinograd(s, simd.Lanes()), planWinogradGrad(s, simd.Lanes())
		c.winogradWeight = c.winograd != nil && c.winograd.suitsWeights(max(o.Images, 1))
		c.planPadded()
	}
	if err := c.planInput(); err != nil {
		return nil, err
	}
	return c, c.planWeight()
}

// blockLanes returns the number of values in a vector of input channels: half a vector if it holds all
// channels, unless a whole one holds the channels of all pixels of a kernel row and half a one does not.
func blockLanes(s Shape) int {
	half, whole, row := simd.HalfLanes(), simd.Lanes(), s.KW*s.C
	if s.C <= half && (row <= half || row > whole) {
		return half
	}
	return whole
}

// Scratch is the memory that one goroutine writes to during a pass.
type Scratch struct {
	conv   *Conv
	nn     simd.NN
	image  []float32 // the padded image; its border is never written
	block  []float32 // the padded image by blocks of channels
	input  inputScratch
	weight weightScratch
	dense  denseScratch

	strips    strips
	stripBias [maxStrip]float32

	gradient gradient  // of all images in progress
	grad     []float32 // the gradient of the image in progress
	arg      []uint8   // the positions of this gradient, if the grid is pooled
	padded   []float32 // the padded gradient of all images in progress
	next     []float32 // see SetNext

	winograd, winogradGrad winogradScratch
}

// NewScratch returns scratch memory, which grows at its first use.
func (c *Conv) NewScratch() *Scratch { return &Scratch{conv: c, nn: c.nn} }

// SetNext sets memory that is read after the next forward pass or input gradient, or nil. The products of
// that pass bring it into the cache, while they use little memory themselves.
func (s *Scratch) SetNext(p []float32) { s.next = p }

// portion returns portion i of p of n parts of about the same length.
func portion(p []float32, i, n int) []float32 { return p[len(p)*i/n : len(p)*(i+1)/n] }

// checkScratch returns an error unless the scratch memory belongs to this plan, and the plan to the
// path in use.
func (c *Conv) checkScratch(s *Scratch) error {
	if s.conv != c {
		return fmt.Errorf("direct: scratch memory of another convolution")
	}
	if c.path != simd.Path() {
		return fmt.Errorf("direct: convolution planned for path %s, but %s is in use", c.path, simd.Path())
	}
	return nil
}

// RowUnit returns the number of output rows that a forward pass must not divide: those of a row of
// tiles of Winograd's algorithm, or all if strips of pixels reach beyond the end of a row.
func (c *Conv) RowUnit() int {
	switch {
	case c.winograd != nil:
		return c.winograd.size
	case c.strips != nil && c.shape.pixelwise():
		return c.shape.outH()
	}
	return 1
}

// Forward computes some rows of the output image y [OutH,OutW,K] of x [H,W,C] with the weights
// [KH][KW][C/Groups][K] and the bias [K], which may be nil, then applies ReLU if relu is set.
func (c *Conv) Forward(s *Scratch, y, x, weight, bias []float32, relu bool, rows Rows) error {
	p := &c.shape
	rows, err := rows.of(p.outH())
	if err := firstError(err, c.checkScratch(s), checkLen("y", y, p.outputLen()), checkLen("x", x, p.imageLen()),
		checkLen("weight", weight, p.weightLen())); err != nil {
		return err
	}
	if bias != nil && len(bias) != p.K {
		return checkLen("bias", bias, p.K)
	}
	x, y = s.padFor(x, rows), y[rows.From*p.outW()*p.K:]
	s.nn.ReLU = relu
	s.nn.Next[0] = s.next
	if n := rows.To - rows.From; p.pixelwise() {
		s.nn.M = n * p.W
	} else {
		s.nn.Rows = n
	}
	cg, kg := p.C/p.Groups, p.K/p.Groups
	for g := range p.Groups {
		s.nn.Bias = nil
		if bias != nil {
			s.nn.Bias = bias[g*kg:][:kg]
		}
		if err := s.nn.Run(y[g*kg:], x[g*cg:], weight[g*kg:]); err != nil {
			return err
		}
	}
	s.nn.Bias = nil
	return nil
}

// pad returns the padded image, or x if there is no padding.
func (s *Scratch) pad(x []float32) []float32 { return s.padRows(x, 0, s.conv.shape.paddedH()) }

// padFor is pad from the first row that the output rows read. The rows after the last one are not
// set.
func (s *Scratch) padFor(x []float32, rows Rows) []float32 {
	p := &s.conv.shape
	return s.padRows(x, rows.From*p.StrideH, (rows.To-1)*p.StrideH+p.DilationH*(p.KH-1)+1)
}

// padRows returns the padded image from row first on, of which the rows before end are set.
func (s *Scratch) padRows(x []float32, first, end int) []float32 {
	p := &s.conv.shape
	row := p.paddedW() * p.C
	if !p.padded() {
		return x[first*row:]
	}
	if s.image == nil {
		s.image = make([]float32, p.paddedH()*row)
	}
	for i := max(first-p.PadTop, 0); i < min(end-p.PadTop, p.H); i++ {
		copy(s.image[(i+p.PadTop)*row+p.PadLeft*p.C:][:p.W*p.C], x[i*p.W*p.C:])
	}
	return s.image[first*row:]
}

// grow returns a slice of n elements: p if it is large enough, else a new one of zeros.
func grow[T any](p []T, n int) []T {
	if cap(p) < n {
		p = make([]T, n)
		hugepages.Advise(p)
	}
	return p[:n]
}
