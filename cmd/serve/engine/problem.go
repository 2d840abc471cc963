package engine

import (
	"context"
	"errors"
	"fmt"

	"inkstone/cmd/serve/batcher"
	"inkstone/train/data/picture"
)

// Problem is an error of a call, with a code for programs. The codes do not change; the messages
// may.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error returns the message.
func (p *Problem) Error() string { return p.Message }

// problemf returns a problem with a formatted message.
func problemf(code, format string, args ...any) *Problem {
	return &Problem{code, fmt.Sprintf(format, args...)}
}

// ProblemOf returns the problem for an error of a call: the one that it wraps, or one with the
// code "failed" if it has no other.
func ProblemOf(err error) *Problem {
	var p *Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, picture.ErrTooLarge):
		return problemf("picture_too_large", "%v", err)
	case errors.Is(err, picture.ErrBlank):
		return problemf("blank", "%v", err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return problemf("too_slow", "the answer was not ready in time")
	case errors.Is(err, batcher.ErrClosed):
		return problemf("stopping", "the server stops")
	}
	return problemf("failed", "%v", err)
}
