// Package static writes the page as files that any file server can serve. The Go code of the page
// is compiled to WebAssembly and runs in the browser.
package static

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"inkstone/cmd/serve/page"
	"inkstone/internal/atomicfile"
)

// program is the import path of the program for the browser.
const program = "inkstone/cmd/serve/wasm"

// Names of files that Write adds to those of the page. engine-worker.js knows them.
const (
	programFile = "inkstone.wasm.gz"
	supportFile = "wasm_exec.js" // of the Go distribution
	licenseFile = "wasm_exec.LICENSE.txt"
)

// policy is the content security policy of the page. A server cannot be asked for a header, so it
// is in the page itself.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; " +
	"img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'"

// Write compiles the program with the go command and writes the page to a folder. It creates the
// folder, or replaces the page in it. The current folder must be in the module of Inkstone. It
// returns the size of the compressed program in bytes.
func Write(ctx context.Context, dir string) (size int, err error) {
	if err := check(dir); err != nil {
		return 0, err
	}
	code, err := build(ctx)
	if err != nil {
		return 0, err
	}
	files := map[string][]byte{programFile: code}
	for name, content := range page.Content() {
		files[name] = content
	}
	files["index.html"] = offline(files["index.html"])
	root, err := goCommand(ctx, "env", "GOROOT")
	if err != nil {
		return 0, err
	}
	for name, path := range map[string]string{supportFile: "lib/wasm/wasm_exec.js", licenseFile: "LICENSE"} {
		if files[name], err = os.ReadFile(filepath.Join(string(root), filepath.FromSlash(path))); err != nil {
			return 0, fmt.Errorf("the Go distribution lacks a file: %w", err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	for name, content := range files {
		if err := atomicfile.WriteBytes(filepath.Join(dir, name), content); err != nil {
			return 0, err
		}
	}
	return len(code), nil
}

// check refuses a folder with files that are not of a page.
func check(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, programFile)); err != nil && len(entries) > 0 {
		return fmt.Errorf("the folder %s holds other files than a page: name an empty or a new one", dir)
	}
	return nil
}

// offline returns the page with the program in place of a server.
func offline(html []byte) []byte {
	head := `<head>
<meta http-equiv="Content-Security-Policy" content="` + policy + `">
<meta name="engine" content="worker">`
	return bytes.Replace(html, []byte("<head>"), []byte(head), 1)
}

// build returns the compressed program.
func build(ctx context.Context) ([]byte, error) {
	scratch, err := os.MkdirTemp("", "inkstone-static-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	modfile, err := slim(ctx, scratch)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(scratch, "inkstone.wasm")
	if _, err := goCommand(ctx, "build", "-modfile", modfile, "-trimpath", "-ldflags=-s -w", "-o", out, program); err != nil {
		return nil, err
	}
	code, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(code)
	err = errors.Join(err, w.Close())
	return packed.Bytes(), err
}

// goCommand runs the go command for the browser and returns what it prints.
func goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	var message strings.Builder
	cmd.Stderr = &message
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the page is compiled with the go command, which is not installed")
	case err != nil:
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(message.String()))
	}
	return bytes.TrimSpace(out), nil
}
