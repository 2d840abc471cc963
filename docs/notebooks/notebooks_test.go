// Package notebooks_test runs the notebooks of this folder without gophernotes.
package notebooks_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// program is a notebook to run.
type program struct {
	name     string // of the file, without its extension
	function string
	cells    []notebook.Cell
}

// TestNotebooks turns each notebook into Go, reports what gophernotes cannot do, builds all
// of them as one program, runs each, and compares its outputs with the saved ones, those
// of its Chinese twin too. A tag of a cell says how:
//
//	(none)   the outputs are equal
//	trained  they are equal except for numbers, and pictures except for their pixels,
//	         because training rounds differently and takes other times on other processors
//	varies   they are of the same kinds: the number of lines, or the size of a picture,
//	         depends on rounding
func TestNotebooks(t *testing.T) {
	watchModule(t)
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) < 5 {
		t.Fatalf("notebooks %v, %v", paths, err)
	}
	from, err := apirules.Importer(".", "inkstone/...", "std")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string][]notebook.Cell{}
	for _, path := range paths {
		if read[path], err = notebook.Read(path); err != nil {
			t.Fatal(err)
		}
	}
	var programs []program
	sources := map[string]string{}
	for _, path := range paths {
		name := strings.TrimSuffix(path, ".ipynb")
		if original, twin := strings.CutSuffix(name, chinese); twin {
			if err := alike(read[original+".ipynb"], read[path]); err != nil {
				t.Errorf("%s differs from its twin: %v", path, err)
			}
			continue
		}
		p := program{name, fmt.Sprintf("notebook%d", len(programs)+1), read[path]}
		made, wrong, err := notebook.Check(p.function, "inkstone", folder, p.cells, from)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, w := range wrong {
			t.Errorf("%s: %s", path, w)
		}
		sources[p.function+".go"] = string(made.Source)
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
			if twin, ok := read[p.name+chinese+".ipynb"]; ok {
				t.Run(strings.TrimPrefix(chinese, "."), func(t *testing.T) { compare(t, twin, outputs) })
			}
		})
	}
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
func alike(a, b []notebook.Cell) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d cells of code, %d there", len(b), len(a))
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
	main.WriteString("}\n}\n")
	sources["main.go"], sources["runtime.go"] = main.String(), string(runtime)

	dir := t.TempDir()
	here, err := filepath.Abs("run")
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, source := range sources {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(source), 0o666); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(here, name)] = path
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

var (
	number = regexp.MustCompile(`[-+]?\d[\d.,]*`)
	spaces = regexp.MustCompile(` +`)
	// within matches the lines that train.Progress writes within a long epoch.
	within = regexp.MustCompile(`(?m)^epoch .*  step .*\n`)
)

// masked replaces each number by a sign and several spaces by one.
func masked(s string) string {
	return spaces.ReplaceAllString(number.ReplaceAllString(within.ReplaceAllString(s, ""), "#"), " ")
}

// compare reports the differences between saved outputs and those of a run.
func compare(t *testing.T, saved, now []notebook.Cell) {
	if len(now) != len(saved) {
		t.Fatalf("%d cells ran, want %d", len(now), len(saved))
	}
	for i, want := range saved {
		got := now[i]
		if got.Number != want.Number {
			t.Fatalf("cell %d ran in the place of cell %d", got.Number, want.Number)
		}
		if a, b := kinds(got), kinds(want); a != b {
			t.Errorf("cell %d shows %q, saved is %q: %v", want.Number, a, b, got.Shown["text/plain"])
			continue
		}
		if want.Has("varies") {
			continue
		}
		same := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s\n%s\nsaved\n%s", what, got, want)
			}
		}
		mask := func(s string) string { return strings.TrimRight(s, "\n") }
		if want.Has("trained") {
			mask = func(s string) string { return masked(strings.TrimRight(s, "\n")) }
		}
		same(fmt.Sprintf("cell %d prints", want.Number), mask(got.Stdout), mask(want.Stdout))
		for mime, data := range want.Shown {
			what := fmt.Sprintf("cell %d shows the %s", want.Number, mime)
			if mime != "image/png" {
				same(what, mask(got.Shown[mime]), mask(data))
				continue
			}
			a, b := picture(t, got.Shown[mime]), picture(t, data)
			if a.Bounds() != b.Bounds() {
				t.Errorf("%s of size %v, saved is %v", what, a.Bounds(), b.Bounds())
			} else if !want.Has("trained") && !equal(a, b) {
				t.Errorf("%s, which differs from the saved one", what)
			}
		}
	}
}

// kinds lists the MIME types that a cell shows.
func kinds(c notebook.Cell) string {
	var list []string
	for mime := range c.Shown {
		list = append(list, mime)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func picture(t *testing.T, data string) image.Image {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func equal(a, b image.Image) bool {
	r := a.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			r1, g1, b1, a1 := a.At(x, y).RGBA()
			r2, g2, b2, a2 := b.At(x, y).RGBA()
			if r1 != r2 || g1 != g2 || b1 != b2 || a1 != a2 {
				return false
			}
		}
	}
	return true
}

// TestLinks checks that the links of the instructions lead to files.
func TestLinks(t *testing.T) {
	for _, path := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllSubmatch(text, -1) {
			if _, err := os.Stat(string(m[1])); err != nil {
				t.Errorf("%s: a link leads nowhere: %v", path, err)
			}
		}
	}
}
