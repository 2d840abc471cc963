package simd

// A tileRule chooses the kernels for the next panel of columns of a product.
type tileRule struct {
	rows, columns int  // the rule fits products with up to this many rows, and columns left; 0: any number
	half          bool // vectors of half the width of the path
	vectors       int  // width of the panel
	height        int  // rows of the tallest tile
}

// tileTables holds the rules of a path for the products NN and TN. The first rule that fits applies.
// All kernels of a path sum in the same order, so the rules change no bit of a result.
type tileTables struct{ nn, tn []tileRule }

// findTile returns the first rule for a product with m rows and n columns left. The last rule fits every product.
func findTile(rules []tileRule, m, n int) *tileRule {
	last := len(rules) - 1
	for i := range rules[:last] {
		if r := &rules[i]; (r.rows == 0 || m <= r.rows) && (r.columns == 0 || n <= r.columns) {
			return r
		}
	}
	return &rules[last]
}

// panel returns the set of kernels for the next panel of a matrix with n columns left, the width of the
// panel, and the number of columns in its last vector.
func (r *tileRule) panel(p *path, n int) (set *asm, width, lanes int) {
	set = p.asm
	if r.half {
		set = p.half
	}
	width = min(n, r.vectors*set.tileLanes)
	return set, width, width - (r.vectors-1)*set.tileLanes
}

// widestTiles returns rules that choose the widest kernel of a set that has at least one column for
// each of its vectors, and the tallest tiles.
func widestTiles(set *asm) *tileTables {
	return &tileTables{widestRules(set.nn.heights(), set.tileLanes), widestRules(set.tn.heights(), set.tileLanes)}
}

// heights returns the height of the tallest kernel for each width in vectors, 0 where there is none.
func (t *tileTable[F]) heights() (tall [5]int) {
	for vectors, kernels := range t {
		tall[vectors] = max(0, len(kernels)-1)
	}
	return tall
}

func widestRules(tall [5]int, lanes int) (rules []tileRule) {
	for vectors, height := range tall {
		if height == 0 {
			continue
		}
		if last := len(rules) - 1; last >= 0 {
			rules[last].columns = (vectors - 1) * lanes
		}
		rules = append(rules, tileRule{vectors: vectors, height: height})
	}
	return rules
}
