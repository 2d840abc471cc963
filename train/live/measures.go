package live

import (
	"time"

	"inkstone/train"
)

// mean adds up steps to the next point of a curve. The zero mean needs a width.
type mean struct {
	width int // steps of a point

	seen              int     // images of the epoch so far
	lossSum, rightSum float64 // over these images

	steps, images int     // of the point so far
	loss, right   float64 // sums over its images
}

// add adds a step, which has the means over its epoch so far, and reports whether the point is
// complete.
func (m *mean) add(s train.Step) bool {
	if s.Step == 1 {
		m.seen, m.lossSum, m.rightSum = 0, 0, 0
	}
	known := m.seen > 0 || s.Step == 1
	if !known { // the run was resumed within an epoch
		m.seen = (s.Step - 1) * s.Images
	}
	m.seen += s.Images
	loss, right := s.Loss*float64(m.seen), s.Accuracy*float64(m.seen)
	if known {
		m.steps, m.images = m.steps+1, m.images+s.Images
		m.loss, m.right = m.loss+loss-m.lossSum, m.right+right-m.rightSum
	}
	m.lossSum, m.rightSum = loss, right
	return m.steps >= m.width
}

// take returns the means over the images of the point and starts the next one.
func (m *mean) take() (loss, accuracy float64) {
	n := float64(m.images)
	loss, accuracy = max(m.loss/n, 0), min(max(m.right/n, 0), 1)
	m.steps, m.images, m.loss, m.right = 0, 0, 0, 0
	return loss, accuracy
}

// speed measures the images per second over the last seconds.
type speed struct {
	start, half   time.Time // of what images and later count
	images, later int
	rate          float64
}

// add counts the images of a step that ended now and returns the speed, 0 if it is not known yet.
func (s *speed) add(now time.Time, images int) float64 {
	if s.start.IsZero() { // the step began before
		s.start, s.half = now, now
		return s.rate
	}
	s.images, s.later = s.images+images, s.later+images
	if d := now.Sub(s.start); d > 0 {
		s.rate = float64(s.images) / d.Seconds()
	}
	if now.Sub(s.half) >= recent/2 {
		s.start, s.images = s.half, s.later
		s.half, s.later = now, 0
	}
	return s.rate
}

// pace limits the share of the time that an observation takes.
type pace struct{ next time.Time }

func (p *pace) due(now time.Time) bool { return !now.Before(p.next) }

// done notes that an observation began at a time and has ended.
func (p *pace) done(began time.Time) {
	now := time.Now()
	p.next = now.Add(max(leastPause, share*now.Sub(began)))
}
