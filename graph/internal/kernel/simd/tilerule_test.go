package simd

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
)

// Each vector of a panel has a column in use, and the tables end with a rule for every product.
func TestTileRules(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		for name, tables := range tablesOf(&active) {
			for product, rules := range map[string][]tileRule{"nn": tables.nn, "tn": tables.tn} {
				if last := rules[len(rules)-1]; last.rows > 0 || last.columns > 0 {
					t.Errorf("%s, %s: the last rule is %+v, want one without limits", name, product, last)
				}
				for m := 1; m <= 40; m++ {
					for n := 1; n <= 200; n++ {
						r := findTile(rules, m, n)
						set, width, lanes := r.panel(&active, n)
						if width > n || lanes < 1 || lanes > set.tileLanes {
							t.Fatalf("%s, %s, %d rows and %d columns: rule %+v, panel of %d columns, %d in the last vector", name, product, m, n, *r, width, lanes)
						}
						tall := set.nn.heights()
						if product == "tn" {
							tall = set.tn.heights()
						}
						if r.height < 1 || r.height > tall[r.vectors] {
							t.Fatalf("%s, %s: rule %+v, want a height of 1 to %d", name, product, *r, tall[r.vectors])
						}
					}
				}
			}
		}
	})
}

// tablesOf returns the tables that processors use on a path. Without assembly there are none.
func tablesOf(p *path) map[string]*tileTables {
	if p.nn.empty() {
		return nil
	}
	tables := map[string]*tileTables{"widest": widestTiles(p.asm), "this processor": p.tiles}
	if p.half != nil {
		for processor, t := range processorTiles {
			tables[processor] = t
		}
	}
	return tables
}

// randomTiles returns tables of one random rule each for tiles of any width and height, where there are
// enough columns for it.
func (s source) randomTiles(p *path) *tileTables {
	rules := func(tall func(*asm) [5]int) []tileRule {
		r := tileRule{half: p.half != nil && s.IntN(2) == 0}
		set := p.asm
		if r.half {
			set = p.half
		}
		for r.height == 0 {
			r.vectors = 1 + s.IntN(4)
			r.height = tall(set)[r.vectors]
		}
		r.height = 1 + s.IntN(r.height)
		narrow := tileRule{columns: (r.vectors - 1) * set.tileLanes, half: r.half, vectors: 1, height: 1 + s.IntN(tall(set)[1])}
		if narrow.columns == 0 {
			return []tileRule{r}
		}
		return []tileRule{narrow, r}
	}
	return &tileTables{
		nn: rules(func(a *asm) [5]int { return a.nn.heights() }),
		tn: rules(func(a *asm) [5]int { return a.tn.heights() }),
	}
}

// Products have the same bits with the tables of every processor, and with any tile.
func TestTilesAgree(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		if active.nn.empty() {
			t.Skip("portable Go has no tiles")
		}
		defer func(before *tileTables) { active.tiles = before }(active.tiles)
		s := newSource(t, 3)
		for range 150 {
			nn := &NN{Rows: 1 + s.IntN(3), M: s.size(30), N: s.size(100), K: s.size(40), ReLU: s.IntN(2) == 0, Add: s.IntN(2) == 0}
			nn.LDA, nn.LDB, nn.LDC = nn.K, nn.N, nn.N
			nn.RowA, nn.RowC, nn.Off = nn.K, nn.M*nn.N, []int{0, 3, 1}
			tn := &TN{Segs: 1 + s.IntN(3), M: s.size(30), N: nn.N, K: s.size(40), LDC: nn.N, LDB: nn.N, Add: nn.Add}
			if s.IntN(3) == 0 {
				tn.M = 3 + 2*s.IntN(2)
				tn.Rows, tn.RowA = tn.M, tn.M
			}
			tn.LDA, tn.SegA, tn.SegB = tn.M, tn.M*tn.K, tn.N*tn.K
			a := s.normal(max(nn.Rows*nn.M*nn.K+3, tn.Segs*tn.SegA+tn.Rows*tn.RowA))
			b := s.normal(max(3*nn.K*nn.N, tn.Segs*tn.SegB))
			c, d := s.normal(nn.Rows*nn.RowC), s.normal(max(tn.Rows, 1)*tn.M*tn.N)
			tables := tablesOf(&active)
			for i := range 4 {
				tables[fmt.Sprintf("random %d", i)] = s.randomTiles(&active)
			}
			var wantNN, wantTN []float32
			for _, name := range slices.Sorted(maps.Keys(tables)) {
				active.tiles = tables[name]
				gotNN, gotTN := s.copied(c), s.copied(d)
				must(t, nn.Run(gotNN, a, b))
				must(t, tn.Run(gotTN, a, b))
				if wantNN == nil {
					wantNN, wantTN = gotNN, gotTN
				}
				mustSameBits(t, fmt.Sprintf("nn %+v, tiles %q", *nn, name), gotNN, wantNN)
				mustSameBits(t, fmt.Sprintf("tn %+v, tiles %q", *tn, name), gotTN, wantTN)
			}
		}
	})
}

func mustSameBits(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d is %v, want %v", name, i, got[i], want[i])
		}
	}
}
