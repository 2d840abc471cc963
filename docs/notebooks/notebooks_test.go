// Package notebooks_test runs the notebooks of this folder without gophernotes.
package notebooks_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/internal/apirules"
	"inkstone/internal/notebook"
)

// folder is this folder as a path of packages.
const folder = "inkstone/docs/notebooks"

// chinese is in the name of a notebook's Chinese twin, before the extension.
const chinese = ".zh-CN"

// The kernels of the notebooks.
const gophernotes, gonb = "gophernotes", "gonb"

var full = flag.Bool("full", false, "run the notebooks with all images, as the kernels do")

// program is a notebook to run.
type program struct {
	name     string // of the file, without its extension
	function string
	cells    []notebook.Cell
}

// readAll reads the notebooks, by file name without the extension.
func readAll(t *testing.T) map[string]*notebook.Notebook {
	t.Helper()
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) < 14 {
		t.Fatalf("notebooks %v, %v", paths, err)
	}
	read := map[string]*notebook.Notebook{}
	for _, path := range paths {
		n, err := notebook.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		read[strings.TrimSuffix(path, ".ipynb")] = n
	}
	return read
}

// TestNotebooks turns each notebook into Go, reports what gophernotes cannot do, builds all
// of them as one program, runs each, and compares its outputs with the saved ones, those
// of its Chinese twin too. Training and evaluation use few images, unless the flag -full is set.
// A tag of a cell says how to compare:
//
//	(none)   the outputs are equal
//	trained  they are equal except for numbers, and pictures except for their pixels,
//	         because training rounds differently and takes other times on other processors
//	varies   they are of the same kinds: the number of lines, or the size of a picture,
//	         depends on rounding or on the number of images
func TestNotebooks(t *testing.T) {
	watchModule(t)
	read := readAll(t)
	var programs []program
	sources := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(read)) {
		n := read[name]
		if original, twin := strings.CutSuffix(name, chinese); twin {
			if err := alike(read[original], n); err != nil {
				t.Errorf("%s differs from its twin: %v", name, err)
			}
			continue
		}
		if _, ok := read[name+chinese]; !ok {
			t.Errorf("%s has no Chinese twin", name)
		}
		p := program{name, fmt.Sprintf("notebook%d", len(programs)+1), n.Cells}
		switch n.Kernel {
		case gophernotes:
			sources[p.function+".go"] = convert(t, p)
		case gonb:
			source, err := notebook.NewGoNBProgram(p.function, n.Cells)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			cells, few := string(source), ""
			if !*full {
				cells = strings.NewReplacer("train.Fit(", "Fit(", "train.Evaluate(", "Evaluate(").Replace(cells) + "\nvar Fit, Evaluate = train.Fit, train.Evaluate\n"
				few = "cells.Fit, cells.Evaluate = fit, evaluate"
			}
			sources[p.function+"/"+p.function+".go"] = cells
			sources[p.function+".go"] = fmt.Sprintf("package main\nimport cells %q\nfunc %s() {\n%s\ncells.Run(cell, display)\n}\n", folder+"/run/"+p.function, p.function, few)
		default:
			t.Errorf("%s has the kernel %q", name, n.Kernel)
		}
		programs = append(programs, p)
	}
	if t.Failed() || testing.Short() {
		return
	}
	binary := build(t, programs, sources)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			outputs := run(t, binary, p.function)
			compare(t, p.cells, outputs)
			t.Run(strings.TrimPrefix(chinese, "."), func(t *testing.T) { compare(t, read[p.name+chinese].Cells, outputs) })
		})
	}
}

// convert returns the program of a notebook of gophernotes, after reporting what gophernotes
// cannot do.
func convert(t *testing.T, p program) string {
	t.Helper()
	paths, err := notebook.Imports(folder, p.cells)
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	from, err := apirules.Importer(".", paths...)
	if err != nil {
		t.Fatal(err)
	}
	made, wrong, err := notebook.Check(p.function, "inkstone", folder, p.cells, from)
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	for _, w := range wrong {
		t.Errorf("%s: %s", p.name, w)
	}
	source := string(made.Source)
	if !*full {
		source = strings.NewReplacer("train.Fit(", "fit(", "train.Evaluate(", "evaluate(", "train.FindMistakes(", "findMistakes(").Replace(source)
	}
	return source
}

// watchModule reads the folders of the module. The programs are built by other processes,
// so go test would otherwise not notice that a package has changed and would show an old
// result.
func watchModule(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// alike returns an error about the first difference between the cells of two notebooks.
func alike(original, twin *notebook.Notebook) error {
	a, b := original.Cells, twin.Cells
	if len(a) != len(b) || len(original.Texts) != len(twin.Texts) || original.Kernel != twin.Kernel {
		return fmt.Errorf("%d cells of code and %d of text for %s, there %d and %d for %s", len(b), len(twin.Texts), twin.Kernel, len(a), len(original.Texts), original.Kernel)
	}
	for i := range a {
		if a[i].Source != b[i].Source || !slices.Equal(a[i].Tags, b[i].Tags) {
			return fmt.Errorf("cell %d is %q, there %q", b[i].Number, b[i].Source, a[i].Source)
		}
	}
	return nil
}

// build compiles all notebooks as one program, whose argument is the function to run. An
// overlay gives the compiler the sources in a folder of this module that does not exist.
func build(t *testing.T, programs []program, sources map[string]string) string {
	t.Helper()
	runtime, err := os.ReadFile("../../internal/notebook/runtime.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	var main strings.Builder
	main.WriteString("package main\nimport \"os\"\nfunc main() {\nswitch os.Args[1] {\n")
	for _, p := range programs {
		fmt.Fprintf(&main, "case %q:\n%s()\n", p.function, p.function)
	}
	main.WriteString("}\nflush()\n}\n")
	sources["main.go"], sources["runtime.go"] = main.String(), string(runtime)

	dir := t.TempDir()
	here, err := filepath.Abs("run")
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, source := range sources {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(path, []byte(source), 0o666); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(here, filepath.FromSlash(name))] = path
	}
	content, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "notebooks.exe")
	if err := os.WriteFile(list, content, 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-overlay", list, "-o", binary, "./run").CombinedOutput(); err != nil {
		t.Fatalf("the cells do not compile: %v\n%s", err, out)
	}
	return binary
}

// run runs a notebook on the built-in digits, without a network connection, and returns
// its cells with their outputs.
func run(t *testing.T, binary, function string) []notebook.Cell {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, function)
	dir := t.TempDir()
	const nowhere = "http://127.0.0.1:1"
	cmd.Env = append(os.Environ(), "INKSTONE_DATA=", "XDG_CACHE_HOME="+dir, "TMPDIR="+dir,
		"HTTP_PROXY="+nowhere, "HTTPS_PROXY="+nowhere, "http_proxy="+nowhere, "https_proxy="+nowhere, "NO_PROXY=", "no_proxy=")
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, errors.Bytes())
	}
	var cells []notebook.Cell
	for _, part := range strings.Split(string(out), "\x1e")[1:] {
		number, printed, _ := strings.Cut(part, "\n")
		c := notebook.Cell{Shown: map[string]string{}}
		if _, err := fmt.Sscan(number, &c.Number); err != nil {
			t.Fatal(err)
		}
		var shown string
		c.Stdout, shown, _ = strings.Cut(printed, "\x1d")
		if shown != "" {
			if err := json.Unmarshal([]byte(shown), &c.Shown); err != nil {
				t.Fatal(err)
			}
		}
		cells = append(cells, c)
	}
	return cells
}
