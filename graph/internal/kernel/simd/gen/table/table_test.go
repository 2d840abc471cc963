package table

import (
	"go/ast"
	"go/parser"
	"strings"
	"testing"
)

// The list holds each kernel once, with parameters that Go accepts.
func TestKernels(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kernels {
		if seen[k.Name] {
			t.Errorf("%s: listed twice", k.Name)
		}
		seen[k.Name] = true
		f, err := parser.ParseExpr("func(" + k.Params + ")")
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		for _, p := range f.(*ast.FuncType).Params.List {
			if len(p.Names) == 0 {
				t.Errorf("%s: a parameter of %q has no name", k.Name, k.Params)
			}
		}
	}
}

func TestSource(t *testing.T) {
	table := Table{Name: "asmTest", Suffix: "T", Lanes: 8, TileLanes: 4, PeakWork: 96}
	for width := 1; width <= 2; width++ {
		for height := 1; height <= 2; height++ {
			table.Add("nn", height, width)
		}
	}
	table.Add("patch", 3, 3, 1, 2)
	for _, vectors := range []int{1, 2, 4} {
		table.Add("sum", vectors)
	}
	table.AddAs("transpose8", "transpose")
	if name, params := table.Add("relu"); name != "reluT" || params != "n int, y, x *float32" {
		t.Errorf("Add returns %q and %q", name, params)
	}
	const want = `
var asmTest = asm{
lanes: 8,
tileLanes: 4,
peakWork: 96,
nn: tileTable[nnFunc]{
1: {nil, nn1x1xT, nn2x1xT},
2: {nil, nn1x2xT, nn2x2xT},
},
patch: map[patchShape]patchFunc{
{3, 3, 1, 2}: patch3x3at1x2xT,
},
transpose: transpose8,
relu: reluT,
sum: [3]sumFunc{
sum1xT,
sum2xT,
sum4xT,
},
}
`
	if got := table.Source(); got != want {
		t.Errorf("the table is\n%s\nwant\n%s", got, want)
	}
	if n := len(table.Missing()); n != len(Kernels)-5 {
		t.Errorf("%d kernels are missing, want %d", n, len(Kernels)-5)
	}
}

func TestStruct(t *testing.T) {
	for _, want := range []string{
		"// relu computes y = max(x, 0).\nrelu func(n int, y, x *float32)\n",
		"tn tileTable[tnFunc]\n",
		"type sumFunc func(rows, stride int, x, acc *float32, lanes int)\n",
	} {
		if !strings.Contains(Struct(), want) {
			t.Errorf("struct asm lacks %q", want)
		}
	}
}
