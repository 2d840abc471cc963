package notebook

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// support declares the functions that a program calls. It is for type checking only.
const support = "package main\nfunc cell(int) {}\nfunc show(...any) {}\n"

// Check converts cells to a program as [NewProgram] does. It also returns a line for each
// compile error and for each use of a feature that gophernotes does not support:
//
//   - generic functions and types, range over a number or a function, and the built-in
//     functions min, max and clear
//   - passing a slice of pointers to a variadic parameter of a compiled function,
//     f(list...)
//   - importing two packages in one block if both export an interface of the same name
//   - importing a package of another module in a block without a package of this module,
//     since gophernotes could build it from other versions of its dependencies
//
// module is the path of this module. imp imports the packages that the cells import.
func Check(name, module, folder string, cells []Cell, imp types.Importer) (*Program, []string, error) {
	noValue := map[int]bool{}
	for {
		p, err := NewProgram(name, folder, cells, noValue)
		if err != nil {
			return nil, nil, err
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, source := range []string{string(p.Source), support} {
			f, err := parser.ParseFile(fset, "", source, 0)
			if err != nil {
				return nil, nil, err
			}
			files = append(files, f)
		}
		var wrong []string
		again := false
		info := &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
		}
		cfg := types.Config{Importer: imp, Error: func(err error) {
			e := err.(types.Error)
			var number int
			fmt.Sscanf(fset.Position(e.Pos).Filename, "cell %d", &number)
			if strings.Contains(e.Msg, "(no value) used as value") && !noValue[number] {
				noValue[number], again = true, true
				return
			}
			wrong = append(wrong, fmt.Sprintf("%s: %s", position(fset, e.Pos), e.Msg))
		}}
		pkg, _ := cfg.Check("main", fset, files, info)
		if again {
			continue
		}
		wrong = append(wrong, checkFeatures(fset, files[0], info)...)
		return p, append(wrong, checkImports(module, p.Imports, pkg)...), nil
	}
}

// position returns the cell and the line of pos.
func position(fset *token.FileSet, pos token.Pos) string {
	p := fset.Position(pos)
	return fmt.Sprintf("%s, line %d", p.Filename, p.Line)
}

// checkFeatures returns a line for each use of a feature that gophernotes does not support.
func checkFeatures(fset *token.FileSet, f *ast.File, info *types.Info) (wrong []string) {
	report := func(n ast.Node, format string, args ...any) {
		wrong = append(wrong, position(fset, n.Pos())+": "+fmt.Sprintf(format, args...))
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			switch t := info.TypeOf(n.X).Underlying().(type) {
			case *types.Signature:
				report(n, "range over a function")
			case *types.Basic:
				if t.Info()&types.IsInteger != 0 {
					report(n, "range over a number")
				}
			}
		case *ast.Ident:
			if _, ok := info.Instances[n]; ok {
				report(n, "%s is generic", n.Name)
			}
			if b, ok := info.Uses[n].(*types.Builtin); ok && slices.Contains([]string{"min", "max", "clear"}, b.Name()) {
				report(n, "the built-in function %s", b.Name())
			}
		case *ast.FuncType:
			if n.TypeParams != nil {
				report(n, "a generic function")
			}
		case *ast.TypeSpec:
			if n.TypeParams != nil {
				report(n, "the generic type %s", n.Name.Name)
			}
		case *ast.CallExpr:
			if !n.Ellipsis.IsValid() {
				break
			}
			if s, ok := n.Fun.(*ast.SelectorExpr); ok {
				list, _ := info.TypeOf(n.Args[len(n.Args)-1]).Underlying().(*types.Slice)
				if list == nil {
					break
				}
				if _, pointer := list.Elem().Underlying().(*types.Pointer); pointer {
					report(n, "%s is called with list... of pointers, want the pointers one by one", s.Sel.Name)
				}
			}
		}
		return true
	})
	return wrong
}

// checkImports returns a line for each import that gophernotes would fail to load.
func checkImports(module string, blocks [][]string, pkg *types.Package) (wrong []string) {
	imported := map[string]*types.Package{}
	if pkg != nil {
		for _, p := range pkg.Imports() {
			imported[p.Path()] = p
		}
	}
	loaded := map[string]bool{}
	for _, block := range blocks {
		interfaces := map[string]string{}
		ours := slices.ContainsFunc(block, func(path string) bool { return strings.HasPrefix(path, module+"/") })
		for _, path := range block {
			host, _, _ := strings.Cut(path, "/")
			outside := strings.Contains(host, ".")
			own := strings.HasPrefix(path, module+"/")
			p := imported[path]
			if !outside && !own || p == nil || loaded[path] {
				continue
			}
			loaded[path] = true
			if outside && !ours {
				wrong = append(wrong, fmt.Sprintf("the import of %s: its block has no package of this module, want one", path))
			}
			for _, name := range p.Scope().Names() {
				t, ok := p.Scope().Lookup(name).(*types.TypeName)
				if !ok || !t.Exported() || !types.IsInterface(t.Type()) {
					continue
				}
				if other := interfaces[name]; other != "" {
					wrong = append(wrong, fmt.Sprintf("the imports of %s and %s: both export an interface %s, want them in separate blocks", other, path, name))
				}
				interfaces[name] = path
			}
		}
	}
	return wrong
}
