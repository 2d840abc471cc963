// Package view shows the runs of a command that trains on the page of cmd/serve.
package view

import (
	"context"
	"fmt"
	"io"
	"log"
	"sync"

	"inkstone/cmd/serve/runs"
	"inkstone/cmd/serve/server"
	"inkstone/model"
	"inkstone/model/pretrained"
	"inkstone/train/runfolder"
)

// Start serves the page at an address until stop is called. It shows the runs in a folder, or the one
// of a run folder or of a checkpoint in it; the folder need not exist yet.
func Start(ctx context.Context, address, path string, stdout, stderr io.Writer) (stop func(), err error) {
	m, err := pretrained.Tiny() // for what one draws before the run has a model
	if err != nil {
		return nil, err
	}
	l, err := server.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	o := server.Options{Limits: server.DefaultLimits(), Log: log.New(stderr, "view: ", 0)}
	if l.Wide() {
		o.Token = server.NewToken()
	}
	folder, _ := runfolder.Split(path)
	o.Runs = runs.New(ctx, folder, nil)
	s, err := server.New([]*model.Model{m}, o)
	if err != nil {
		l.Close()
		return nil, err
	}
	fmt.Fprintf(stdout, "view   %s\n", l.Link(o.Token, "train"))
	l.Warn(stderr)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	return sync.OnceFunc(func() {
		cancel()
		<-ended // an error is that some requests were cut off
		s.Close()
	}), nil
}
