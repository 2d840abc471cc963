package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"inkstone/internal/failed"
	"inkstone/model"
	"inkstone/train/data"
)

// RateCurve is the loss over a range of learning rates: Smith, "Cyclical learning rates for
// training neural networks", arXiv:1506.01186, section 3.3.
type RateCurve struct {
	Rates  []float64 // a geometric sequence
	Losses []float64 // smoothed loss at each rate, in nats
	// Suggestion is a third of the rate with the lowest loss. It is a good base rate for a
	// schedule. At the rate with the lowest loss itself, training is close to diverging. If the
	// loss does not rise again, as on few images that the network has memorized, Suggestion is
	// a third of the rate after which the loss falls by at most 5 % of its whole fall.
	Suggestion float64

	err error // of the call that returned it
}

// Err returns the error of the call that returned the curve, nil without one.
func (c *RateCurve) Err() error { return c.err }

const (
	minRate, maxRate = 1e-6, 10.0
	rateSmoothing    = 0.95 // weight of the earlier losses in a smoothed loss
	maxLossRatio     = 4    // ratio to the lowest loss at which the search ends
	minRateSteps     = 10
	minRise          = 0.1  // least rise of the loss after its lowest, as a fraction of its fall
	floorShare       = 0.05 // fraction of the fall of the loss that is left at its floor
)

// FindRate trains a model while the learning rate rises from 1e-6 to 10 and returns the losses.
// It trains for the given number of steps, in several epochs if necessary, or until the loss is
// four times the lowest loss. Afterwards the model has its original parameters, and a custom
// solver has its original rate and no memory. It trains in this process alone. FindRate returns an error for fewer than 10 steps,
// and for a curve that does not fall, or that still falls at its end. With an error it returns a
// curve that shows the error.
func FindRate(ctx context.Context, m *model.Model, training *data.Set, cfg Config, steps int) (c *RateCurve, err error) {
	defer func() {
		if err != nil && c == nil {
			c = &RateCurve{err: err}
		}
	}()
	if err := checkContext(ctx); err != nil {
		return nil, fmt.Errorf("learning rate search: %w", err)
	}
	if steps < minRateSteps {
		return nil, fmt.Errorf("learning rate search: %d steps, want at least %d", steps, minRateSteps)
	}
	cfg = cfg.forOneEpoch()
	cfg.Finish = Finish{} // it concerns later epochs
	cfg.Ranks = nil
	if training != nil && cfg.Batch > 0 && cfg.Accumulate > 0 {
		images := min(steps*cfg.Accumulate, math.MaxInt/cfg.Batch) * cfg.Batch // at most
		cfg.Epochs += images / max(1, training.Len())
	}
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
		t.rate.fixed = minRate * math.Pow(maxRate/minRate, float64(i)/float64(steps-1))
		seen, sum := t.record.Seen, t.record.Loss
		if err := t.step(); err != nil {
			if len(c.Rates) < minRateSteps {
				return nil, err
			}
			diverged = true
			break // the curve ends here
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
	if err := c.suggest(diverged); err != nil {
		return nil, fmt.Errorf("learning rate search: %w", err)
	}
	return c, nil
}

// suggest sets Suggestion to a third of the rate with the lowest loss, rounded down to a rate of
// the curve. It ignores the first tenth of the curve, whose losses are means over few batches.
// If the training has not diverged and the loss does not rise after the lowest one, suggest uses
// the rate at which the loss has reached its floor, which must be before the last tenth.
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
		return fmt.Errorf("the loss falls at no rate: it is lowest, %.4f, at the rate %.2g; want images that the network can learn", c.Losses[low], c.Rates[low])
	}
	if !diverged && rise < minRise*fall {
		floor := c.Losses[low] + floorShare*fall
		low = first + slices.IndexFunc(c.Losses[first:], func(l float64) bool { return l <= floor })
		if low > last-len(c.Losses)/10 || low == last {
			return fmt.Errorf("the loss still falls at the end of the curve, to %.4f at the rate %.2g; more steps or smaller batches may show where it rises", c.Losses[last], c.Rates[last])
		}
	}
	i := low
	for i > 0 && c.Rates[i] > c.Rates[low]/3 {
		i--
	}
	c.Suggestion = c.Rates[i]
	return nil
}

// String returns the losses at ten rates of the curve and the suggestion.
func (c *RateCurve) String() string {
	if c.err != nil {
		return failed.Text("curve", c.err)
	}
	var b strings.Builder
	for i := range 10 {
		k := i * (len(c.Rates) - 1) / 9
		fmt.Fprintf(&b, "rate %9.2g  loss %.4f\n", c.Rates[k], c.Losses[k])
	}
	fmt.Fprintf(&b, "suggested learning rate %.2g, a third of the rate at which the loss stops falling\n", c.Suggestion)
	return b.String()
}
