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

// support declares what a program calls besides its imports, for checking alone.
const support = "package main\nfunc cell(int) {}\nfunc show(...any) {}\n"

// Check turns cells into a program, see [NewProgram], and lists what gophernotes could
// not do in them:
//
//   - generic functions and types, range over a number or a function, and the built-in
//     functions min, max and clear;
//   - a slice of pointers for a variadic parameter, f(list...), of a compiled function;
//   - the first import of two packages that export interfaces of one name in one block;
//   - the import of another module's package without one of this module in its block: the
//     versions that it is built from could be others.
//
// module is the path of this module, from gives the packages that the cells import.
func Check(name, module, folder string, cells []Cell, from types.Importer) (*Program, []string, error) {
	void := map[int]bool{}
	for {
		p, err := NewProgram(name, folder, cells, void)
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
		cfg := types.Config{Importer: from, Error: func(err error) {
			e := err.(types.Error)
			var number int
			fmt.Sscanf(fset.Position(e.Pos).Filename, "cell %d", &number)
			if strings.Contains(e.Msg, "(no value) used as value") && !void[number] {
				void[number], again = true, true
				return
			}
			wrong = append(wrong, fmt.Sprintf("%s: %s", place(fset, e.Pos), e.Msg))
		}}
		pkg, _ := cfg.Check("main", fset, files, info)
		if again {
			continue
		}
		wrong = append(wrong, refuse(fset, files[0], info)...)
		return p, append(wrong, refuseImports(module, p.Imports, pkg)...), nil
	}
}

func place(fset *token.FileSet, pos token.Pos) string {
	p := fset.Position(pos)
	return fmt.Sprintf("%s, line %d", p.Filename, p.Line)
}

// refuse lists the uses of what the interpreter lacks.
func refuse(fset *token.FileSet, f *ast.File, info *types.Info) (wrong []string) {
	say := func(n ast.Node, format string, args ...any) {
		wrong = append(wrong, place(fset, n.Pos())+": "+fmt.Sprintf(format, args...))
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			switch t := info.TypeOf(n.X).Underlying().(type) {
			case *types.Signature:
				say(n, "range over a function")
			case *types.Basic:
				if t.Info()&types.IsInteger != 0 {
					say(n, "range over a number")
				}
			}
		case *ast.Ident:
			if _, ok := info.Instances[n]; ok {
				say(n, "%s is generic", n.Name)
			}
			if b, ok := info.Uses[n].(*types.Builtin); ok && slices.Contains([]string{"min", "max", "clear"}, b.Name()) {
				say(n, "the built-in function %s", b.Name())
			}
		case *ast.FuncType:
			if n.TypeParams != nil {
				say(n, "a generic function")
			}
		case *ast.TypeSpec:
			if n.TypeParams != nil {
				say(n, "the generic type %s", n.Name.Name)
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
					say(n, "%s takes a list of pointers with ...: name them one by one", s.Sel.Name)
				}
			}
		}
		return true
	})
	return wrong
}

// refuseImports lists what would fail to load.
func refuseImports(module string, blocks [][]string, pkg *types.Package) (wrong []string) {
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
				wrong = append(wrong, fmt.Sprintf("the import of %s: put a package of this module into its block", path))
			}
			for _, name := range p.Scope().Names() {
				t, ok := p.Scope().Lookup(name).(*types.TypeName)
				if !ok || !t.Exported() || !types.IsInterface(t.Type()) {
					continue
				}
				if other := interfaces[name]; other != "" {
					wrong = append(wrong, fmt.Sprintf("the imports of %s and %s: both export an interface %s, so they need blocks of their own", other, path, name))
				}
				interfaces[name] = path
			}
		}
	}
	return wrong
}
