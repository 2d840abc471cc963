// Command gen writes the amd64 assembly of package simd.
//
// It is a module of its own, so that the library does not depend on the
// assembler generator. Run it through `go generate` in the parent folder; the
// output is a function of this source alone, and generating again changes
// nothing.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	group := flag.String("group", "", "kernels to write: tile, patch, vector or winograd")
	tables := flag.String("tables", "", "Go file that lists the generated tile and patch kernels")
	flag.Parse()

	ConstraintExpr("!purego")
	groups := map[string]func(isa){
		"tile":     tiles,
		"patch":    patches,
		"vector":   vectors,
		"winograd": winograds,
	}
	emit, ok := groups[*group]
	if !ok {
		log.Fatalf("gen: unknown -group %q, want tile, patch, vector or winograd", *group)
	}
	for _, s := range []isa{avx512, avx2} {
		emit(s)
	}
	if *tables != "" {
		if err := writeTables(*tables, *group); err != nil {
			log.Fatal(err)
		}
	}
	Generate()
}
