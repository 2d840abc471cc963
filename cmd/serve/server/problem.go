package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"inkstone/cmd/serve/batcher"
	"inkstone/train/data/picture"
)

// problem is an error with its HTTP status and a code for programs.
type problem struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (p *problem) Error() string { return p.Message }

func problemf(status int, code, format string, args ...any) *problem {
	return &problem{status, code, fmt.Sprintf(format, args...)}
}

// problemOf returns the problem for an error of reading a request or of answering it.
func problemOf(err error) *problem {
	var p *problem
	var body *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &body):
		return problemf(http.StatusRequestEntityTooLarge, "body_too_large", "the body has more than %d bytes", body.Limit)
	case errors.Is(err, picture.ErrTooLarge):
		return problemf(http.StatusRequestEntityTooLarge, "picture_too_large", "%v", err)
	case errors.Is(err, picture.ErrBlank):
		return problemf(http.StatusUnprocessableEntity, "blank", "%v", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, "slow_request", "the request did not arrive in time")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return problemf(http.StatusServiceUnavailable, "too_slow", "the answer was not ready in time")
	case errors.Is(err, batcher.ErrClosed):
		return problemf(http.StatusServiceUnavailable, "stopping", "the server stops")
	}
	return problemf(http.StatusInternalServerError, "failed", "%v", err)
}

// writeProblem answers with a problem.
func writeProblem(w http.ResponseWriter, p *problem) {
	switch p.status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="inkstone"`)
	}
	writeJSON(w, p.status, map[string]any{"error": p})
}

// writeJSON answers with a value as JSON. An error means that the client has gone.
func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
