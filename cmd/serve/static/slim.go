package static

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// cut names functions that the program never calls and that make it nearly twice as large: they
// write tensors in other formats, or draw gorgonia's graph with text templates. Templates and
// Protocol Buffers call methods by their names, so with them the linker keeps every method of
// every type.
type cut struct {
	module, file string
	functions    []string
	with         string // the file, if it is not the one of the module without the functions
}

var cuts = []cut{
	{"gorgonia.org/tensor", "dense_io.go", []string{"FBEncode", "FBDecode", "PBEncode", "PBDecode"}, ""},
	{"gorgonia.org/tensor", "dense_compat.go", []string{"FromArrowArray", "FromArrowTensor"}, ""},
	{"gorgonia.org/gorgonia", "templates.go", nil, `package gorgonia

import (
	"errors"
	"io"
)

// noTemplate stands for the template of the graph's drawing.
type noTemplate struct{}

func (noTemplate) ExecuteTemplate(io.Writer, string, interface{}) error {
	return errors.New("this program does not draw graphs")
}

var exprNodeTempl noTemplate
`},
}

// slim writes a go.mod to a folder, with copies of modules without the cut functions beside it, and
// returns its name.
func slim(ctx context.Context, dir string) (modfile string, err error) {
	original, err := goCommand(ctx, "env", "GOMOD")
	if err != nil {
		return "", err
	}
	modfile = filepath.Join(dir, "go.mod")
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(filepath.Dir(string(original)), name))
		if err != nil {
			return "", fmt.Errorf("the current folder is not in the module of Inkstone: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return "", err
		}
	}
	for _, c := range cuts {
		folder := filepath.Join(dir, path.Base(c.module))
		if _, err := os.Stat(folder); err != nil {
			from, err := goCommand(ctx, "list", "-m", "-f", "{{.Dir}}", c.module)
			if err != nil {
				return "", err
			}
			if err := copySources(folder, string(from)); err != nil {
				return "", err
			}
			if _, err := goCommand(ctx, "mod", "edit", "-replace", c.module+"="+folder, modfile); err != nil {
				return "", err
			}
		}
		name := filepath.Join(folder, c.file)
		content := []byte(c.with)
		if c.with == "" {
			if content, err = without(name, c.functions); err != nil {
				return "", err
			}
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return "", err
		}
	}
	return modfile, nil
}

// copySources copies the files of a module, without its tests.
func copySources(to, from string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if ext := filepath.Ext(name); strings.HasSuffix(name, "_test.go") || ext != ".go" && ext != ".s" && ext != ".mod" {
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}

// without returns a Go file without some functions and methods, and without the imports that then
// are not used.
func without(name string, functions []string) ([]byte, error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, nil, 0)
	if err != nil {
		return nil, err
	}
	missing := slices.Clone(functions)
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !slices.Contains(functions, fn.Name.Name) {
			return false
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == fn.Name.Name })
		return true
	})
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s has no function %s: it has changed, so change the table of what the page leaves out", name, missing[0])
	}
	dropImports(f)
	var b bytes.Buffer
	err = printer.Fprint(&b, files, f)
	return b.Bytes(), err
}

// dropImports removes the imports whose names do not occur in a file.
func dropImports(f *ast.File) {
	used := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				used[x.Name] = true
			}
		}
		return true
	})
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			continue
		}
		g.Specs = slices.DeleteFunc(g.Specs, func(s ast.Spec) bool { return !used[importName(s.(*ast.ImportSpec))] })
	}
}

// importName returns the name by which a file refers to an import: the last part of its path, unless
// it has a name.
func importName(s *ast.ImportSpec) string {
	if s.Name != nil {
		return s.Name.Name
	}
	full, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return ""
	}
	return path.Base(full)
}
