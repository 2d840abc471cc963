package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/schedule"
)

// RateCurve is the loss over a range of learning rates: Smith, "Cyclical learning rates for
// training neural networks", arXiv:1506.01186, section 3.3.
type RateCurve struct {
	Rates  []float64 // a geometric sequence
	Losses []float64 // smoothed loss at each rate, in nats
	// Suggestion is a third of the rate with the lowest loss. It is a good base rate for a
	// schedule. At the rate with the lowest loss itself, training is close to diverging.
	Suggestion float64
}

const (
	minRate, maxRate = 1e-6, 10.0
	rateSmoothing    = 0.95 // weight of the earlier losses in a smoothed loss
	maxLossRatio     = 4    // ratio to the lowest loss at which the search ends
)

// FindRate trains a model while the learning rate rises from 1e-6 to 10 and returns the losses.
// It trains for the given number of steps, at most one epoch, or until the loss is four times
// the lowest loss. Afterwards the model has its original parameters, and a custom solver has its
// original rate and no memory. FindRate returns an error for fewer than 10 steps.
func FindRate(ctx context.Context, m *model.Model, training *data.Set, cfg Config, steps int) (c *RateCurve, err error) {
	if err := checkContext(ctx); err != nil {
		return nil, fmt.Errorf("learning rate search: %w", err)
	}
	cfg.Epochs, cfg.Schedule, cfg.Callbacks, cfg.Patience, cfg.UntilPercent = 1, schedule.Schedule{}, nil, 0, 0
	if custom := cfg.Solver; custom != nil { // reset it for the next run
		rate := custom.LearningRate()
		defer func() {
			custom.SetLearningRate(rate)
			err = errors.Join(err, custom.SetMemory(nil))
		}()
	}
	t, err := New(m, training, nil, cfg)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if steps = min(steps, t.stepsPerEpoch); steps < 10 {
		return nil, fmt.Errorf("learning rate search: %d steps, want at least 10; use smaller batches or more images", steps)
	}
	var before snapshot
	before.take(m.Params)
	defer before.restore()
	if err := t.openStage(ctx); err != nil {
		return nil, err
	}
	t.stage.feeder.start(1, 0)
	defer t.stage.feeder.stop()

	c = &RateCurve{}
	lowest, mean, weight := math.Inf(1), 0.0, 0.0
	for i := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t.rate.fixed = minRate * math.Pow(maxRate/minRate, float64(i)/float64(steps-1))
		seen, sum := t.record.Seen, t.record.Loss
		if err := t.step(); err != nil {
			if len(c.Rates) < 10 {
				return nil, err
			}
			break // the training diverged, so the curve ends here
		}
		loss := (t.record.Loss - sum) / float64(t.record.Seen-seen)
		mean = rateSmoothing*mean + (1-rateSmoothing)*loss
		weight = rateSmoothing*weight + (1 - rateSmoothing)
		c.Rates = append(c.Rates, t.rate.fixed)
		c.Losses = append(c.Losses, mean/weight)
		lowest = min(lowest, mean/weight)
		if i > steps/10 && mean/weight > maxLossRatio*lowest {
			break
		}
	}
	c.suggest()
	return c, nil
}

// suggest sets Suggestion to a third of the rate with the lowest loss, rounded down to a rate of
// the curve. It ignores the first tenth of the curve, whose losses are means over few batches.
func (c *RateCurve) suggest() {
	low := len(c.Losses) / 10
	for i, l := range c.Losses {
		if i > low && l < c.Losses[low] {
			low = i
		}
	}
	i := low
	for i > 0 && c.Rates[i] > c.Rates[low]/3 {
		i--
	}
	c.Suggestion = c.Rates[i]
}

// String returns the losses at ten rates of the curve and the suggestion.
func (c *RateCurve) String() string {
	var b strings.Builder
	for i := range 10 {
		k := i * (len(c.Rates) - 1) / 9
		fmt.Fprintf(&b, "rate %9.2g  loss %.4f\n", c.Rates[k], c.Losses[k])
	}
	fmt.Fprintf(&b, "suggested learning rate %.2g, a third of that of the lowest loss\n", c.Suggestion)
	return b.String()
}
