package notebook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/internal/apirules"
)

func cells(sources ...string) (list []Cell) {
	for i, s := range sources {
		list = append(list, Cell{Number: i + 1, Source: s})
	}
	return list
}

// A name may be declared twice, a cell may declare a function, and the last expression is
// shown unless it has no value.
func TestProgram(t *testing.T) {
	p, err := NewProgram("f", "m/docs", cells(
		"import (\n\"fmt\"\n\"../x\"\n)",
		"a := 1\na, b := x.F(a)\nfunc twice(i int) int {\n\treturn 2 * i\n}\nfmt.Sprint(a, b)",
		"a = twice(a)\nreset()",
	), map[int]bool{3: true})
	if err != nil {
		t.Fatal(err)
	}
	const want = `package main

import (
"fmt"
"m/x"
)

func f() {
cell(1)
cell(2)
{
//line cell 2:1
a := 1
_ = a
{
//line cell 2:2
a, b := x.F(a)
_ = a
_ = b
{
//line cell 2:3
twice := func(i int) int {
	return 2 * i
}
_ = twice
//line cell 2:6
show(fmt.Sprint(a, b))
cell(3)
//line cell 3:1
a = twice(a)
//line cell 3:2
reset()
}
}
}
}
`
	if got := string(p.Source); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCheck(t *testing.T) {
	from, err := apirules.Importer("../..", "inkstone/graph/solver", "inkstone/graph", "gorgonia.org/gorgonia", "slices", "fmt", "maps")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		cell, want string
	}{
		{"for i := 0; i < 3; i++ {\n}\nfor _, v := range []int{1} {\nprintln(v)\n}", ""},
		{"type pair struct{ a, b int }\nfmt.Sprint(pair{1, 2})", ""},
		{"func void() {}\nvoid()", ""},
		{"x := 1\nfor range 3 {\nx++\n}", "cell 2, line 2: range over a number"},
		{"for k := range maps.Keys(map[int]int{}) {\nprintln(k)\n}", "cell 2, line 1: range over a function"},
		{"x := min(1, 2)", "cell 2, line 1: the built-in function min"},
		{"x := max(1, 2)", "the built-in function max"},
		{"x := map[int]int{}\nclear(x)", "cell 2, line 2: the built-in function clear"},
		{"slices.Max([]int{1})", "Max is generic"},
		{"type T[E any] struct{ e E }", "the generic type T"},
		{"func f[E any](e E) {}", "must have no type parameters"},
		{"var list []*graph.Node\ngorgonia.Grad(list[0], list...)", "cell 2, line 2: Grad is called with list... of pointers"},
		{"fmt.Println(1)", "whose result would be shown"},
		{"func (t T) M() {}", "a method"},
		{"x := y", "cell 2, line 1: undefined: y"},
		{"x := (", "cell 2"},
		{`import f "fmt"`, "under another name"},
	} {
		imports := "import (\n\"fmt\"\n\"maps\"\n\"slices\"\n\"gorgonia.org/gorgonia\"\n\"../../graph\"\n)\n"
		used := "var _ = fmt.Sprint\nvar _ = maps.Keys[map[int]int]\nvar _ = slices.Max[[]int]\nvar _ graph.Node\nvar _ gorgonia.Node\n"
		_, wrong, err := Check("f", "inkstone", "inkstone/docs/notebooks", cells(imports, tc.cell, used), from)
		var found []string
		for _, w := range wrong {
			if !strings.HasPrefix(w, "cell 3") { // cell 3 uses the imports
				found = append(found, w)
			}
		}
		if err != nil {
			found = append(found, err.Error())
		}
		all := strings.Join(found, "\n")
		if tc.want == "" && all != "" || tc.want != "" && !strings.Contains(all, tc.want) {
			t.Errorf("%s\nfound %q, want %q", tc.cell, all, tc.want)
		}
	}
}

func TestCheckImports(t *testing.T) {
	from, err := apirules.Importer("../..", "inkstone/graph/solver", "inkstone/graph", "gorgonia.org/gorgonia")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ cell, want string }{
		{"import (\n\"gorgonia.org/gorgonia\"\n\"../graph\"\n)\nvar _ gorgonia.Node\nvar _ graph.Node", ""},
		{"import \"../graph\"\nimport \"gorgonia.org/gorgonia\"\nvar _ gorgonia.Node\nvar _ graph.Node", "the import of gorgonia.org/gorgonia: its block has no package of this module"},
		{"import (\n\"gorgonia.org/gorgonia\"\n\"../graph/solver\"\n)\nvar _ gorgonia.Node\nvar _ solver.Options", "both export an interface Solver"},
	} {
		_, wrong, err := Check("f", "inkstone", "inkstone/docs", cells(tc.cell), from)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(wrong, "\n")
		if tc.want == "" && all != "" || !strings.Contains(all, tc.want) {
			t.Errorf("%s\nfound %q, want %q", tc.cell, all, tc.want)
		}
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n.ipynb")
	for _, tc := range []struct{ cells, want string }{
		{`{"cell_type": "code", "execution_count": null, "source": "x"}`, "cell 1: it was not run"},
		{`{"cell_type": "markdown"}, {"cell_type": "code", "execution_count": 1, "source": "x", "outputs": [{"output_type": "error"}]}`, "cell 2: it ended in an error"},
	} {
		if err := os.WriteFile(path, []byte(`{"cells": [`+tc.cells+`]}`), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error is %v, want %q", tc.cells, err, tc.want)
		}
	}
	const good = `{"metadata": {"kernelspec": {"name": "gonb"}}, "cells": [{"cell_type": "markdown", "source": "# A"}, {"cell_type": "code", "execution_count": 3, "metadata": {"tags": ["varies"]},
		"source": ["x := 1\n", "x"], "outputs": [{"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
		{"output_type": "execute_result", "data": {"text/plain": ["1"]}}]}]}`
	if err := os.WriteFile(path, []byte(good), 0o666); err != nil {
		t.Fatal(err)
	}
	n, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if c := n.Cells[0]; len(n.Cells) != 1 || len(n.Texts) != 1 || n.Texts[0].Source != "# A" || n.Kernel != "gonb" || c.Number != 2 || c.Source != "x := 1\nx" || !c.Has("varies") || c.Has("trained") || c.Stdout != "a\nb" || c.Shown["text/plain"] != "1" {
		t.Errorf("read %+v", n)
	}
}
