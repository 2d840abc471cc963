package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
)

// Request is what a call sends.
type Request struct {
	Type  string     // media type of the body, such as "application/json"; "" if there is no body
	Query url.Values // nil for none
	Body  []byte
}

// Answer is what a call returns.
type Answer struct {
	Type string // media type of the body: "application/json" unless the route returns a file
	Body []byte
}

// file is the result of a route that returns a file in place of JSON.
type file struct {
	kind    string // media type
	content []byte
}

// A route answers one kind of call.
type route struct {
	read bool // takes no body and changes nothing, so that a server may answer a GET request
	call func(ctx context.Context, r Request) (any, error)
}

// routes returns the routes by name.
func (e *Engine) routes() map[string]route {
	return map[string]route{
		"model":      {read: true, call: e.models},
		"predict":    {call: e.predict},
		"open":       {call: e.openModel},
		"close":      {call: question(e.closeModel)},
		"layers":     {call: question(e.layers)},
		"maps":       {call: question(e.maps)},
		"arithmetic": {call: question(e.arithmetic)},
		"explain":    {call: e.explain},
		"graph":      {read: true, call: e.drawGraph},

		"runs":          {read: true, call: e.listRuns},
		"save":          {call: question(e.save)},
		"teach":         {call: question(e.teach)},
		"train-choices": {read: true, call: e.trainChoices},
		"train-model":   {call: question(e.trainModel)},
		"train-rate":    {call: question(e.trainRate)},
		"train-start":   {call: question(e.trainStart)},
		"train-status":  {call: question(e.trainStatus)},
		"train-stop":    {call: question(e.trainStop)},
	}
}

// Routes returns the names of all routes. Those with the value true take no body and change
// nothing.
func (e *Engine) Routes() map[string]bool {
	names := map[string]bool{}
	for name, r := range e.table {
		names[name] = r.read
	}
	return names
}

// Call answers a call of a route. The error is a [*Problem].
func (e *Engine) Call(ctx context.Context, name string, r Request) (*Answer, error) {
	found, ok := e.table[name]
	if !ok {
		return nil, problemf("not_found", "there is no route %q", name)
	}
	result, err := found.call(ctx, r)
	if err != nil {
		return nil, ProblemOf(err)
	}
	if f, ok := result.(*file); ok {
		return &Answer{f.kind, f.content}, nil
	}
	body, err := json.Marshal(result)
	if err != nil {
		return nil, ProblemOf(err)
	}
	return &Answer{"application/json", body}, nil
}

// question returns the call of a route with a JSON object as its body, which it decodes into a
// new Q.
func question[Q, A any](answer func(ctx context.Context, q *Q) (A, error)) func(ctx context.Context, r Request) (any, error) {
	return func(ctx context.Context, r Request) (any, error) {
		q := new(Q)
		if err := decode(r, q); err != nil {
			return nil, err
		}
		return answer(ctx, q)
	}
}

// decode reads the JSON object of a body. It refuses fields that value does not have.
func decode(r Request, value any) error {
	if kind := r.mediaType(); kind != "application/json" {
		return problemf("unknown_type", "the Content-Type is %q, want application/json", r.Type)
	}
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.DisallowUnknownFields()
	err := d.Decode(value)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is text after the object")
		}
	}
	if err != nil {
		return problemf("bad_json", "the body is not the expected JSON: %v", err)
	}
	return nil
}
