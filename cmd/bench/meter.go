package main

import (
	"context"
	"slices"
	"time"
)

// rounds is how often the functions to compare take turns, so that a slow phase of the
// machine slows all of them.
const rounds = 5

// meter collects the run times of a function.
type meter struct {
	run   func() error
	total time.Duration // time for all rounds
	spent time.Duration
	runs  []float64 // seconds of each run
}

// round runs the function for a round's share of the total time, at least once. It does
// nothing if earlier rounds have already used the total time, because a single run takes
// longer than a round.
func (m *meter) round(ctx context.Context) error {
	if len(m.runs) > 0 && m.spent >= m.total {
		return nil
	}
	end := m.spent + m.total/rounds
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		if err := m.run(); err != nil {
			return err
		}
		d := time.Since(start)
		m.runs = append(m.runs, d.Seconds())
		if m.spent += d; m.spent >= end {
			return nil
		}
	}
}

// seconds returns the median time of a run, which a few slow runs do not change.
func (m *meter) seconds() float64 { return median(m.runs) }

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	if n == 0 {
		return 0
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}
