package main

import (
	"context"
	"slices"
	"time"
)

// rounds is how often the subjects of a comparison take turns: what slows the
// machine down for a while then slows all of them.
const rounds = 5

// meter collects the time that runs of a subject take, round by round.
type meter struct {
	run   func() error
	total time.Duration // to spend, over all rounds
	spent time.Duration
	runs  []float64 // seconds of each run
}

// round runs the subject for its share of the total, at least once. A subject that
// has used up its time, because a single run takes longer than a round should, sits
// out.
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

// seconds is the median time of a run, which a few disturbed ones do not change.
func (m *meter) seconds() float64 { return median(m.runs) }

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	if n == 0 {
		return 0
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}
