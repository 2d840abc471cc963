package graph

import (
	"cmp"
	"slices"
)

// Measures of a diagram, in pixels.
const (
	diagramFont    = 12
	diagramLine    = 15.0 // height of a line of text
	diagramLetter  = 7.0  // width to reserve for a letter
	diagramPadding = 5.0  // about the text of a box
	diagramMargin  = 8.0
	diagramGap     = 16.0 // between boxes in a row
	diagramRows    = 30.0 // between rows
	diagramSweeps  = 12   // of ordering and of placing
)

// layout gives every box its place and returns the rows, with bends where an edge
// passes through. It is the layered drawing of Sugiyama, Tagawa and Toda, "Methods for
// visual understanding of hierarchical system structures", 1981: rows by the longest
// path, order within a row by the mean place of the neighbours, then places as near to
// the neighbours as the widths allow.
func (d *Diagram) layout() [][]*box {
	rows := bendEdges(rank(d.boxes))
	users := map[*box][]*box{}
	for _, row := range rows {
		for _, b := range row {
			for _, f := range b.from {
				users[f] = append(users[f], b)
			}
		}
	}
	over := func(b *box) []*box { return b.from }
	under := func(b *box) []*box { return users[b] }
	for range diagramSweeps {
		for _, row := range rows {
			order(row, over)
		}
		for _, row := range slices.Backward(rows) {
			order(row, under)
		}
	}

	y := diagramMargin
	for _, row := range rows {
		tallest := 0.0
		for _, b := range row {
			if b.role != roleBend {
				longest := 0
				for _, line := range b.lines {
					longest = max(longest, len([]rune(line)))
				}
				b.width = float64(longest)*diagramLetter + 2*diagramPadding
				b.height = float64(len(b.lines))*diagramLine + 2*diagramPadding
			}
			tallest = max(tallest, b.height)
		}
		for _, b := range row {
			b.y = y + tallest/2
			if b.role == roleBend {
				b.height = tallest
			}
		}
		y += tallest + diagramRows
		place(row, func(*box) []*box { return nil })
	}
	for range diagramSweeps {
		for _, row := range rows {
			place(row, over)
		}
		for _, row := range slices.Backward(rows) {
			place(row, under)
		}
	}
	left := 0.0
	for i, row := range rows {
		if first := row[0].x - row[0].width/2; i == 0 || first < left {
			left = first
		}
	}
	for _, row := range rows {
		for _, b := range row {
			b.x += diagramMargin - left
		}
	}
	return rows
}

// rank sorts boxes into rows: each below all that it is computed from, and leaves right
// above their first user. It makes copies, so that a diagram can be drawn again.
func rank(boxes []*box) [][]*box {
	copies := make(map[*box]*box, len(boxes))
	list := make([]*box, len(boxes))
	for i, b := range boxes { // in an order in which sources come first
		c := &box{lines: b.lines, role: b.role}
		for _, f := range b.from {
			c.from = append(c.from, copies[f])
			c.rank = max(c.rank, copies[f].rank+1)
		}
		copies[b], list[i] = c, c
	}
	first := map[*box]int{}
	for _, b := range list {
		for _, f := range b.from {
			if r, ok := first[f]; !ok || b.rank < r {
				first[f] = b.rank
			}
		}
	}
	var rows [][]*box
	for _, b := range list {
		if r, used := first[b]; used && len(b.from) == 0 {
			b.rank = r - 1
		}
		for len(rows) <= b.rank {
			rows = append(rows, nil)
		}
	}
	for _, b := range list {
		b.order = len(rows[b.rank])
		rows[b.rank] = append(rows[b.rank], b)
	}
	return rows
}

// bendEdges replaces edges over several rows by chains of bends, one in each row. The
// edges from one box share theirs.
func bendEdges(rows [][]*box) [][]*box {
	type key struct {
		from     *box
		rank     int
		backward bool
	}
	bends := map[key]*box{}
	for r := range rows {
		for _, b := range slices.Clone(rows[r]) {
			for i, f := range b.from {
				backward := b.role == roleBackward
				for at := f.rank + 1; at < b.rank; at++ {
					k := key{b.from[i], at, backward}
					if bends[k] == nil {
						bend := &box{role: roleBend, rank: at, from: []*box{f}, order: len(rows[at])}
						if backward {
							bend.lines = []string{} // not nil: coloured as a derivative
						}
						bends[k] = bend
						rows[at] = append(rows[at], bend)
					}
					f = bends[k]
				}
				b.from[i] = f
			}
		}
	}
	return rows
}

// order sorts a row by the mean place of each box's neighbours.
func order(row []*box, neighbours func(*box) []*box) {
	mean := map[*box]float64{}
	for _, b := range row {
		mean[b] = float64(b.order)
		if list := neighbours(b); len(list) > 0 {
			sum := 0
			for _, n := range list {
				sum += n.order
			}
			mean[b] = float64(sum) / float64(len(list))
		}
	}
	slices.SortStableFunc(row, func(a, b *box) int { return cmp.Compare(mean[a], mean[b]) })
	for i, b := range row {
		b.order = i
	}
}

// place moves the boxes of a row as near to the mean of their neighbours as it can, in
// least squares, without a change of order or an overlap: with the offsets that the
// widths demand taken away, the places must not fall, which is isotonic regression by
// pooling adjacent violators.
func place(row []*box, neighbours func(*box) []*box) {
	type pool struct {
		sum float64
		n   int
	}
	var pools []pool
	offset := make([]float64, len(row))
	for i, b := range row {
		if i > 0 {
			offset[i] = offset[i-1] + (row[i-1].width+b.width)/2 + diagramGap
		}
		want := b.x
		if list := neighbours(b); len(list) > 0 {
			want = 0
			for _, n := range list {
				want += n.x / float64(len(list))
			}
		}
		pools = append(pools, pool{want - offset[i], 1})
		for k := len(pools) - 1; k > 0 && pools[k-1].sum*float64(pools[k].n) > pools[k].sum*float64(pools[k-1].n); k-- {
			pools[k-1].sum += pools[k].sum
			pools[k-1].n += pools[k].n
			pools = pools[:k]
		}
	}
	i := 0
	for _, p := range pools {
		for range p.n {
			row[i].x = p.sum/float64(p.n) + offset[i]
			i++
		}
	}
}
