// Package layers holds a table of the imports that each package may have. Its test checks
// all imports of the module.
package layers

import (
	"fmt"
	"slices"
	"strings"
)

// module is the prefix of the paths of all packages of the module. The table omits it.
const module = "inkstone/"

// rule lists the packages of the module that some packages may import. A path that ends in
// /... stands for a package and all packages below it.
type rule struct {
	packages string
	imports  []string
}

// rules are the layers, from the lowest to the highest. Every package needs a rule. The
// first rule that matches a package applies.
var rules = []rule{
	{"internal/...", []string{"internal/..."}},

	{"graph/internal/kernel/...", []string{"graph/internal/kernel/...", "internal/..."}},
	{"graph/kernelbench", []string{"graph/internal/kernel/...", "internal/..."}},
	{"graph/...", []string{"graph/...", "internal/..."}},

	{"model/...", []string{"model/...", "graph/...", "internal/..."}},

	{"train/settings", []string{"internal/..."}},
	{"train/data/...", []string{"train/data/...", "train/settings", "internal/..."}},
	{"train/schedule", []string{"internal/..."}},
	{"train/metrics", []string{"internal/..."}},
	{"train/mpi", []string{"train"}},
	{"train", []string{"train/data/...", "train/settings", "train/schedule", "train/metrics", "model/...", "graph/...", "internal/..."}},
	{"train/live", []string{"train", "train/data/...", "model"}},
	{"train/runfolder", []string{"train", "train/live", "train/settings", "train/data/...", "train/schedule", "train/metrics", "model/...", "internal/..."}},
	{"train/report", []string{"train", "train/settings", "train/data/...", "train/schedule", "train/metrics", "train/runfolder", "model/...", "graph/...", "internal/..."}},
	{"train/sweep", []string{"train", "train/settings", "train/data/...", "train/metrics", "train/runfolder", "train/report", "model/...", "internal/..."}},

	{"cmd/...", []string{"cmd/...", "train/...", "model/...", "graph/...", "internal/..."}},
	{"docs/...", []string{"docs/...", "train/...", "model/...", "graph/...", "internal/..."}},
}

// listedPackage is a package with the paths that it imports, without those of its tests.
type listedPackage struct {
	ImportPath string
	Imports    []string
}

// check returns a line for each import that the table does not allow. packages holds the
// packages of the module and their dependencies.
func check(packages []listedPackage) []string {
	var wrong []string
	for _, p := range packages {
		name, ok := strings.CutPrefix(p.ImportPath, module)
		if !ok {
			continue
		}
		i := slices.IndexFunc(rules, func(r rule) bool { return matches(name, r.packages) })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("%s has no rule in internal/layers/layers.go", p.ImportPath))
			continue
		}
		for _, path := range p.Imports {
			imported, ok := strings.CutPrefix(path, module)
			if ok && !slices.ContainsFunc(rules[i].imports, func(allowed string) bool { return matches(imported, allowed) }) {
				wrong = append(wrong, fmt.Sprintf("%s imports %s, want only %s", p.ImportPath, path, strings.Join(rules[i].imports, ", ")))
			}
		}
	}
	return wrong
}

// matches reports whether a path matches a path of the table.
func matches(path, entry string) bool {
	top, below := strings.CutSuffix(entry, "/...")
	return path == top || below && strings.HasPrefix(path, top+"/")
}
