//go:build amd64 && !purego

package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inkstone/graph/internal/kernel/simd"
)

// modelWidths returns widths of 8, 16, 32 and 64 columns whose kernels take perRow for a row, plus start for a tile.
func modelWidths(perRow [4]float64, start float64) []width {
	widths := []width{
		{TileKernel: simd.TileKernel{Half: true, Vectors: 1, Columns: 8, Height: 14}},
		{TileKernel: simd.TileKernel{Vectors: 1, Columns: 16, Height: 14}},
		{TileKernel: simd.TileKernel{Vectors: 2, Columns: 32, Height: 12}},
		{TileKernel: simd.TileKernel{Vectors: 4, Columns: 64, Height: 6}},
	}
	for i := range widths {
		w := &widths[i]
		for h := range w.Height + 1 {
			w.seconds = append(w.seconds, start+float64(h)*perRow[i])
		}
	}
	return widths
}

func TestChooseRules(t *testing.T) {
	for _, tc := range []struct {
		name   string
		perRow [4]float64
		start  float64
		want   []rule
	}{
		{
			name: "time proportional to columns: a panel for each part of a width", perRow: [4]float64{1, 2, 4, 8},
			want: []rule{{0, 8, true, 1, 14}, {0, 24, false, 1, 14}, {0, 56, false, 2, 12}, {0, 0, false, 4, 6}},
		},
		{
			name: "half a vector takes as long as a whole one: no panel for half a vector", perRow: [4]float64{2, 2, 4, 8},
			want: []rule{{0, 16, false, 1, 14}, {0, 48, false, 2, 12}, {0, 0, false, 4, 6}},
		},
		{
			name: "four vectors are slow: none of them", perRow: [4]float64{1, 2, 4, 16},
			want: []rule{{0, 8, true, 1, 14}, {0, 24, false, 1, 14}, {0, 0, false, 2, 12}},
		},
		{
			name: "a tile takes long to start: fewer panels for few rows", perRow: [4]float64{1, 2, 4, 8}, start: 8,
			want: []rule{{0, 8, true, 1, 14}, {0, 16, false, 1, 14}, {4, 24, false, 2, 12}, {0, 24, false, 1, 14}, {0, 48, false, 2, 12}, {0, 0, false, 4, 6}},
		},
	} {
		if got := chooseRules(modelWidths(tc.perRow, tc.start)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: rules\n%+v, want\n%+v", tc.name, got, tc.want)
		}
	}
}

// Of heights that are equally fast, the tallest is used.
func TestBestHeight(t *testing.T) {
	w := modelWidths([4]float64{1, 2, 4, 8}, 0)[3]
	if got := w.bestHeight(); got != 6 {
		t.Errorf("tallest tile is %d rows, want 6, because all take equally long for a row", got)
	}
	w.seconds[5], w.seconds[6] = 80, 96
	if got := w.bestHeight(); got != 4 {
		t.Errorf("tallest tile is %d rows, want 4, because taller ones are slow", got)
	}
}

// The command writes a Go file for this processor and prints it.
func TestRun(t *testing.T) {
	if simd.TileKernels("nn") == nil {
		t.Skip("no AVX-512")
	}
	dir := t.TempDir()
	var out strings.Builder
	if err := run(&out, dir, time.Microsecond); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "tiles_*_amd64.go"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files are %v, error %v, want one", files, err)
	}
	if _, err := os.Stat(filepath.Join("..", filepath.Base(files[0]))); err != nil {
		t.Errorf("package simd has no file that this one replaces: %v", err)
	}
	source, err := os.ReadFile(files[0])
	if err != nil || !strings.HasSuffix(out.String(), string(source)) {
		t.Errorf("error %v, printed\n%s\nwant the file at its end:\n%s", err, out.String(), source)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), files[0], source, 0); err != nil {
		t.Error(err)
	}
}
