package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/schedule"
)

// RateCurve is the loss over a range of learning rates: Smith, "Cyclical learning
// rates for training neural networks", arXiv:1506.01186, section 3.3.
type RateCurve struct {
	Rates  []float64 // rising from step to step by the same factor
	Losses []float64 // smoothed
	// Suggestion is a third of the rate of the lowest loss, a good base rate for a
	// schedule: at the lowest loss itself the training is about to go astray. If the loss
	// does not rise again, as on few images that the network has memorized, it is a third
	// of the rate at which the loss had all but 5 % of its fall behind it.
	Suggestion float64
}

const (
	leastRate, mostRate = 1e-6, 10.0
	rateSmoothing       = 0.95 // weight of the losses before
	rateGivesUp         = 4    // times the lowest loss
	rateRise            = 0.1  // part of the fall of the loss by which it rises again
	rateFloor           = 0.05 // part of the fall of the loss that is left when it has reached its floor
	leastRateSteps      = 10
)

// FindRate trains for a number of steps, at least 10, in as many passes over the images as
// these need, while the learning rate rises from 1e-6 to 10. It stops when the loss has grown
// to four times its lowest. It leaves the model as it was. It returns an error if the loss
// does not fall, or still falls at the end: a rate at an end of the curve says nothing.
func FindRate(ctx context.Context, m *model.Model, training *data.Set, cfg Config, steps int) (c *RateCurve, err error) {
	if steps < leastRateSteps {
		return nil, fmt.Errorf("finding a learning rate: %d steps, want at least %d", steps, leastRateSteps)
	}
	cfg.Schedule, cfg.Callbacks, cfg.Patience, cfg.UntilPercent = schedule.Schedule{}, nil, 0, 0
	cfg.Unfreeze, cfg.Finish = Unfreezing{}, Finish{} // for later epochs
	cfg.Epochs = 1
	if training != nil && cfg.Batch > 0 && cfg.Accumulate > 0 {
		images := min(steps*cfg.Accumulate, math.MaxInt/cfg.Batch) * cfg.Batch // at most
		cfg.Epochs += images / max(1, training.Len())
	}
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
	var before snapshot
	before.take(m.Params)
	defer before.restore()
	if err := t.openStage(ctx); err != nil {
		return nil, err
	}
	feeder := t.stage.feeder
	feeder.start(1, 0)
	defer feeder.stop()

	c = &RateCurve{}
	lowest, mean, weight, diverged := math.Inf(1), 0.0, 0.0, false
	for i := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if r := &t.record; r.Step == t.stepsPerEpoch {
			feeder.stop()
			r.Epoch, r.Step = r.Epoch+1, 0
			feeder.start(r.Epoch, 0)
		}
		t.rate.fixed = leastRate * math.Pow(mostRate/leastRate, float64(i)/float64(steps-1))
		seen, sum := t.record.Seen, t.record.Loss
		if err := t.step(); err != nil {
			if len(c.Rates) < leastRateSteps {
				return nil, err
			}
			diverged = true
			break
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
	if err := c.suggest(diverged); err != nil {
		return nil, fmt.Errorf("finding a learning rate: %w", err)
	}
	return c, nil
}

// suggest sets Suggestion to a third of the rate at which the loss is lowest, or the rate
// of the curve that is nearest below it. The first tenth of the curve does not count: its
// losses are means over few batches. A curve that neither rises after its lowest loss nor
// ends because the training diverged counts up to where it has reached its floor, which
// must be before its last tenth.
func (c *RateCurve) suggest(diverged bool) error {
	first, last := len(c.Losses)/10, len(c.Losses)-1
	low := first
	for i, l := range c.Losses {
		if i > low && l < c.Losses[low] {
			low = i
		}
	}
	fall, rise := c.Losses[first]-c.Losses[low], slices.Max(c.Losses[low:])-c.Losses[low]
	if low == first {
		return fmt.Errorf("the loss falls at no rate: it is lowest, %.4f, at the rate %.2g; the search needs images that can be learned", c.Losses[low], c.Rates[low])
	}
	if !diverged && rise < rateRise*fall {
		floor := c.Losses[low] + rateFloor*fall
		low = first + slices.IndexFunc(c.Losses[first:], func(l float64) bool { return l <= floor })
		if low > last-len(c.Losses)/10 || low == last {
			return fmt.Errorf("the loss still falls at the end of the curve, to %.4f at the rate %.2g; more steps or smaller batches may show where it rises", c.Losses[last], c.Rates[last])
		}
	}
	at := low
	for at > 0 && c.Rates[at] > c.Rates[low]/3 {
		at--
	}
	c.Suggestion = c.Rates[at]
	return nil
}

// String gives the suggestion and the curve at ten rates.
func (c *RateCurve) String() string {
	var b strings.Builder
	for i := range 10 {
		at := i * (len(c.Rates) - 1) / 9
		fmt.Fprintf(&b, "rate %9.2g  loss %.4f\n", c.Rates[at], c.Losses[at])
	}
	fmt.Fprintf(&b, "suggested learning rate %.2g, a third of the rate at which the loss stops falling\n", c.Suggestion)
	return b.String()
}
