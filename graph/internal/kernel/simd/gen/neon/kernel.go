package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"log"

	"inkstone/graph/internal/kernel/simd/gen/table"
)

// file holds the output: the assembly, the Go declarations of its functions and their table.
type file struct {
	text, stubs bytes.Buffer
	table       table.Table
}

// gp is a general register, vec a vector register.
type (
	gp  int
	vec int
)

// String returns the register's name in Go's assembly. It leaves out R18, which the operating
// system reserves. R27 and up are reserved by the assembler and the runtime.
func (r gp) String() string {
	if r >= 18 {
		r++
	}
	return fmt.Sprintf("R%d", int(r))
}

// number returns the register's number in an instruction.
func (r gp) number() uint32 {
	if r >= 18 {
		r++
	}
	return uint32(r)
}

const (
	gps  = 26
	vecs = 32
)

// kernel writes the assembly of one function. It allocates registers in order and frees them
// at the end of the scope that allocated them.
type kernel struct {
	*file
	params map[string]param
	nextG  gp
	nextV  vec
	labels int
}

// param is a parameter of the function: its offset in the frame, its type.
type param struct {
	offset int
	kind   string
}

// begin opens the function of a kernel of the list, for a shape if the kernel is a family,
// and enters it in the table.
func (f *file) begin(kernel string, shape ...int) *kernel {
	return f.open(f.table.Add(kernel, shape...))
}

func (f *file) open(name, params string) *kernel {
	k := &kernel{file: f, params: map[string]param{}}
	src, err := parser.ParseExpr("func(" + params + ")")
	if err != nil {
		log.Fatal(err)
	}
	size := 0
	for _, field := range src.(*ast.FuncType).Params.List {
		kind, width := "pointer", 8
		if id, ok := field.Type.(*ast.Ident); ok {
			kind = id.Name
		}
		if kind == "float32" {
			width = 4
		}
		for _, id := range field.Names {
			k.params[id.Name] = param{size, kind}
			size += width
		}
	}
	fmt.Fprintf(&f.stubs, "//go:noescape\nfunc %s(%s)\n\n", name, params)
	fmt.Fprintf(&f.text, "\n// func %s(%s)\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", name, params, name, size)
	return k
}

// scope runs f and frees the registers that it allocated.
func (k *kernel) scope(f func()) {
	g, v := k.nextG, k.nextV
	f()
	k.nextG, k.nextV = g, v
}

func (k *kernel) gp() gp {
	if k.nextG == gps {
		log.Fatal("neon: out of general registers")
	}
	k.nextG++
	return k.nextG - 1
}

func (k *kernel) vec() vec {
	if k.nextV == vecs {
		log.Fatal("neon: out of vector registers")
	}
	k.nextV++
	return k.nextV - 1
}

func (k *kernel) vecs(n int) []vec {
	v := make([]vec, n)
	for i := range v {
		v[i] = k.vec()
	}
	return v
}

// op writes an instruction in the notation of Go's assembler.
func (k *kernel) op(format string, args ...any) {
	fmt.Fprintf(&k.text, "\t"+format+"\n", args...)
}

// word writes an instruction that is given by its encoding, with its name in ARM's notation.
func (k *kernel) word(code uint32, format string, args ...any) {
	fmt.Fprintf(&k.text, "\tWORD $0x%08x // %s\n", code, fmt.Sprintf(format, args...))
}

// label returns a unique label; at writes a label.
func (k *kernel) label(name string) string {
	k.labels++
	return fmt.Sprintf("%s%d", name, k.labels)
}

func (k *kernel) at(label string) { fmt.Fprintf(&k.text, "%s:\n", label) }

// slot returns the stack slot of a parameter. The function may change it.
func (k *kernel) slot(name string) string {
	p, ok := k.params[name]
	if !ok {
		log.Fatalf("neon: no parameter %q", name)
	}
	return fmt.Sprintf("%s+%d(FP)", name, p.offset)
}

// param loads a 64-bit parameter.
func (k *kernel) param(name string) gp {
	r := k.gp()
	k.reload(name, r)
	return r
}

func (k *kernel) reload(name string, r gp) { k.op("MOVD %s, %s", k.slot(name), r) }

// floats loads a parameter that counts float32 values and converts it to bytes.
func (k *kernel) floats(name string) gp {
	r := k.param(name)
	k.op("LSL $2, %s, %s", r, r)
	return r
}

// advance adds a count of float32 values, itself a parameter, to the pointer in a slot.
func (k *kernel) advance(pointer, count string) {
	k.scope(func() {
		p, n := k.param(pointer), k.param(count)
		k.op("ADD %s<<2, %s, %s", n, p, p)
		k.op("MOVD %s, %s", p, k.slot(pointer))
	})
}

// again decrements a parameter and jumps to a label unless it is zero.
func (k *kernel) again(name, label string) {
	k.scope(func() {
		n := k.param(name)
		k.op("SUBS $1, %s, %s", n, n)
		k.op("MOVD %s, %s", n, k.slot(name))
		k.op("BNE %s", label)
	})
}

// broadcast fills a register with a float32 parameter.
func (k *kernel) broadcast(name string) vec {
	v := k.vec()
	k.op("FMOVS %s, F%d", k.slot(name), int(v))
	k.dup(v, v, 0)
	return v
}

// number fills a register with a constant, given by its bits.
func (k *kernel) number(bits uint32) vec {
	v := k.vec()
	k.scope(func() {
		r := k.gp()
		k.op("MOVD $0x%08x, %s", bits, r)
		k.dupWord(v, r)
	})
	return v
}
