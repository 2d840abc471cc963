package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"path/filepath"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/cmd/internal/modelfile"
	"inkstone/cmd/serve/runs"
	"inkstone/cmd/serve/server"
	"inkstone/cmd/serve/static"
	"inkstone/cmd/train/traincmd"
	"inkstone/internal/oneline"
	"inkstone/internal/smallfile"
	"inkstone/model"
	"inkstone/train"
)

const usage = `
Read pictures of digits over HTTP, for programs and on a web page on which one draws.

  go run ./cmd/serve                               open http://127.0.0.1:8080/ in a browser
  go run ./cmd/serve -model runs/NAME              the same with a model of yours
  go run ./cmd/serve -model runs/NAME -http :8080  for other computers, with a token
  go run ./cmd/serve -static DIR                   write the page for any file server; it runs in the browser

docs/serve.md describes the interface for programs.`

type settings struct {
	models     []string
	address    string
	tokenFile  string
	hosts      []string
	workers    int
	megapixels int
	static     string // folder
	runs       string // folder
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	limits := server.DefaultLimits()
	fs.Func("model", "model `file`, or the run folder that contains it; may be repeated, the predictions are then averaged (default the built-in model)", func(text string) error {
		s.models = append(s.models, text)
		return nil
	})
	fs.StringVar(&s.address, "http", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free one")
	fs.StringVar(&s.tokenFile, "token-file", "", "`file` with the token that requests must present; by default there is a random one if -http is not an address of this computer only")
	fs.Func("host", "`name` of this server besides localhost and its IP addresses; may be repeated", func(text string) error {
		s.hosts = append(s.hosts, text)
		return nil
	})
	fs.StringVar(&s.runs, "runs", "runs", "`folder` of training runs that the page shows, and into which it puts those that it starts")
	fs.StringVar(&s.static, "static", "", "write the page with the program compiled to WebAssembly to this `folder` and end; the other flags have no effect")
	fs.IntVar(&s.workers, "workers", 0, "`number` of threads, 0 for one per processor")
	fs.IntVar(&s.megapixels, "max-megapixels", limits.Pixels>>20, "refuse larger pictures, in `megapixels`")
	if err := cli.Parse(fs, usage, args, stdout); err != nil {
		return nil, err
	}
	return &s, cli.Check(
		cli.Rule{Holds: fs.NArg() == 0, Else: fmt.Sprintf("unexpected argument %q", fs.Arg(0))},
		cli.Rule{Holds: !slices.Contains(s.models, ""), Else: "-model is empty"},
		cli.Rule{Holds: !slices.Contains(s.hosts, ""), Else: "-host is empty"},
		cli.Rule{Holds: s.workers >= 0, Else: fmt.Sprintf("-workers is %d, want at least 0", s.workers)},
		cli.Rule{Holds: s.megapixels >= 1 && s.megapixels <= 4096, Else: fmt.Sprintf("-max-megapixels is %d, want 1 to 4096", s.megapixels)},
	)
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	if s.static != "" {
		return writeStatic(ctx, s.static, stdout, stderr)
	}
	models, err := s.load(stderr)
	if err != nil {
		return err
	}
	l, err := server.Listen(ctx, s.address)
	if err != nil {
		return err
	}
	defer l.Close()
	token, err := s.token(l.Wide())
	if err != nil {
		return err
	}
	limits := server.DefaultLimits()
	limits.Pixels = s.megapixels << 20
	folder := runs.New(ctx, s.runs, func(ctx context.Context, args []string) error {
		return traincmd.Run(ctx, args, io.Discard, io.Discard)
	})
	defer folder.Wait() // the runs that the page has started save their state
	srv, err := server.New(models, server.Options{
		Names: s.names(), Token: token, Hosts: s.hosts, Workers: s.workers, Limits: limits, Runs: folder, Log: log.New(stderr, "serve: ", 0),
	})
	if err != nil {
		return err
	}
	defer srv.Close()
	for _, m := range models {
		fmt.Fprintf(stdout, "model  %s\n", m)
	}
	fmt.Fprintf(stdout, "open   %s\n", l.Link(token, ""))
	l.Warn(stderr)
	if err := srv.Serve(ctx, l); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "ended  all requests are answered")
	return nil
}

// load reads the models and writes their notes to stderr.
func (s *settings) load(stderr io.Writer) ([]*model.Model, error) {
	names := s.models
	if len(names) == 0 {
		names = []string{""} // the built-in model
	}
	var models []*model.Model
	for i, name := range names {
		m, err := modelfile.Open(name, stderr)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			if err := train.Agree(models[0], m); err != nil {
				return nil, fmt.Errorf("model files %s and %s cannot be averaged: %w", s.models[0], name, err)
			}
		}
		models = append(models, m)
	}
	return models, nil
}

// names returns what the page calls the models: the last part of the path that -model has.
func (s *settings) names() []string {
	var names []string
	for _, path := range s.models {
		names = append(names, oneline.Escape(filepath.Base(path)))
	}
	return names
}

// token returns the token of the file, or a random one if other computers can reach the server,
// or "" for none.
func (s *settings) token(wide bool) (string, error) {
	if s.tokenFile == "" {
		if wide {
			return server.NewToken(), nil
		}
		return "", nil
	}
	content, err := smallfile.Read(s.tokenFile, 4096)
	if err != nil {
		return "", fmt.Errorf("-token-file: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if len(token) < 16 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("-token-file: %s has no token: want at least 16 printable characters of ASCII on one line, without spaces", s.tokenFile)
	}
	return token, nil
}

// writeStatic writes the static page.
func writeStatic(ctx context.Context, dir string, stdout, stderr io.Writer) error {
	fmt.Fprintln(stderr, "compiling the program for the browser; the first time takes a minute or two")
	size, err := static.Write(ctx, dir)
	if err != nil {
		return fmt.Errorf("-static: %w", err)
	}
	fmt.Fprintf(stdout, "wrote  %s (the program has %.1f MB); any file server shows it, such as python3 -m http.server -d %s\n", dir, float64(size)/1e6, dir)
	return nil
}
