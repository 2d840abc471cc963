// Package server answers requests to read pictures of digits over HTTP. docs/serve.md describes
// its interface.
package server

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync/atomic"

	"golang.org/x/net/netutil"

	"inkstone/cmd/serve/engine"
	"inkstone/cmd/serve/page"
	"inkstone/model"
)

const predictPath = apiPath + "predict"

// Options are the options of a server.
type Options struct {
	Names   []string // of the models; nil for those of their networks
	Token   string   // that requests must present; "" for none
	Hosts   []string // names of this server besides localhost and IP addresses
	Workers int      // goroutines that compute an operation, 0 for one per processor
	Limits  Limits
	Runs    engine.Runs // of this computer; nil for none
	Log     *log.Logger // for errors of connections; nil for the standard logger
}

// Server reads pictures with the average of some models.
type Server struct {
	options  Options
	engine   *engine.Engine
	requests slots // calls of the engine
	meter    *meter
	stopping atomic.Bool
	handler  http.Handler
}

// New returns a server for models of images of 28 x 28 pixels that have the same classes. The
// caller must close it.
func New(models []*model.Model, o Options) (*Server, error) {
	s := &Server{options: o, requests: make(slots, o.Limits.Requests)}
	s.meter = newMeter(func() int { return len(s.requests) })
	var err error
	if s.engine, err = engine.New(models, engine.Options{
		Names: o.Names, Workers: o.Workers, Pixels: o.Limits.Pixels, Images: o.Limits.Images, Evaluated: s.meter.evaluated, Runs: o.Runs,
	}); err != nil {
		return nil, err
	}
	s.handler = s.guard(s.routes())
	return s, nil
}

// routes returns the handler of all paths.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	add := func(method, path string, h http.Handler) {
		mux.Handle(path, s.meter.count(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != method && (r.Method != http.MethodHead || method != http.MethodGet) {
				w.Header().Set("Allow", method)
				writeProblem(w, problemf("method", "the method is %s, want %s", r.Method, method))
				return
			}
			h.ServeHTTP(w, r)
		})))
	}
	for route, read := range s.engine.Routes() {
		method := "POST"
		if read {
			method = "GET"
		}
		add(method, apiPath+route, s.authorized(s.call(route)))
	}
	add("GET", "/metrics", s.authorized(http.HandlerFunc(s.meter.write)))
	add("GET", "/healthz", http.HandlerFunc(s.health))
	for path, h := range page.Files() {
		if path == "/" {
			path = "/{$}"
		}
		add("GET", path, h)
	}
	mux.Handle("/", s.meter.count("other", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, problemf("not_found", "there is no %s", r.URL.Path))
	})))
	return mux
}

// health answers GET /healthz.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	if s.stopping.Load() {
		writeProblem(w, problemf("stopping", "the server stops"))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers the requests of a listener until ctx is done. Then it accepts no more, finishes
// those that it has, and returns nil. It returns an error if some could not be finished in
// time.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	limits := s.options.Limits
	h := &http.Server{
		Handler: s, ErrorLog: s.options.Log,
		ReadTimeout: limits.Time, WriteTimeout: 2 * limits.Time, IdleTimeout: 6 * limits.Time,
		MaxHeaderBytes: 16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(netutil.LimitListener(l, limits.Connections)) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), limits.Grace)
	defer cancel()
	if err := h.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("some requests were not finished within %v", limits.Grace), h.Close())
	}
	return nil
}

// Close stops the evaluations and releases their memory.
func (s *Server) Close() error { return s.engine.Close() }
