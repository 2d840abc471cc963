package marks

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"strings"
)

// Files returns a Source that reads files of a folder. A declaration of Go is named as in the language:
// "Conv", "Layer", "Layer.Forward"; one of Python by its function or class. The result has the declarations with their comments, in the order
// of the names.
func Files(folder fs.FS) Source {
	return func(file string, names []string) (string, error) {
		content, err := fs.ReadFile(folder, file)
		if err != nil {
			return "", err
		}
		if strings.HasSuffix(file, ".py") {
			return python(string(content), names)
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, content, parser.ParseComments)
		if err != nil {
			return "", err
		}
		found := map[string]string{}
		for _, d := range parsed.Decls {
			name, doc := declared(d)
			from := d.Pos()
			if doc != nil {
				from = doc.Pos()
			}
			found[name] = string(content[set.Position(from).Offset:set.Position(d.End()).Offset])
		}
		var list []string
		for _, name := range names {
			code, ok := found[name]
			if !ok {
				return "", fmt.Errorf("%s declares no %s", file, name)
			}
			list = append(list, code)
		}
		return strings.Join(list, "\n\n"), nil
	}
}

// declared returns the name of a declaration and its comment. A group has the name of its first member.
func declared(d ast.Decl) (string, *ast.CommentGroup) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			t := d.Recv.List[0].Type
			if p, ok := t.(*ast.StarExpr); ok {
				t = p.X
			}
			if id, ok := t.(*ast.Ident); ok {
				name = id.Name + "." + name
			}
		}
		return name, d.Doc
	case *ast.GenDecl:
		if len(d.Specs) > 0 {
			switch s := d.Specs[0].(type) {
			case *ast.TypeSpec:
				return s.Name.Name, d.Doc
			case *ast.ValueSpec:
				return s.Names[0].Name, d.Doc
			}
		}
	}
	return "", nil
}

// python returns functions and classes of a file of Python.
func python(content string, names []string) (string, error) {
	var list []string
	for _, name := range names {
		m := regexp.MustCompile(`(?m)^(?:def|class) ` + name + `\b.*\n(?:(?:[ \t].*)?\n)*`).FindString(content)
		if m == "" {
			return "", fmt.Errorf("there is no function or class %s", name)
		}
		list = append(list, strings.TrimSpace(m))
	}
	return strings.Join(list, "\n\n\n"), nil
}
