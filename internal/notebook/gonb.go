package notebook

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// gonbui is the package with which cells of GoNB display values.
const gonbui = "github.com/janpfeifer/gonb/gonbui"

// NewGoNBProgram converts the cells of a notebook of GoNB to a Go file of a package called
// name. Its function Run runs the cells in order and calls cell(n) before cell number n. As in
// GoNB, the functions whose names begin with init_ run before each program. The package declares a variable gonbui in place of
// the package of that name, whose functions call display.
//
// Lines that begin with ! or % are commands of GoNB, which are left out, except that %% starts
// the body of a program.
func NewGoNBProgram(name string, cells []Cell) ([]byte, error) {
	var declarations, calls strings.Builder
	paths := map[string]bool{}
	inits := "" // calls of the functions that GoNB calls at the start of each program
	for _, c := range cells {
		source, isProgram := withoutCommands(c.Source)
		fmt.Fprintf(&calls, "\tcell(%d)\n", c.Number)
		if isProgram {
			fmt.Fprintf(&declarations, "func program%d() {\n//line cell %d:1\n%s\n}\n", c.Number, c.Number, source)
			fmt.Fprintf(&calls, "%s\tprogram%d()\n", inits, c.Number)
			continue
		}
		const head = "package p\n"
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "cell", head+source, 0)
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", c.Number, err)
		}
		end := len(head) // of the imports
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.IMPORT {
				continue
			}
			for _, s := range g.Specs {
				path, err := strconv.Unquote(s.(*ast.ImportSpec).Path.Value)
				if err != nil {
					return nil, fmt.Errorf("cell %d: %w", c.Number, err)
				}
				if path != gonbui {
					paths[path] = true
				}
			}
			end = fset.Position(g.End()).Offset
		}
		for _, d := range f.Decls {
			if function, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(function.Name.Name, "init_") {
				inits += "\t" + function.Name.Name + "()\n"
			}
		}
		fmt.Fprintf(&declarations, "%s\n", (head + source)[end:])
	}
	var head strings.Builder
	fmt.Fprintf(&head, "package %s\n\nimport (\n", name)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintf(&head, "%q\n", path)
	}
	head.WriteString(")\n\nvar gonbui struct{ DisplayHTML func(html string) }\n\n")
	fmt.Fprintf(&head, "func Run(cell func(n int), display func(html string)) {\n\tgonbui.DisplayHTML = display\n%s}\n", calls.String())
	return []byte(head.String() + declarations.String()), nil
}

// withoutCommands returns a cell with empty lines in place of GoNB's commands, and whether it is
// the body of a program.
func withoutCommands(source string) (text string, isProgram bool) {
	lines := strings.Split(source, "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) == "%%" {
			isProgram = true
		}
		if strings.HasPrefix(l, "!") || strings.HasPrefix(l, "%") {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n"), isProgram
}
