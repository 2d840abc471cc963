package train

import (
	"math"

	"inkstone/internal/random"
)

// mixer mixes each image of a batch with the next one, and their labels:
//
//	x = s x[i] + (1-s) x[i+1]    y = s y[i] + (1-s) y[i+1]
//
// The share s is the larger of a and 1-a for a random a from Beta(alpha, alpha): Zhang, Cissé,
// Dauphin and Lopez-Paz, "mixup: beyond empirical risk minimization", arXiv:1710.09412. Since
// the distribution is symmetric and the order of the images is random, taking the larger number
// does not change the distribution of the mixtures. Each image is the larger part of one
// mixture in an epoch, and the training accuracy counts its label.
type mixer struct {
	alpha float64
	run   uint64    // seed of the run
	first []float32 // first image of the batch before it was mixed
}

// mix mixes the images of a batch of an epoch. The next image of the last one is the first one.
func (m *mixer) mix(b *batch, images []int, epoch int) {
	size := len(b.inputs[0]) / len(b.labels)
	m.first = append(m.first[:0], b.inputs[0][:size]...)
	firstLabel := b.labels[0]
	for row, i := range images {
		s := m.share(i, epoch)
		x, next := b.inputs[0][row*size:(row+1)*size], m.first
		b.others[row], b.shares[row] = firstLabel, s
		if row+1 < len(images) {
			next, b.others[row] = b.inputs[0][(row+1)*size:(row+2)*size], b.labels[row+1]
		}
		for j, v := range next {
			x[j] = s*x[j] + (1-s)*v
		}
	}
}

// share returns the random share of an image in its mixture in an epoch, from 1/2 to 1: the
// larger of a and 1-a for a from Beta(alpha, alpha). The formula is that of Devroye, "Random
// variate generation in one line of code", 1996, without the random sign.
func (m *mixer) share(image, epoch int) float32 {
	r := random.New(random.Image(m.run, image, epoch), random.Mixup)
	u, c := r.Float64(), math.Cos(2*math.Pi*r.Float64())
	return float32(0.5 + 0.5/math.Sqrt(1+1/((math.Pow(u, -1/m.alpha)-1)*c*c)))
}
