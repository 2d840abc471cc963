package server

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each code of a problem has a status, and docs/serve.md lists it.
func TestCodes(t *testing.T) {
	documented, err := os.ReadFile("../../../docs/serve.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`problemf\("(\w+)"`)
	files, err := filepath.Glob("../engine/*.go")
	if err != nil {
		t.Fatal(err)
	}
	own, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range append(files, own...) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(content), -1) {
			used[m[1]] = true
		}
	}
	for c := range used {
		if statuses[c] == 0 {
			t.Errorf("the code %s has no status", c)
		}
		if !strings.Contains(string(documented), "`"+c+"`") {
			t.Errorf("docs/serve.md does not list the code %s", c)
		}
	}
	for c := range statuses {
		if !used[c] {
			t.Errorf("the code %s is not used", c)
		}
	}
}
