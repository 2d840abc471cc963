package augment

import (
	"math"
	"math/rand/v2"
)

// A Gaussian is cut off at three standard deviations on either side. The nodes of the
// lattice are one standard deviation apart, so the Gaussian covers seven of them.
const (
	reach = 3
	taps  = 2*reach + 1
)

// field is a smooth random field of displacements.
//
// Simard smooths one random number per pixel. The smooth field has no detail finer than
// sigma, so the random numbers may lie on a lattice with the spacing sigma instead. The sum
// of the Gaussians then has the same variance everywhere to one part in a thousand and the
// same correlation between points, for a fifth of the work. The spacing is at least one
// pixel.
type field struct {
	height, width int
	scale         float32 // factor from a random 32-bit integer to a displacement in fixed-point pixels
	rows, cols    axis
	x, y          component
}

// component is the displacement along one axis.
type component struct {
	noise    []float32 // random values of the nodes: rows.nodes x cols.nodes
	rows     []float32 // smoothed along the rows: rows.nodes x width
	smoothed []float32 // smoothed along both axes: height x width, in fixed-point pixels
}

// newField returns a field for images of height x width pixels.
func newField(e Elastic, height, width int) *field {
	f := &field{
		height: height, width: width,
		scale: float32(e.Alpha * (1 << pointBits) / (1 << 31)),
		rows:  newAxis(height, e.Sigma), cols: newAxis(width, e.Sigma),
	}
	for _, c := range []*component{&f.x, &f.y} {
		c.noise = make([]float32, f.rows.nodes*f.cols.nodes)
		c.rows = make([]float32, f.rows.nodes*width)
		c.smoothed = make([]float32, height*width)
	}
	return f
}

// draw fills the field with random displacements.
func (f *field) draw(source *rand.PCG) {
	for i := range f.x.noise {
		u := source.Uint64()
		f.x.noise[i] = float32(int32(u>>32)) * f.scale
		f.y.noise[i] = float32(int32(u)) * f.scale
	}
	f.x.smooth(f)
	f.y.smooth(f)
}

// smooth smooths the noise, first along the rows, then along the columns.
func (c *component) smooth(f *field) {
	for j := range f.rows.nodes {
		noise := c.noise[j*f.cols.nodes : (j+1)*f.cols.nodes]
		row := c.rows[j*f.width : (j+1)*f.width]
		for x := range row {
			w := &f.cols.weight[x]
			n := noise[f.cols.first[x]:][:taps]
			row[x] = float32(w[0]*n[0]) + float32(w[1]*n[1]) + float32(w[2]*n[2]) + float32(w[3]*n[3]) +
				float32(w[4]*n[4]) + float32(w[5]*n[5]) + float32(w[6]*n[6])
		}
	}
	for y := range f.height {
		w := &f.rows.weight[y]
		from := c.rows[f.rows.first[y]*f.width:]
		var n [taps][]float32
		for t := range n {
			n[t] = from[t*f.width:][:f.width]
		}
		out := c.smoothed[y*f.width : (y+1)*f.width]
		n0, n1, n2, n3, n4, n5, n6 := n[0][:len(out)], n[1][:len(out)], n[2][:len(out)], n[3][:len(out)],
			n[4][:len(out)], n[5][:len(out)], n[6][:len(out)]
		for x := range out {
			out[x] = float32(w[0]*n0[x]) + float32(w[1]*n1[x]) + float32(w[2]*n2[x]) + float32(w[3]*n3[x]) +
				float32(w[4]*n4[x]) + float32(w[5]*n5[x]) + float32(w[6]*n6[x])
		}
	}
}

// displace adds the displacements of row y to points in the source.
func (f *field) displace(xs, ys []int64, y int) {
	dx := f.x.smoothed[y*f.width:][:len(xs)]
	dy := f.y.smoothed[y*f.width:][:len(xs)]
	ys = ys[:len(xs)]
	for i := range xs {
		xs[i] += int64(dx[i])
		ys[i] += int64(dy[i])
	}
}

// axis holds the weights of the nodes along one axis: pixel i is the sum over t of
// weight[i][t] times node first[i]+t.
type axis struct {
	nodes  int
	first  []int
	weight [][taps]float32
}

// newAxis returns the weights for n pixels. The nodes are d = max(1, sigma) pixels apart and
// extend beyond the pixels by the reach of the Gaussian.
//
// The weights of a pixel sum to 1/sqrt(d). They give the same variance as one node per
// pixel with weights that sum to 1.
func newAxis(n int, sigma float64) axis {
	d := max(1, sigma)
	ax := axis{first: make([]int, n), weight: make([][taps]float32, n)}
	for i := range n {
		ax.first[i] = int(math.Round(float64(i) / d)) // the nearest node, minus the reach
		var w [taps]float64
		sum := 0.0
		for t := range w {
			pos := float64(ax.first[i]+t-reach) * d
			z := (float64(i) - pos) / sigma
			w[t] = math.Exp(-z * z / 2)
			sum += w[t]
		}
		for t := range w {
			ax.weight[i][t] = float32(w[t] / (sum * math.Sqrt(d)))
		}
	}
	ax.nodes = ax.first[n-1] + taps
	return ax
}
