// Command neon writes the arm64 assembly of package simd, and the Go file that declares
// its functions and lists them.
//
// Go's assembler knows only some of the vector instructions of arm64. So this command
// encodes them itself and writes each as a number, with its name beside it. Like the
// generator for amd64, its output depends on its source alone.
package main

import (
	"flag"
	"log"
	"os"

	"inkstone/graph/internal/kernel/simd/gen/table"
)

// lanes is the number of float32 values in a vector, the width of the channel blocks of
// package simd: a pair of registers, so that AVX2 and NEON share a layout.
const lanes = 8

// quad is the number of float32 values in a register.
const quad = 4

func main() {
	out := flag.String("out", "", "write the assembly to this `file`")
	stubs := flag.String("stubs", "", "write the Go declarations and the table of functions to this `file`")
	flag.Parse()

	f := generate()
	assembly := table.Header("gen/neon") + table.NotPurego + "#include \"textflag.h\"\n" + f.text.String()
	if err := os.WriteFile(*out, []byte(assembly), 0o644); err != nil {
		log.Fatal(err)
	}
	if err := table.WriteGo(*stubs, "gen/neon", table.NotPurego, f.stubs.String()+f.table.Source()); err != nil {
		log.Fatal(err)
	}
}

// generate emits all kernels.
func generate() *file {
	f := &file{table: table.Table{
		Name: "asmNEON", Suffix: "NEON",
		Lanes: lanes, TileLanes: quad, PeakWork: peakProducts * quad * 2,
	}}
	tiles(f)
	patches(f)
	vectors(f)
	exps(f)
	taps(f)
	winograds(f)
	return f
}
