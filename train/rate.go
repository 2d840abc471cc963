package train

import (
	"fmt"
	"math"
	"slices"
)

// learningRate is the learning rate before the schedule.
type learningRate struct {
	title string // of the optimizer, with its settings
	base  float64
	fixed float64 // the rate of every step, without the schedule, unless it is 0
}

// rateChange is a call of [Trainer.SetLearningRate].
type rateChange struct {
	Step int     `json:"step"` // the first step with this rate, counted from 0 over the run
	Rate float64 `json:"rate"` // before the schedule
}

// SetLearningRate changes the learning rate from the next step on. The schedule applies to the new
// rate as it did to the old one. It may be called before [Trainer.Run] and from a callback, and does
// not change what is done so far. A checkpoint holds the change, so a run that is resumed goes on
// with it. The rate must be finite and above 0.
func (t *Trainer) SetLearningRate(rate float64) error {
	if !validRate(rate) {
		return fmt.Errorf("training: the learning rate is %g, want a finite number above 0", rate)
	}
	r := &t.record
	if n := len(r.Rates); n > 0 && r.Rates[n-1].Step == r.Steps {
		r.Rates = r.Rates[:n-1]
	}
	if rate != r.baseRate(r.Steps, t.rate.base) {
		r.Rates = append(slices.Clip(r.Rates), rateChange{r.Steps, rate})
	}
	return nil
}

// LearningRate returns the learning rate of the next step before the schedule.
func (t *Trainer) LearningRate() float64 { return t.record.baseRate(t.record.Steps, t.rate.base) }

func validRate(rate float64) bool { return rate > 0 && !math.IsInf(rate, 0) }

// baseRate returns the rate before the schedule at a step, counted from 0 over the run. initial is
// that of the settings.
func (p *position) baseRate(step int, initial float64) float64 {
	rate := initial
	for _, c := range p.Rates {
		if c.Step > step {
			break
		}
		rate = c.Rate
	}
	return rate
}

// ratesPossible reports whether the changes of the rate can be those of a run at this position.
func (p *position) ratesPossible() bool {
	last := -1
	for _, c := range p.Rates {
		if c.Step <= last || c.Step > p.Steps || !validRate(c.Rate) {
			return false
		}
		last = c.Step
	}
	return true
}

// rateAt returns the learning rate of a step, counted from 0 over the run. before are the
// epochs that are finished at that step.
func (t *Trainer) rateAt(step int, before []Epoch) float64 {
	if t.rate.fixed > 0 {
		return t.rate.fixed
	}
	var losses []float64
	if t.cfg.Schedule.Plateau() {
		for _, e := range before {
			losses = append(losses, e.Validation.Loss)
		}
	}
	return t.record.baseRate(step, t.rate.base) * t.cfg.Schedule.Factor(step, t.cfg.Epochs*t.stepsPerEpoch, losses)
}
