package server

import (
	"context"
	"runtime"
	"time"
)

// Limits bounds what clients can make the server do.
type Limits struct {
	Body        int64         // bytes of a request
	Pixels      int           // pixels of a picture
	Images      int           // images of a JSON request
	Requests    int           // requests to read pictures at the same time; others are refused
	Connections int           // connections at the same time; others wait
	Time        time.Duration // to receive a request, and to answer it
	Grace       time.Duration // to finish requests when the server stops
}

// DefaultLimits returns the limits for a computer at home.
func DefaultLimits() Limits {
	return Limits{
		Body: 16 << 20, Pixels: 32 << 20, Images: 256,
		Requests: 64, Connections: 256,
		Time: 10 * time.Second, Grace: 10 * time.Second,
	}
}

// slots limits the number of concurrent users of something.
type slots chan struct{}

// decoders returns a slot for each processor: decoding a picture uses one, and its memory.
func decoders() slots { return make(slots, runtime.GOMAXPROCS(0)) }

// try takes a slot if one is free.
func (s slots) try() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

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
