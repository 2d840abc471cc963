package notebook

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func TestGoNBProgram(t *testing.T) {
	got, err := NewGoNBProgram("p", cells(
		"!*go mod edit",
		"import (\n\"fmt\"\n\"github.com/janpfeifer/gonb/gonbui\"\n)\n\nfunc show() { gonbui.DisplayHTML(\"\") }\nfunc init_a() {}",
		"%%\nshow()\nfmt.Println()",
	))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "p.go", got, 0); err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	for _, want := range []string{"import (\n\"fmt\"\n)", "func show() {", "cell(3)\n\tinit_a()\n\tprogram3()", "func program3() {\n//line cell 3:1\n\nshow()\nfmt.Println()\n}"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the program lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(string(got), "go mod") || strings.Contains(string(got), "janpfeifer") {
		t.Errorf("the program has a command or the import of gonbui:\n%s", got)
	}
	if _, err := NewGoNBProgram("p", cells("func (")); err == nil || !strings.Contains(err.Error(), "cell 1") {
		t.Errorf("error is %v, want one about cell 1", err)
	}
}
