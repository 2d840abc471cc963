package engine

import "context"

// slots limits the number of concurrent users of something.
type slots chan struct{}

// wait takes a slot when one is free. It returns the error of ctx if that is done first.
func (s slots) wait(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) release() { <-s }
