// Command gen writes the amd64 assembly of package simd, and the Go files through which
// package simd calls it.
//
// It is a module of its own, so that the library does not depend on the assembler
// generator. Run it by `go generate` in the folder above. Its output depends on its
// source alone, so generating again changes nothing.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"

	"inkstone/graph/internal/kernel/simd/gen/table"
)

// groups are the functions that emit the kernels of each assembly file.
var groups = map[string]func(isa){
	"tile":     tiles,
	"patch":    patches,
	"vector":   vectors,
	"winograd": winograds,
}

func main() {
	group := flag.String("group", "", "write the assembly of these `kernels`: tile, patch, vector or winograd")
	structFile := flag.String("struct", "", "write the Go `file` that declares struct asm")
	tableFile := flag.String("table", "", "write the Go `file` that lists the functions of each amd64 instruction set")
	flag.Parse()

	ConstraintExpr("!purego")
	if *group == "" {
		if err := writeGo(*structFile, *tableFile); err != nil {
			log.Fatal(err)
		}
		return
	}
	if groups[*group] == nil {
		log.Fatalf("gen: unknown -group %q, want tile, patch, vector or winograd", *group)
	}
	emit(*group)
	Generate()
}

func emit(group string) {
	for _, s := range isas {
		groups[group](s)
	}
}

// writeGo writes the Go files. It emits all kernels to fill the tables, and writes no assembly.
func writeGo(structFile, tableFile string) error {
	for group := range groups {
		emit(group)
	}
	tables := ""
	for _, s := range isas {
		if missing := s.table.Missing(); missing != nil {
			log.Fatalf("gen: no %d-bit function for the kernels %q", s.bits, missing)
		}
		tables += s.table.Source()
	}
	tables += avx512half.table.Source()
	if err := table.WriteGo(structFile, "gen", "", table.Struct()); err != nil {
		return err
	}
	return table.WriteGo(tableFile, "gen", table.NotPurego, tables)
}
