// Package apirules holds the packages that users import to the rules that keep them
// usable in a notebook: gophernotes cannot import or call everything that Go allows.
// Its test checks every package of this module.
package apirules

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Package is a package with its syntax and its types.
type Package struct {
	Path  string
	Fset  *token.FileSet
	Files []*ast.File
	Types *types.Package
}

// listed is what the go command tells of a package.
type listed struct {
	ImportPath, Name, Dir, Export string
	GoFiles                       []string
	DepOnly                       bool
}

// Importable loads the packages that match the patterns, as seen from a folder, and that
// a program elsewhere can import: no commands, nothing internal, nothing but tests.
func Importable(dir string, patterns ...string) ([]*Package, error) {
	all, err := list(dir, patterns)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	from := exported(fset, all)
	var packages []*Package
	for _, l := range all {
		if l.DepOnly || l.Name == "main" || len(l.GoFiles) == 0 || internal(l.ImportPath) {
			continue
		}
		p := &Package{Path: l.ImportPath, Fset: fset}
		for _, name := range l.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(l.Dir, name), nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			p.Files = append(p.Files, f)
		}
		if p.Types, err = (&types.Config{Importer: from}).Check(p.Path, fset, p.Files, nil); err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// Importer gives the types of the packages that the patterns match, as seen from a
// folder, and of all that they import.
func Importer(dir string, patterns ...string) (types.Importer, error) {
	all, err := list(dir, patterns)
	if err != nil {
		return nil, err
	}
	return exported(token.NewFileSet(), all), nil
}

func exported(fset *token.FileSet, all []listed) types.Importer {
	files := map[string]string{}
	for _, l := range all {
		files[l.ImportPath] = l.Export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(files[path])
	})
}

// list asks the go command for the packages and all that they import, compiled.
func list(dir string, patterns []string) ([]listed, error) {
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Name,Dir,Export,GoFiles,DepOnly", "--"}, patterns...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list: %w: %s", err, exit.Stderr)
	} else if err != nil {
		return nil, err
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, l)
	}
}

// internal reports whether only the module's own packages can import the path.
func internal(path string) bool {
	return strings.Contains("/"+path+"/", "/internal/")
}
