package apirules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestModule checks every package of the module that users can import.
func TestModule(t *testing.T) {
	packages, err := Importable("../..", "./...")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, p := range packages {
		paths = append(paths, p.Path)
	}
	for _, want := range []string{"inkstone/graph", "inkstone/graph/solver", "inkstone/model", "inkstone/train", "inkstone/train/data"} {
		if !slices.Contains(paths, want) {
			t.Errorf("%s is not among the packages %v", want, paths)
		}
	}
	for _, line := range Check(packages) {
		t.Error(line)
	}
}

// imported is the importer of what the packages of the tests import. It finds the standard library in
// a test that is built with -trimpath too.
var imported = sync.OnceValues(func() (types.Importer, error) { return Importer(".", "io", "iter") })

// source returns the package of one file with a text.
func source(t *testing.T, path, text string) *Package {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	from, err := imported()
	if err != nil {
		t.Fatal(err)
	}
	p := &Package{Path: path, Fset: fset, Files: []*ast.File{f}}
	if p.Types, err = (&types.Config{Importer: from}).Check(path, fset, p.Files, nil); err != nil {
		t.Fatal(err)
	}
	return p
}

const comment = "// Package p is small.\npackage p\n"

func TestRules(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"package p", `p.go:1:9: package p has no comment that begins with "Package p"`},
		{"// p is small.\npackage p", `package p has no comment`},
		{comment + "func F() {}", "p.go:3:6: F has no comment"},
		{comment + "// G does it.\nfunc F() {}", `the comment of F begins with "G"`},
		{comment + "type T int", "T has no comment"},
		{comment + "// T is one.\ntype T int\nfunc (t *T) M() {}", "M has no comment"},
		{comment + "var V int", "V has no comment"},
		{comment + "const (\n\tA = 1\n\tB = 2 // two\n)", "A has no comment"},
		{comment + "// F is generic.\nfunc F[T any](T) {}", "F has type parameters"},
		{comment + "// T is generic.\ntype T[E any] struct{}\n// M is not.\nfunc (T[E]) M() {}", "type T has type parameters"},
		{comment + "type t int\n// I mentions t.\ntype I interface { M(map[string][]t) }", "interface I mentions type p.t int, which gophernotes cannot import"},
		{comment + "type t int\n// I mentions t.\ntype I interface { M(int) (func(*struct{X t}), error) }", "interface I mentions type p.t int"},
		{comment + "type t int\ntype i interface { M() t }\n// I embeds i.\ntype I interface { i }", "interface I mentions type p.t int"},
		{comment + "import \"iter\"\n// F counts.\nfunc F() iter.Seq[int] { return nil }", "F returns an iterator function"},
		{comment + "// F counts.\nfunc F() (func(func(int, string) bool), error) { return nil, nil }", "F returns an iterator function"},
		{comment + "// T counts.\ntype T func(yield func() bool)", "type T is an iterator function"},
		{comment + "// T counts.\ntype T struct { All func(yield func() bool) }", "T.All is an iterator function"},
		{comment + "type t int\n// F is one.\nfunc F() *t { return nil }", "F returns a p.t, which other packages cannot name"},
		{comment + "type t int\n// F is many.\nfunc F() ([][2]t, error) { return nil, nil }", "F returns a p.t"},
		{comment + "type t int\n// T is one.\ntype T int\n// M is one.\nfunc (T) M() map[int]t { return nil }", "T.M returns a p.t"},
		{comment + "type t int\n// V is one.\nvar V t", "V is a p.t"},
		{comment + "type t struct{}\ntype u int\nfunc (*t) M() u { return 0 }\n// T promotes M.\ntype T struct { *t }", "T.M returns a p.u"},
	} {
		broken := Check([]*Package{source(t, "p", tc.text)})
		if len(broken) != 1 || !strings.Contains(broken[0], tc.want) {
			t.Errorf("%s\nbreaks %q, want %q", tc.text, broken, tc.want)
		}
	}
}

func TestRulesAcrossPackages(t *testing.T) {
	text := comment + "// I is empty.\ntype I interface{}"
	broken := Check([]*Package{source(t, "a/p", text), source(t, "b/p", text)})
	if len(broken) != 1 || !strings.Contains(broken[0], "interface I is exported by a/p too") {
		t.Errorf("two interfaces of one name break %q", broken)
	}
}

// TestRulesAllow checks code that is similar to a violation but breaks no rule.
func TestRulesAllow(t *testing.T) {
	text := comment + `
import "io"

type t struct{}

// M is not seen.
func (t) M() t { return t{} }

func f[T any]() {}

// A T has an error, a list and a function.
type T struct {
	Do func(done func(int)) bool
	t  t
}

// Fields are not checked.
func Fields() (T, []*T, io.Reader, error) { return T{}, nil, nil, nil }

// I mentions only types that other packages can name.
type I interface {
	io.Reader
	M(x *T, f func(T) bool) map[string]error
}

// A few numbers.
const (
	One, Two = 1, 2
	Three = 3
)

// Names has an alias.
type Names = []string
`
	if broken := Check([]*Package{source(t, "p", text)}); len(broken) > 0 {
		t.Errorf("breaks %q", broken)
	}
}

func TestImportableFails(t *testing.T) {
	if _, err := Importable("../..", "./absent"); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("error is %v, want one that names the absent package", err)
	}
}
