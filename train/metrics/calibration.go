package metrics

import (
	"fmt"
	"math"
)

// DefaultBins is the number of bins in Guo et al., see [Calibration.ECE].
const DefaultBins = 15

// Calibration compares the confidence of a classifier with its accuracy. In a calibrated
// classifier, 80 % of the predictions with a probability of 80 % are correct.
type Calibration struct {
	classes, total int
	brier, nll     float64
	bins           []bin
	err            error // of the call that returned it
}

// FailedCalibration returns an empty Calibration that stands for one that could not be computed:
// it shows err.
func FailedCalibration(err error) *Calibration { return &Calibration{err: err} }

// Err returns the error of a Calibration that could not be computed, nil for others.
func (c *Calibration) Err() error { return c.err }

type bin struct {
	images, right int
	confidence    float64 // sum
}

// NewCalibration returns a Calibration without images. bins is the number of intervals of equal
// width for confidences from 0 to 1, see [DefaultBins]. NewCalibration returns an error if
// classes is below 1 or if bins is not from 1 to 10000.
func NewCalibration(classes, bins int) (*Calibration, error) {
	if classes < 1 {
		return nil, fmt.Errorf("calibration: %d classes, want at least 1", classes)
	}
	if bins < 1 || bins > 10000 {
		return nil, fmt.Errorf("calibration: %d bins, want 1 to 10000", bins)
	}
	return &Calibration{classes: classes, bins: make([]bin, bins)}, nil
}

// sumTolerance is the largest difference from 1 of a sum of probabilities in float32.
const sumTolerance = 1e-3

// leastProbability replaces a probability of 0 in a logarithm. It is the smallest float32 above
// 0, since a smaller probability is rounded to 0.
const leastProbability = math.SmallestNonzeroFloat32

// Add adds an image with its probabilities by class and its label. The prediction is the class
// with the largest probability, the first one in a tie, and the confidence is that probability.
//
// Add returns an error and adds nothing if there is not one probability for each class, if a
// probability is not from 0 to 1, if they do not sum to 1 within 0.001, or if the label is not
// a class.
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
		return fmt.Errorf("calibration: the probabilities sum to %v, want 1", sum)
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

// bin returns the index of the bin of a confidence. Bin i of n holds confidences above i/n and
// up to (i+1)/n. Bin 0 also holds 0.
func (c *Calibration) bin(confidence float64) int {
	n := len(c.bins)
	return min(max(int(math.Ceil(confidence*float64(n)))-1, 0), n-1)
}

// Total returns the number of images.
func (c *Calibration) Total() int { return c.total }

// ECE returns the expected calibration error: the mean over the bins, weighted by their images,
// of the absolute difference between accuracy and mean confidence:
//
//	sum over bins of images/total |accuracy - confidence|
//
// Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML
// 2017, equation 3. It is 0 without images.
func (c *Calibration) ECE() float64 {
	sum := 0.0
	for _, b := range c.bins {
		sum += math.Abs(float64(b.right) - b.confidence)
	}
	return c.mean(sum)
}

// Brier returns the Brier score: the mean over the images of the sum over the classes of
// (p - y)², with y 1 for the label and 0 for other classes. 0 is the best score and 2 the
// worst. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather
// Review 78(1), 1950.
func (c *Calibration) Brier() float64 { return c.mean(c.brier) }

// NLL returns the negative log-likelihood: the mean over the images of the negative natural
// logarithm of the label's probability, in nats. A probability of 0 counts as 2^-149, the
// smallest float32 above 0.
func (c *Calibration) NLL() float64 { return c.mean(c.nll) }

// mean returns sum divided by the number of images, or 0 without images.
func (c *Calibration) mean(sum float64) float64 {
	if c.total == 0 {
		return 0
	}
	return sum / float64(c.total)
}
