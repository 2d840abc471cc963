package layers

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestModule checks the imports of the module.
func TestModule(t *testing.T) {
	packages := list(t)
	for _, w := range check(packages) {
		t.Error(w)
	}
	for _, r := range rules {
		if !slices.ContainsFunc(packages, func(p listedPackage) bool {
			name, ok := strings.CutPrefix(p.ImportPath, module)
			return ok && matches(name, r.packages)
		}) {
			t.Errorf("the rule for %s applies to no package", r.packages)
		}
	}
}

// list returns the packages of the module and their dependencies. It also reads the folders
// of the module. Otherwise go test would show a cached result after a file has changed.
func list(t *testing.T) []listedPackage {
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports", module+"...")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// TestCheck checks imports that the table allows and imports that it does not allow.
func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		path, imports string
		want          string // in the message; "" for none
	}{
		{"inkstone/graph", "inkstone/model", "inkstone/graph imports inkstone/model, want only graph/..., internal/..."},
		{"inkstone/graph/solver", "inkstone/train", "inkstone/graph/solver imports inkstone/train"},
		{"inkstone/graph/internal/kernel", "inkstone/graph", "inkstone/graph/internal/kernel imports inkstone/graph,"},
		{"inkstone/model", "inkstone/train/data", "inkstone/model imports inkstone/train/data"},
		{"inkstone/train", "inkstone/train/report", "inkstone/train imports inkstone/train/report"},
		{"inkstone/train", "inkstone/cmd/train", "inkstone/train imports inkstone/cmd/train"},
		{"inkstone/train/data/mnist", "inkstone/train", "inkstone/train/data/mnist imports inkstone/train,"},
		{"inkstone/train/data", "inkstone/graph", "inkstone/train/data imports inkstone/graph"},
		{"inkstone/train/runfolder", "inkstone/train/report", "inkstone/train/runfolder imports inkstone/train/report"},
		{"inkstone/internal/table", "inkstone/graph", "inkstone/internal/table imports inkstone/graph"},
		{"inkstone/unknown", "fmt", "inkstone/unknown has no rule"},
		{"inkstone/train/unknown", "fmt", "inkstone/train/unknown has no rule"},

		{"inkstone/graph", "gorgonia.org/gorgonia", ""},
		{"inkstone/graphs", "inkstone/graph", "inkstone/graphs has no rule"},
		{"inkstone/model/safetensors", "inkstone/internal/atomicfile", ""},
		{"inkstone/cmd/train", "inkstone/train/report", ""},
	} {
		got := strings.Join(check([]listedPackage{{tc.path, []string{"fmt", tc.imports}}}), "\n")
		if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s imports %s: %q, want %q", tc.path, tc.imports, got, tc.want)
		}
	}
}
