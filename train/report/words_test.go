package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every text in the code and in the template has a Chinese translation with the same verbs, and
// there are no other translations of formats.
func TestChinese(t *testing.T) {
	var used []string
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			s, ok := call.Fun.(*ast.SelectorExpr)
			if literal, isText := call.Args[0].(*ast.BasicLit); ok && isText && (s.Sel.Name == "t" || s.Sel.Name == "f") {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				used = append(used, text)
			}
			return true
		})
	}
	for _, m := range regexp.MustCompile(`\.L\.T "([^"]*)"`).FindAllStringSubmatch(pageHTML, -1) {
		used = append(used, m[1])
	}
	for _, text := range endings {
		used = append(used, text)
	}
	if len(used) < 100 {
		t.Fatalf("only %d texts are found", len(used))
	}
	verb := regexp.MustCompile(`%[-+#.\d]*(\[\d\])?[a-z%]`)
	for _, text := range used {
		translated, ok := chinese[text]
		a, b := verb.FindAllString(text, -1), verb.FindAllString(translated, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !ok || !slices.Equal(a, b) {
			t.Errorf("%q is translated as %q", text, translated)
		}
	}
	for text := range chinese {
		if strings.Contains(text, "%") && !slices.Contains(used, text) {
			t.Errorf("%q is translated and not used", text)
		}
	}
}
