package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
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

// blocks lists the Go code that a document shows.
func blocks(document string) []string {
	var list []string
	for _, m := range regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(document, -1) {
		list = append(list, m[1])
	}
	return list
}

// The code that extending.md shows is that of extending_test.go, and each thing that can be
// added has a section with code.
func TestExtendingShowsTestedCode(t *testing.T) {
	document, source := read(t, "extending.md"), read(t, "extending_test.go")
	for _, b := range blocks(document) {
		if !strings.Contains(source, b) {
			t.Errorf("extending_test.go lacks the code\n%s", b)
		}
	}
	for _, thing := range []string{
		"A model", "A layer", "An operation with its gradient", "An initialiser", "An optimizer",
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

// link is a link of Markdown to a place in the repository.
var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// What a document links to is there, and so are the files that it names as code.
func TestLinks(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"*.md", "../*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	if len(documents) < 6 {
		t.Errorf("only %d documents: %v", len(documents), documents)
	}
	file := regexp.MustCompile("`((?:graph|model|train|cmd|internal|docs)/[\\w/.-]+\\.(?:go|md))`")
	for _, d := range documents {
		text := read(t, d)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(d), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", d, m[1], err)
			}
		}
		for _, m := range file.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s names the file %s: %v", d, m[1], err)
			}
		}
	}
}
