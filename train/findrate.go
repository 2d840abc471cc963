package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"inkstone/model"
	"inkstone/train/data"
)

// RateCurve is the loss over a range of learning rates: Smith, "Cyclical learning
// rates for training neural networks", arXiv:1506.01186, section 3.3.
type RateCurve struct {
	Rates  []float64 // rising from step to step by the same factor
	Losses []float64 // smoothed
	// Suggestion is a third of the rate of the lowest loss, a good base rate for a
	// schedule: at the lowest loss itself the training is about to go astray.
	Suggestion float64
}

const (
	leastRate, mostRate = 1e-6, 10.0
	rateSmoothing       = 0.95 // weight of the losses before
	rateGivesUp         = 4    // times the lowest loss
)

// FindRate trains for so many steps, at most an epoch, while the learning rate rises
// from 1e-6 to 10, or until the loss has grown to four times its lowest. It leaves the
// model as it was.
func FindRate(ctx context.Context, m *model.Model, training *data.Set, cfg Config, steps int) (c *RateCurve, err error) {
	cfg = cfg.forOneEpoch()
	if own := cfg.Solver; own != nil { // fresh for the run that follows
		rate := own.LearningRate()
		defer func() {
			own.SetLearningRate(rate)
			err = errors.Join(err, own.SetMemory(nil))
		}()
	}
	t, err := New(m, training, nil, cfg)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if steps = min(steps, t.stepsPerEpoch); steps < 10 {
		return nil, fmt.Errorf("finding a learning rate: %d steps, want at least 10: smaller batches or more images", steps)
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
		t.rate.fixed = leastRate * math.Pow(mostRate/leastRate, float64(i)/float64(steps-1))
		seen, sum := t.record.Seen, t.record.Loss
		if err := t.step(); err != nil {
			if len(c.Rates) < 10 {
				return nil, err
			}
			break // it diverged: the curve ends here
		}
		loss := (t.record.Loss - sum) / float64(t.record.Seen-seen)
		mean = rateSmoothing*mean + (1-rateSmoothing)*loss
		weight = rateSmoothing*weight + (1 - rateSmoothing)
		c.Rates = append(c.Rates, t.rate.fixed)
		c.Losses = append(c.Losses, mean/weight)
		lowest = min(lowest, mean/weight)
		if i > steps/10 && mean/weight > rateGivesUp*lowest {
			break
		}
	}
	c.suggest()
	return c, nil
}

// suggest sets Suggestion to a third of the rate at which the loss is lowest, or the rate
// of the curve that is nearest below it. The first tenth of the curve does not count: its
// losses are means over few batches.
func (c *RateCurve) suggest() {
	low := len(c.Losses) / 10
	for i, l := range c.Losses {
		if i > low && l < c.Losses[low] {
			low = i
		}
	}
	at := low
	for at > 0 && c.Rates[at] > c.Rates[low]/3 {
		at--
	}
	c.Suggestion = c.Rates[at]
}

// String gives the suggestion and the curve at ten rates.
func (c *RateCurve) String() string {
	var b strings.Builder
	for i := range 10 {
		at := i * (len(c.Rates) - 1) / 9
		fmt.Fprintf(&b, "rate %9.2g  loss %.4f\n", c.Rates[at], c.Losses[at])
	}
	fmt.Fprintf(&b, "suggested learning rate %.2g, a third of that of the lowest loss\n", c.Suggestion)
	return b.String()
}
