//go:build js

// Command wasm is the engine of the static page. It runs in a worker of the browser, which passes
// calls to it by engine-worker.js. go run ./cmd/serve -static compiles it.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"syscall/js"
	"time"

	"inkstone/cmd/serve/engine"
	"inkstone/model"
	"inkstone/model/pretrained"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "inkstone:", err)
		os.Exit(1)
	}
}

func run() error {
	m, err := pretrained.Tiny()
	if err != nil {
		return err
	}
	o := engine.DefaultOptions()
	o.Workers = 1 // WebAssembly has one thread
	p := newPauser()
	o.Pause = p.pause
	e, err := engine.New([]*model.Model{m}, o)
	if err != nil {
		return err
	}
	js.Global().Call("inkstoneReady", js.FuncOf(func(_ js.Value, args []js.Value) any {
		id, name, query, kind := args[0], args[1].String(), args[2].String(), args[3].String()
		body := make([]byte, args[4].Length())
		js.CopyBytesToGo(body, args[4])
		go answer(e, id, name, query, kind, body)
		return nil
	}))
	select {}
}

// answer answers a call.
func answer(e *engine.Engine, id js.Value, name, query, kind string, body []byte) {
	reply := js.Global().Get("Object").New()
	reply.Set("id", id)
	defer func() { js.Global().Call("inkstoneAnswer", reply) }()
	values, err := url.ParseQuery(query)
	var a *engine.Answer
	if err == nil {
		a, err = e.Call(context.Background(), name, engine.Request{Type: kind, Query: values, Body: body})
	}
	if err != nil {
		p := engine.ProblemOf(err)
		reply.Set("error", map[string]any{"code": p.Code, "message": p.Message})
		return
	}
	content := js.Global().Get("Uint8Array").New(len(a.Body))
	js.CopyBytesToJS(content, a.Body)
	reply.Set("type", a.Type)
	reply.Set("body", content)
}

// pauseEvery is the time for which a training keeps the worker from its other calls.
const pauseEvery = 25 * time.Millisecond

// pauser lets the worker take the calls that have arrived. A goroutine that computes would keep
// it from them, since WebAssembly has one thread. A message to itself brings it back at once; a
// timer would take 4 ms.
type pauser struct {
	port js.Value
	back chan struct{}
	last time.Time
}

func newPauser() *pauser {
	p := &pauser{back: make(chan struct{}, 1)}
	channel := js.Global().Get("MessageChannel").New()
	p.port = channel.Get("port2")
	channel.Get("port1").Set("onmessage", js.FuncOf(func(js.Value, []js.Value) any {
		p.back <- struct{}{}
		return nil
	}))
	return p
}

func (p *pauser) pause() {
	if time.Since(p.last) < pauseEvery {
		return
	}
	p.port.Call("postMessage", 0)
	<-p.back
	p.last = time.Now()
}
