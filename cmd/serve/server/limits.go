package server

import (
	"time"

	"inkstone/cmd/serve/engine"
)

// Limits bounds what clients can make the server do.
type Limits struct {
	Body        int64         // bytes of a request
	Pixels      int           // pixels of a picture
	Images      int           // images of a JSON request
	Requests    int           // calls of the engine at the same time; others are refused
	Connections int           // connections at the same time; others wait
	Time        time.Duration // to receive a request, and to answer it
	Grace       time.Duration // to finish requests when the server stops
}

// DefaultLimits returns the limits for a computer at home.
func DefaultLimits() Limits {
	o := engine.DefaultOptions()
	return Limits{
		Body: 16 << 20, Pixels: o.Pixels, Images: o.Images,
		Requests: 64, Connections: 256,
		Time: 10 * time.Second, Grace: 10 * time.Second,
	}
}

// slots limits the number of concurrent users of something.
type slots chan struct{}

// try takes a slot if one is free.
func (s slots) try() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s slots) release() { <-s }
