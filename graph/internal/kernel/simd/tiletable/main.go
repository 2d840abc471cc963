//go:build amd64 && !purego

// Command tiletable times the tile kernels of the path AVX512 on this processor and writes the Go file with
// its table, from which the matrix products of package simd choose their tiles:
//
//	go run ./graph/internal/kernel/simd/tiletable
//
// It leaves the tables of other processors as they are. The machine should be idle. No table changes a bit of a
// result, because all kernels sum in the same order.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"inkstone/graph/internal/kernel/simd"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("tiletable: ")
	dir := flag.String("dir", "graph/internal/kernel/simd", "write the Go file to this `folder`")
	printOnly := flag.Bool("print", false, "print the figures and the table, and write no file")
	flag.Parse()
	if *printOnly {
		*dir = ""
	}
	if err := run(os.Stdout, *dir, 20*time.Millisecond); err != nil {
		log.Fatal(err)
	}
}

// run times each kernel for d, prints what it measures, and writes the table to a file in the folder dir, unless
// that is "".
func run(w io.Writer, dir string, d time.Duration) error {
	if simd.TileKernels("nn") == nil {
		return errors.New("this processor has no AVX-512; other paths have one set of kernels and no table")
	}
	processor, peak := simd.Processor(), simd.PeakFLOPS(d)
	fmt.Fprintf(w, "%s, table %q, peak %.0f GFLOP/s\n", cpuid.CPU.BrandName, processor, peak/1e9)
	source := header(cpuid.CPU.BrandName, processor)
	for _, product := range []string{"nn", "tn"} {
		var widths []width
		for _, k := range simd.TileKernels(product) {
			wd := measure(k, d)
			widths = append(widths, wd)
			wd.print(w, peak)
		}
		source += rulesSource(product, chooseRules(widths))
	}
	source += "}\n"
	fmt.Fprint(w, source)
	if dir == "" {
		return nil
	}
	name := "tiles_" + strings.ToLower(strings.ReplaceAll(processor, " ", "")) + "_amd64.go"
	return os.WriteFile(filepath.Join(dir, name), []byte(source), 0o644)
}

// depths are the sums that are timed, for each product: number of segments and their length. One is short, as in a
// first layer, and one is long.
var depths = map[string][][2]int{"nn": {{5, 5}, {3, 24}}, "tn": {{7, 7}, {10, 10}}}

// width holds the times of the kernels of one width.
type width struct {
	simd.TileKernel
	shares  [][]float64 // for each depth, by height: multiply-adds in a second
	seconds []float64   // by height: mean time of a multiply-add of each element of a tile
}

func measure(k simd.TileKernel, d time.Duration) width {
	wd := width{TileKernel: k, seconds: make([]float64, k.Height+1)}
	for _, depth := range depths[k.Product] {
		products := float64(depth[0] * depth[1])
		share := make([]float64, k.Height+1)
		for h := 1; h <= k.Height; h++ {
			s := k.Seconds(h, depth[0], depth[1], d) / products
			share[h] = float64(h*k.Columns) / s
			wd.seconds[h] += s / float64(len(depths[k.Product]))
		}
		wd.shares = append(wd.shares, share)
	}
	return wd
}

// print prints the shares of the peak that the kernels reach.
func (wd *width) print(w io.Writer, peak float64) {
	for i, depth := range depths[wd.Product] {
		fmt.Fprintf(w, "%s, %2d columns in %d vectors, sums of %3d products, %% of the peak with 1 to %d rows:",
			wd.Product, wd.Columns, wd.Vectors, depth[0]*depth[1], wd.Height)
		for _, rate := range wd.shares[i][1:] {
			fmt.Fprintf(w, " %.0f", 100*2*rate/peak)
		}
		fmt.Fprintln(w)
	}
}
