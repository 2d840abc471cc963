package notebook

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Program is a notebook as Go source.
type Program struct {
	Imports [][]string // paths by import declaration, in order
	Source  []byte     // file of package main
}

// NewProgram converts cells to a Go file with a function called name. The function calls
// cell(n) at the start of cell number n. It calls show with the values of the last
// expression of a cell, except for cells in noValue, whose last expression has no value.
// Relative import paths are relative to folder, the package path of the notebook's folder.
//
// A notebook may declare a name twice. In the program each declaration starts a new block
// inside the block of the previous declaration, so that the later name hides the earlier
// one.
func NewProgram(name, folder string, cells []Cell, noValue map[int]bool) (*Program, error) {
	p := &Program{}
	var body strings.Builder
	var paths []string
	blocks := 0
	for _, c := range cells {
		lineDirective := func(line int) string { return fmt.Sprintf("//line cell %d:%d\n", c.Number, line) }
		fmt.Fprintf(&body, "cell(%d)\n", c.Number)
		list, err := statements(c.Source)
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", c.Number, err)
		}
		for i, s := range list {
			last := i == len(list)-1
			switch {
			case s.first == token.IMPORT:
				block, err := imports(s.text, folder)
				if err != nil {
					return nil, fmt.Errorf("cell %d: %w", c.Number, err)
				}
				p.Imports = append(p.Imports, block)
				paths = append(paths, block...)
			case s.function != "":
				fmt.Fprintf(&body, "{\n%s%s := func%s\n_ = %s\n", lineDirective(s.line), s.function, strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(s.text, "func")), s.function), s.function)
				blocks++
			case s.first == token.FUNC && s.method:
				return nil, fmt.Errorf("cell %d: it declares a method, which this check does not support", c.Number)
			default:
				names, expression, err := parseStatement(s.text)
				if err != nil {
					return nil, fmt.Errorf("cell %d: %w", c.Number, err)
				}
				switch {
				case last && isPrint(expression):
					return nil, fmt.Errorf("cell %d: it ends in %s, whose result would be shown, want another value at the end", c.Number, s.text)
				case expression != nil && last && !noValue[c.Number]:
					fmt.Fprintf(&body, "%sshow(%s)\n", lineDirective(s.line), s.text)
				case len(names) > 0:
					fmt.Fprintf(&body, "{\n%s%s\n", lineDirective(s.line), s.text)
					for _, n := range names {
						fmt.Fprintf(&body, "_ = %s\n", n)
					}
					blocks++
				default:
					fmt.Fprintf(&body, "%s%s\n", lineDirective(s.line), s.text)
				}
			}
		}
	}
	slices.Sort(paths)
	var head strings.Builder
	fmt.Fprintf(&head, "package main\n\nimport (\n")
	for _, path := range slices.Compact(paths) {
		fmt.Fprintf(&head, "%q\n", path)
	}
	fmt.Fprintf(&head, ")\n\nfunc %s() {\n", name)
	p.Source = []byte(head.String() + body.String() + strings.Repeat("}\n", blocks+1))
	return p, nil
}

// Imports returns the paths of the packages that cells import. Relative paths are resolved in
// folder.
func Imports(folder string, cells []Cell) ([]string, error) {
	p, err := NewProgram("imports", folder, cells, nil)
	if err != nil {
		return nil, err
	}
	return slices.Concat(p.Imports...), nil
}

// statement is a statement or a declaration at the top level of a cell.
type statement struct {
	text     string
	line     int // in the cell, from 1
	first    token.Token
	function string // name of the function that it declares, or ""
	method   bool
}

// statements splits a cell at the semicolons, explicit or implied, outside of brackets.
func statements(source string) ([]statement, error) {
	var problems scanner.ErrorList
	fset := token.NewFileSet()
	file := fset.AddFile("cell", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), func(pos token.Position, msg string) { problems.Add(pos, msg) }, 0)
	var list []statement
	var tokens []token.Token
	var words []string
	start, depth := -1, 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			if start >= 0 {
				problems.Add(file.Position(file.Pos(start)), "a bracket is not closed")
			}
			return list, problems.Err()
		}
		offset := file.Offset(pos)
		if start < 0 {
			if tok == token.SEMICOLON {
				continue
			}
			start, tokens, words = offset, nil, nil
		}
		tokens, words = append(tokens, tok), append(words, lit)
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		case token.SEMICOLON:
			header := lit == ";" && slices.Contains([]token.Token{token.FOR, token.IF, token.SWITCH}, tokens[0])
			if depth > 0 || header {
				continue
			}
			st := statement{text: strings.TrimSpace(source[start:offset]), line: file.Line(file.Pos(start)), first: tokens[0]}
			if st.first == token.FUNC && len(tokens) > 1 {
				if tokens[1] == token.IDENT {
					st.function = words[1]
				}
				// Unlike a method, a function literal is called: "func() {...}()".
				st.method = tokens[1] == token.LPAREN && slices.Index(tokens, token.IDENT) >= 0 && tokens[len(tokens)-2] == token.RBRACE
			}
			list, start = append(list, st), -1
		}
	}
}

// imports returns the paths of an import declaration. Relative paths are resolved in folder.
func imports(text, folder string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), "cell", "package p\n"+text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if spec.Name != nil {
			return nil, fmt.Errorf("import %s under another name, which this check does not support", p)
		}
		if strings.HasPrefix(p, ".") {
			p = path.Join(folder, p)
		}
		paths = append(paths, p)
	}
	return paths, nil
}

// parseStatement returns the names that a statement declares. If the statement is an
// expression, it returns the expression.
func parseStatement(text string) (names []string, expression ast.Expr, err error) {
	f, err := parser.ParseFile(token.NewFileSet(), "cell", "package p\nfunc _() {\n"+text+"\n}", 0)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range f.Decls[0].(*ast.FuncDecl).Body.List {
		switch s := s.(type) {
		case *ast.AssignStmt:
			for _, l := range s.Lhs {
				if id, ok := l.(*ast.Ident); ok && s.Tok == token.DEFINE && id.Name != "_" {
					names = append(names, id.Name)
				}
			}
		case *ast.DeclStmt:
			for _, spec := range s.Decl.(*ast.GenDecl).Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					for _, id := range v.Names {
						if id.Name != "_" {
							names = append(names, id.Name)
						}
					}
				}
			}
		case *ast.ExprStmt:
			expression = s.X
		}
	}
	return names, expression, nil
}

// isPrint reports whether an expression is a call of one of fmt's print functions.
func isPrint(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return ok && x.Name == "fmt" && strings.HasPrefix(f.Sel.Name, "Print")
}
