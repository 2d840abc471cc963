package graph

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadme checks that README.md lists the passes in their order, and that its code and
// its output are those of examples in tests.
func TestReadme(t *testing.T) {
	content, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(content)

	var listed, names []string
	_, section, _ := strings.Cut(readme, "\n## Passes\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, m := range regexp.MustCompile("(?m)^\\| ([a-z ]+) \\|.*` \\|$").FindAllStringSubmatch(section, -1) {
		listed = append(listed, m[1])
	}
	for _, p := range passes {
		names = append(names, p.name)
	}
	if !slices.Equal(listed, names) {
		t.Errorf("README.md lists the passes %q, want %q", listed, names)
	}

	var sources strings.Builder
	for _, pattern := range []string{"*_test.go", "diagram/*_test.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s matches %v, error %v", pattern, paths, err)
		}
		for _, path := range paths {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(source)
		}
	}
	blocks := regexp.MustCompile("(?ms)^```(go|text)\n(.*?)^```$").FindAllStringSubmatch(readme, -1)
	if len(blocks) != 3 {
		t.Errorf("README.md has %d blocks of code and output, want 3", len(blocks))
	}
	for _, b := range blocks {
		want := b[2]
		if b[1] == "text" {
			want = regexp.MustCompile("(?m)^(.)").ReplaceAllString(want, "\t// $1")
		}
		if !strings.Contains(sources.String(), want) {
			t.Errorf("no test contains this part of README.md:\n%s", b[2])
		}
	}
}
