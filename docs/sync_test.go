package docs_test

import (
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks returns the Go code that a document shows.
func blocks(document string) []string {
	var list []string
	for _, m := range regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(document, -1) {
		list = append(list, m[1])
	}
	return list
}

// The code in extending.md is that of extending_test.go and of cmd/train/main.go, and each thing
// to add has a section with code.
func TestExtendingShowsTestedCode(t *testing.T) {
	document, source := read(t, "extending.md"), read(t, "extending_test.go")+read(t, "../cmd/train/main.go")
	for _, b := range blocks(document) {
		if !strings.Contains(source, b) {
			t.Errorf("no tested file has the code\n%s", b)
		}
	}
	for _, thing := range []string{
		"A model", "A layer", "An operation with its gradient", "An initializer", "An optimizer",
		"A schedule", "A data set", "An augmentation", "A callback",
	} {
		_, section, ok := strings.Cut(document, "\n## "+thing+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if !ok || len(blocks(section)) == 0 {
			t.Errorf("extending.md shows no code for: %s", thing)
		}
	}
}

// The README shows model/cnn.go as it is.
func TestReadmeShowsTheModel(t *testing.T) {
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		_, body, _ := strings.Cut(read(t, "../model/cnn.go"), "func CNN(")
		if !strings.Contains(read(t, filepath.Join("..", name)), "func CNN("+body) {
			t.Errorf("%s does not show the function of model/cnn.go", name)
		}
	}
}

// The README shows the program that cmd/train/traincmd tests, except for the line that chooses
// the built-in digits.
func TestReadmeShowsTheProgram(t *testing.T) {
	_, body, _ := strings.Cut(read(t, "../cmd/train/traincmd/example_test.go"), "\nfunc trainProgram(")
	body, _, _ = strings.Cut(body, "\n}\n")
	var lines []string
	for line := range strings.Lines(body) {
		if !strings.Contains(line, "-dataset builtin") {
			lines = append(lines, line)
		}
	}
	program, err := format.Source([]byte("func trainProgram(" + strings.Join(lines, "") + "\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		if !slices.Contains(blocks(read(t, filepath.Join("..", name))), string(program)) {
			t.Errorf("%s does not show the program\n%s", name, program)
		}
	}
}

// link matches a link of Markdown to a file in the repository: its path and its heading.
var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#([^)]*))?\)`)

// anchors returns the names by which links can point at the headings of a document.
func anchors(document string) []string {
	var list []string
	for _, m := range regexp.MustCompile("(?m)^#+ (.*)$").FindAllStringSubmatch(document, -1) {
		name := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		list = append(list, strings.ReplaceAll(name, " ", "-"))
	}
	return list
}

// The files and headings that a document links to exist, and so do the files that it names as
// code.
func TestLinks(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"*.md", "*/*.md", "../*.md", "../graph/*.md", "../graph/internal/kernel/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	if len(documents) < 13 {
		t.Errorf("only %d documents: %v", len(documents), documents)
	}
	file := regexp.MustCompile("`((?:graph|model|train|cmd|internal|docs)/[\\w/.-]+\\.(?:go|md))`")
	for _, d := range documents {
		text := read(t, d)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target := filepath.Join(filepath.Dir(d), m[1])
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", d, m[1], err)
			} else if m[2] != "" && !slices.Contains(anchors(read(t, target)), m[2]) {
				t.Errorf("%s links to %s, which has no heading %q", d, m[1], m[2])
			}
		}
		for _, m := range file.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s names the file %s: %v", d, m[1], err)
			}
		}
	}
}

// The drawing of architecture.md has every package of cmd, train, model and graph, and its table
// every package of internal, and no other.
func TestArchitectureNamesPackages(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "architecture.md"), "\n## Packages and their imports\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var inTable []string
	for _, m := range regexp.MustCompile("(?m)^\\| `internal/(\\w+)`").FindAllStringSubmatch(section, -1) {
		inTable = append(inTable, m[1])
	}
	if folders := packages(t, "../internal"); !slices.Equal(inTable, folders) {
		t.Errorf("the table has the packages %v of internal, the folder has %v", inTable, folders)
	}
	for _, parent := range []string{"cmd", "cmd/train", "train", "train/data", "model", "graph"} {
		for _, name := range packages(t, "../"+parent) {
			named := regexp.MustCompile(regexp.QuoteMeta(parent) + `(/| \([\w, ]*\b)` + name + `\b`)
			if !named.MatchString(section) {
				t.Errorf("the drawing does not name %s/%s", parent, name)
			}
		}
	}
}

// packages returns the names of the folders in a folder that hold Go files, sorted.
func packages(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no packages: %v", folder, err)
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	return slices.Compact(names)
}
