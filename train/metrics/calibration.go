package metrics

import (
	"fmt"
	"math"
)

// DefaultBins is the number of bins of Guo et al.
const DefaultBins = 15

// Calibration gathers the probabilities that a classifier gives, to tell whether they
// mean what they say: of the images on which it is sure to 80 %, 80 % should be right.
type Calibration struct {
	classes, total int
	brier, nll     float64
	bins           []bin
}

type bin struct {
	images, right int
	confidence    float64 // sum
}

// NewCalibration returns an empty record for so many classes, with bins of equal width
// over the confidences from 0 to 1; see [DefaultBins]. It refuses fewer than 1 class, and
// bins below 1 or above 10000.
func NewCalibration(classes, bins int) (*Calibration, error) {
	if classes < 1 {
		return nil, fmt.Errorf("calibration: %d classes, want at least 1", classes)
	}
	if bins < 1 || bins > 10000 {
		return nil, fmt.Errorf("calibration: %d bins, want 1 to 10000", bins)
	}
	return &Calibration{classes: classes, bins: make([]bin, bins)}, nil
}

// sumTolerance is how far from 1 probabilities in float32 may sum.
const sumTolerance = 1e-3

// leastProbability is the smallest float32 above 0. A probability of 0 is one that
// float32 rounded, and counts as this in the logarithm.
const leastProbability = math.SmallestNonzeroFloat32

// Add records the probabilities of the classes for an image, and its label. The
// first of the largest probabilities is the confidence and its class the prediction.
//
// It refuses, and records nothing, if there is not one probability for each class, one
// is not between 0 and 1, they do not sum to 1 within 0.001, or the label is no class.
func (c *Calibration) Add(probabilities []float32, label int) error {
	if len(probabilities) != c.classes {
		return fmt.Errorf("calibration: %d probabilities, want %d", len(probabilities), c.classes)
	}
	if label < 0 || label >= c.classes {
		return fmt.Errorf("calibration: label %d, want 0 to %d", label, c.classes-1)
	}
	sum, brier, predicted := 0.0, 0.0, 0
	for k, p := range probabilities {
		if !(p >= 0 && p <= 1) {
			return fmt.Errorf("calibration: probability %v of class %d, want 0 to 1", p, k)
		}
		target := 0.0
		if k == label {
			target = 1
		}
		sum += float64(p)
		brier += (float64(p) - target) * (float64(p) - target)
		if p > probabilities[predicted] {
			predicted = k
		}
	}
	if math.Abs(sum-1) > sumTolerance {
		return fmt.Errorf("calibration: probabilities sum to %v, want 1", sum)
	}
	confidence := float64(probabilities[predicted])
	b := &c.bins[c.bin(confidence)]
	b.images++
	b.confidence += confidence
	if predicted == label {
		b.right++
	}
	c.total++
	c.brier += brier
	c.nll -= math.Log(max(float64(probabilities[label]), leastProbability))
	return nil
}

// bin is the index of the bin that holds a confidence: bin i from i/n, which it does not
// hold, to (i+1)/n, which it does.
func (c *Calibration) bin(confidence float64) int {
	n := len(c.bins)
	return min(max(int(math.Ceil(confidence*float64(n)))-1, 0), n-1)
}

// Total is the number of images.
func (c *Calibration) Total() int { return c.total }

// ECE is the expected calibration error, the mean distance between confidence and
// accuracy over the bins, weighted by their images:
//
//	sum over bins of images/total |accuracy - confidence|
//
// Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML
// 2017, equation 3. It is 0 before the first image.
func (c *Calibration) ECE() float64 {
	sum := 0.0
	for _, b := range c.bins {
		sum += math.Abs(float64(b.right) - b.confidence)
	}
	return c.mean(sum)
}

// Brier is the mean over the images of the sum over the classes of (p - y)², with y 1
// for the label and 0 otherwise: 0 is perfect and 2 the worst. Brier, "Verification of
// forecasts expressed in terms of probability", Monthly Weather Review 78(1), 1950.
func (c *Calibration) Brier() float64 { return c.mean(c.brier) }

// NLL is the mean negative logarithm of the probability of the label, in nats: the
// cross-entropy. A probability of 0 counts as 2^-149, the least that float32 holds.
func (c *Calibration) NLL() float64 { return c.mean(c.nll) }

func (c *Calibration) mean(sum float64) float64 {
	if c.total == 0 {
		return 0
	}
	return sum / float64(c.total)
}
