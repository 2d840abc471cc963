package server

import (
	"context"
	"errors"
	"io"
	"net/http"

	"inkstone/cmd/serve/engine"
)

// apiPath is the prefix of the paths of the engine's routes.
const apiPath = "/v1/"

// call returns a handler that passes requests on to a route of the engine.
func (s *Server) call(route string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.requests.try() {
			writeProblem(w, problemf("busy", "the server answers %d requests already", cap(s.requests)))
			return
		}
		defer s.requests.release()
		ctx, cancel := context.WithTimeout(r.Context(), s.options.Limits.Time)
		defer cancel()
		body, err := s.readBody(w, r)
		if err != nil {
			writeProblem(w, problemOf(err))
			return
		}
		answer, err := s.engine.Call(ctx, route, engine.Request{Type: r.Header.Get("Content-Type"), Query: r.URL.Query(), Body: body})
		if err != nil {
			writeProblem(w, problemOf(err))
			return
		}
		w.Header().Set("Content-Type", answer.Type)
		_, _ = w.Write(answer.Body) // an error means that the client has gone
	})
}

// readBody reads the body of a request.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.options.Limits.Body))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, problemf("cut_off", "the body ends early")
	}
	return body, err
}
