//go:build amd64 && !purego

package main

import (
	"slices"

	"inkstone/graph/internal/kernel/simd"
)

// rule is a line of a table: the kernels for products with up to a number of rows and of columns left. 0 stands
// for any number.
type rule struct {
	rows, columns int
	half          bool
	vectors       int
	height        int
}

// unit is the number of columns by which panels differ: vectors of half the width.
const unit = 8

// rowClasses are the numbers of rows that share rules: the largest, 0 for any, and those that stand for all.
var rowClasses = []struct {
	most int
	rows []int
}{
	{2, []int{1, 2}},
	{4, []int{3, 4}},
	{0, []int{7, 10, 12, 14, 24, 26, 28, 64}},
}

// worthwhile is the share of the time that a choice must save to be preferred to a wider panel, which reads the
// left matrix less often, to the choice for more rows, or to a taller tile.
const worthwhile = 0.07

// chooseRules returns the fastest rules for the kernels of one product, from the narrowest to the widest.
func chooseRules(widths []width) (rules []rule) {
	for i := range widths {
		widths[i].Height = widths[i].bestHeight()
	}
	choices := make([][]int, len(rowClasses))
	var next []int // the choices for more rows
	for i, class := range slices.Backward(rowClasses) {
		choices[i] = choose(widths, class.rows, next)
		next = choices[i]
	}
	var before []rule // for one unit of columns fewer
	for left := range next {
		rs := columnRules(widths, choices, left+1)
		if slices.EqualFunc(rs, before, rule.sameKernels) {
			rules = rules[:len(rules)-len(before)]
		}
		rules, before = append(rules, rs...), rs
	}
	for i := len(rules) - len(before); i < len(rules); i++ {
		rules[i].columns = 0
	}
	return rules
}

// columnRules returns the rules for a number of units of columns left, given the choices for each class of rows.
func columnRules(widths []width, choices [][]int, left int) (rules []rule) {
	for i, class := range rowClasses {
		w := &widths[choices[i][left-1]]
		if i+1 < len(choices) && choices[i][left-1] == choices[i+1][left-1] {
			continue
		}
		rules = append(rules, rule{class.most, unit * left, w.Half, w.Vectors, w.Height})
	}
	return rules
}

// sameKernels reports whether two rules differ at most in their columns.
func (r rule) sameKernels(q rule) bool {
	r.columns = q.columns
	return r == q
}

// bestHeight returns the height that takes the least time for many numbers of rows, or a greater one that takes
// hardly longer.
func (wd *width) bestHeight() int {
	times := make([]float64, wd.Height+1)
	for tall := 1; tall <= wd.Height; tall++ {
		for _, m := range rowClasses[len(rowClasses)-1].rows {
			times[tall] += wd.time(m, tall) / float64(m)
		}
	}
	best := wd.Height
	for tall := wd.Height - 1; tall > 0; tall-- {
		if times[tall] < (1-worthwhile)*times[best] {
			best = tall
		}
	}
	return best
}

// time returns the time of a panel of m rows in tiles of at most tall rows.
func (wd *width) time(m, tall int) float64 {
	height, more, tiles := simd.SplitRows(m, tall)
	t := float64(tiles-more) * wd.seconds[height]
	if more > 0 {
		t += float64(more) * wd.seconds[height+1]
	}
	return t
}

// choose returns the index of the width to use next for 1, 2, ... units of columns left, up to the widest one, so
// that all panels together take the least time for the given numbers of rows. A choice of preferred, if there is
// one, is kept where no other saves much.
func choose(widths []width, rows []int, preferred []int) []int {
	units := 0
	times := make([]float64, len(widths)) // of a panel, summed over rows
	for i := range widths {
		units = max(units, widths[i].Columns/unit)
		for _, m := range rows {
			times[i] += widths[i].time(m, widths[i].Height) / float64(m)
		}
	}
	total, choice := make([]float64, units+1), make([]int, units)
	for left := 1; left <= units; left++ {
		cost := func(i int) float64 { return times[i] + total[max(0, left-widths[i].Columns/unit)] }
		best := -1
		for i := len(widths) - 1; i >= 0; i-- {
			if widths[i].suits(left) && (best < 0 || cost(i) < (1-worthwhile)*cost(best)) {
				best = i
			}
		}
		if preferred != nil {
			if p := preferred[left-1]; cost(best) > (1-worthwhile)*cost(p) {
				best = p
			}
		}
		total[left], choice[left-1] = cost(best), best
	}
	return choice
}

// suits reports whether each vector has a column in use if the given units of columns are left, also if the last
// unit has only one column.
func (wd *width) suits(left int) bool {
	lanes := wd.Columns / wd.Vectors
	return (wd.Vectors-1)*lanes <= unit*(left-1)
}
