package static

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/cmd/serve/engine"
	"inkstone/graph/kernelbench"
	"inkstone/model"
	"inkstone/model/pretrained"
)

var compile = flag.Bool("wasm", false, "compile the program of the static page, which takes minutes the first time, and run it under Node")

const source = `package p

import (
	"fmt"
	other "os"
	"strings"
)

type T struct{}

func (T) Keep() string { return strings.ToUpper("a") }
func (T) Cut() { fmt.Println(other.Args) }
func Cut2() {}
`

func TestWithout(t *testing.T) {
	name := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(name, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := without(name, []string{"Cut", "Cut2"})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"Keep": true, "Cut": false, `"fmt"`: false, `"os"`: false, `"strings"`: true} {
		if bytes.Contains(got, []byte(text)) != want {
			t.Errorf("that %s is left is %t:\n%s", text, !want, got)
		}
	}
	if _, err := without(name, []string{"Cut", "Missing"}); err == nil || !strings.Contains(err.Error(), "Missing") {
		t.Errorf("error is %v, want one about Missing", err)
	}
}

// The modules have what is cut out of them.
func TestCuts(t *testing.T) {
	dir := t.TempDir()
	modfile, err := slim(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(modfile)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cuts {
		if !strings.Contains(string(content), c.module+" => ") {
			t.Errorf("%s is not replaced in go.mod", c.module)
		}
		file, err := os.ReadFile(filepath.Join(dir, filepath.Base(c.module), c.file))
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range []string{"protobuf", "arrow", "text/template"} {
			if strings.Contains(string(file), gone) {
				t.Errorf("%s still contains %s", c.file, gone)
			}
		}
	}
}

func TestRefusesOtherFolders(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "holds other files") {
		t.Errorf("error is %v", err)
	}
}

// call is a call of the program.
type call struct {
	Route string `json:"route"`
	Body  any    `json:"body"`
}

// The program of the page is small, and in a browser's WebAssembly it trains to the same bytes as
// the same engine on the portable path of this computer.
func TestProgram(t *testing.T) {
	if !*compile {
		t.Skip("without -wasm")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node is not installed")
	}
	dir := filepath.Join(t.TempDir(), "page")
	size, err := Write(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the program has %d bytes", size)
	if size > 6e6 {
		t.Errorf("the program has %d bytes, want at most 6 MB", size)
	}
	var calls []call
	for i, network := range []string{"fast", "tiny"} {
		run, opened := []string{"page:1", "page:2"}[i], []string{"2", "3"}[i]
		calls = append(calls,
			call{"train-start", engine.Settings{Network: network, Dataset: "builtin", Images: 300, Epochs: 2, Seed: 3}},
			call{"train-status", map[string]string{"run": run}},
			call{"save", map[string]string{"model": opened}},
		)
	}
	questions, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "testdata/calls.cjs", dir)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(questions), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []json.RawMessage
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	want := native(t, calls)
	for i, c := range calls {
		if c.Route != "save" {
			continue
		}
		var text string
		if err := json.Unmarshal(got[i], &text); err != nil {
			t.Fatal(err)
		}
		file, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		m, err := model.Parse(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(file, want[i]) {
			t.Errorf("%s: the file differs from the one that is trained here on the portable path", m.Preset)
		}
		t.Logf("%s: %d bytes, equal %t, accuracy %.3f", m.Preset, len(file), bytes.Equal(file, want[i]), m.Accuracy)
	}
}

// native makes the calls on the portable path and returns the content of the answers.
func native(t *testing.T, calls []call) [][]byte {
	path := kernelbench.Path()
	if err := kernelbench.SetPath("portable"); err != nil {
		t.Fatal(err)
	}
	defer kernelbench.SetPath(path)
	m, err := pretrained.Tiny()
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New([]*model.Model{m}, engine.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var answers [][]byte
	for _, c := range calls {
		body, err := json.Marshal(c.Body)
		if err != nil {
			t.Fatal(err)
		}
		for running := true; running; {
			a, err := e.Call(t.Context(), c.Route, engine.Request{Type: "application/json", Body: body})
			if err != nil {
				t.Fatal(err)
			}
			running = c.Route == "train-status" && bytes.Contains(a.Body, []byte(`"state":"running"`))
			if !running {
				answers = append(answers, a.Body)
			}
		}
	}
	return answers
}

// The page that is written has a policy, and the files that it names.
func TestOffline(t *testing.T) {
	html := string(offline([]byte("<html><head>\n<title>x</title></head></html>")))
	for _, want := range []string{`<meta name="engine" content="worker">`, "'wasm-unsafe-eval'", "<title>x</title>"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s:\n%s", want, html)
		}
	}
}
