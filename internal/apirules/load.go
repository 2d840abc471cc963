// Package apirules checks that gophernotes can import every package that users import and
// can call its functions. It also checks that every exported name is documented. Its test
// checks every package of this module.
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

// Package is a package with its syntax trees and its types.
type Package struct {
	Path  string
	Fset  *token.FileSet
	Files []*ast.File
	Types *types.Package
}

// listedPackage is the part of the output of go list that this package uses.
type listedPackage struct {
	ImportPath, Name, Dir, Export string
	GoFiles                       []string
	DepOnly                       bool
}

// Importable loads the packages that match the patterns and that other modules can
// import. It leaves out commands, internal packages and packages that have only tests.
// Patterns are relative to dir.
func Importable(dir string, patterns ...string) ([]*Package, error) {
	all, err := list(dir, patterns)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	imp := newImporter(fset, all)
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
		if p.Types, err = (&types.Config{Importer: imp}).Check(p.Path, fset, p.Files, nil); err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// Importer returns an importer of the packages that match the patterns and of their
// dependencies. Patterns are relative to dir.
func Importer(dir string, patterns ...string) (types.Importer, error) {
	all, err := list(dir, patterns)
	if err != nil {
		return nil, err
	}
	return newImporter(token.NewFileSet(), all), nil
}

// newImporter returns an importer that reads the export data of the listed packages.
func newImporter(fset *token.FileSet, all []listedPackage) types.Importer {
	files := map[string]string{}
	for _, l := range all {
		files[l.ImportPath] = l.Export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no export data for package %s", path)
		}
		return os.Open(files[path])
	})
}

// list returns the packages that match the patterns and their dependencies. The go command
// compiles them, so that they have export data.
func list(dir string, patterns []string) ([]listedPackage, error) {
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Name,Dir,Export,GoFiles,DepOnly", "--"}, patterns...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list: %w: %s", err, exit.Stderr)
	} else if err != nil {
		return nil, err
	}
	var all []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listedPackage
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, l)
	}
}

// internal reports whether a package path has the element "internal".
func internal(path string) bool {
	return strings.Contains("/"+path+"/", "/internal/")
}
