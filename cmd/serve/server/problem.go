package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"inkstone/cmd/serve/engine"
)

// statuses are the HTTP statuses of the codes of problems.
var statuses = map[string]int{
	"bad_json":          http.StatusBadRequest,
	"cut_off":           http.StatusBadRequest,
	"no_token":          http.StatusUnauthorized,
	"other_site":        http.StatusForbidden,
	"not_found":         http.StatusNotFound,
	"method":            http.StatusMethodNotAllowed,
	"slow_request":      http.StatusRequestTimeout,
	"body_too_large":    http.StatusRequestEntityTooLarge,
	"picture_too_large": http.StatusRequestEntityTooLarge,
	"unknown_type":      http.StatusUnsupportedMediaType,
	"unknown_host":      http.StatusMisdirectedRequest,
	"no_picture":        http.StatusUnprocessableEntity,
	"blank":             http.StatusUnprocessableEntity,
	"images":            http.StatusUnprocessableEntity,
	"pixels":            http.StatusUnprocessableEntity,
	"no_model":          http.StatusUnprocessableEntity,
	"model_too_large":   http.StatusUnprocessableEntity,
	"too_many_models":   http.StatusUnprocessableEntity,
	"too_many_values":   http.StatusUnprocessableEntity,
	"unknown_preset":    http.StatusUnprocessableEntity,
	"unknown_model":     http.StatusUnprocessableEntity,
	"unknown_layer":     http.StatusUnprocessableEntity,
	"unknown_value":     http.StatusUnprocessableEntity,
	"unknown_method":    http.StatusUnprocessableEntity,
	"unknown_class":     http.StatusUnprocessableEntity,
	"unknown_run":       http.StatusUnprocessableEntity,
	"settings":          http.StatusUnprocessableEntity,
	"training":          http.StatusConflict,
	"failed":            http.StatusInternalServerError,
	"busy":              http.StatusServiceUnavailable,
	"too_slow":          http.StatusServiceUnavailable,
	"stopping":          http.StatusServiceUnavailable,
}

func problemf(code, format string, args ...any) *engine.Problem {
	return &engine.Problem{Code: code, Message: fmt.Sprintf(format, args...)}
}

// problemOf returns the problem for an error of reading a request or of answering it.
func problemOf(err error) *engine.Problem {
	var body *http.MaxBytesError
	switch {
	case errors.As(err, &body):
		return problemf("body_too_large", "the body has more than %d bytes", body.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf("slow_request", "the request did not arrive in time")
	}
	return engine.ProblemOf(err)
}

// writeProblem answers with a problem.
func writeProblem(w http.ResponseWriter, p *engine.Problem) {
	status, ok := statuses[p.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	switch status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="inkstone"`)
	}
	writeJSON(w, status, map[string]any{"error": p})
}

// writeJSON answers with a value as JSON. An error means that the client has gone.
func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
