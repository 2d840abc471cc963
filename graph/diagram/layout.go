package diagram

import (
	"cmp"
	"slices"
)

// sweeps is how often the boxes are ordered, and how often they are placed.
const sweeps = 12

// layout gives each box its position and returns the boxes by row, with bends where an
// edge crosses a row. It works on copies of d's boxes.
//
// It is the layered drawing of Sugiyama, Tagawa and Toda, "Methods for visual
// understanding of hierarchical system structures", 1981: the longest path to a box gives
// its row, the mean order of its neighbors gives its order within the row, and then each
// box moves as near to its neighbors as the widths allow.
func (d *Diagram) layout() [][]*box {
	rows := bendEdges(assignRows(d.boxes))
	readers := map[*box][]*box{}
	for _, row := range rows {
		for _, b := range row {
			for _, f := range b.from {
				readers[f] = append(readers[f], b)
			}
		}
	}
	above := func(b *box) []*box { return b.from }
	below := func(b *box) []*box { return readers[b] }
	for range sweeps {
		for _, row := range rows {
			sortRow(row, above)
		}
		for _, row := range slices.Backward(rows) {
			sortRow(row, below)
		}
	}

	sizes := measure(d.boxes)
	y := margin
	for _, row := range rows {
		tallest := 0.0
		for _, b := range row {
			if b.folded != nil {
				b.width, b.height = sizes.box(b.folded)
			} else if b.bend && d.isFolded() {
				b.width = bendWidth
			} else if !b.bend {
				for i, line := range b.lines {
					letter := letterWidth
					if i == 0 {
						letter = boldWidth
					}
					b.width = max(b.width, float64(len([]rune(line)))*letter+2*padding)
				}
				b.height = float64(len(b.lines))*lineHeight + 2*padding
			}
			tallest = max(tallest, b.height)
		}
		for _, b := range row {
			b.y = y + tallest/2
			if b.bend {
				b.height = tallest
			}
		}
		y += tallest + rowGap
		placeRow(row, func(*box) []*box { return nil })
	}
	for range sweeps {
		for _, row := range rows {
			placeRow(row, above)
		}
		for _, row := range slices.Backward(rows) {
			placeRow(row, below)
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
			b.x += margin - left
		}
	}
	return rows
}

// assignRows sorts copies of the boxes into rows: each box below all boxes that it is
// computed from, and each leaf in the row above its first reader.
func assignRows(boxes []*box) [][]*box {
	copies := make(map[*box]*box, len(boxes))
	list := make([]*box, len(boxes))
	for i, b := range boxes {
		c := &box{lines: b.lines, role: b.role, folded: b.folded}
		for _, f := range b.from {
			c.from = append(c.from, copies[f])
			c.flow = append(c.flow, b.folded != nil && b.folded.flows[f])
			c.row = max(c.row, copies[f].row+1)
		}
		copies[b], list[i] = c, c
	}
	firstReader := map[*box]int{} // its row
	for _, b := range list {
		for _, f := range b.from {
			if r, ok := firstReader[f]; !ok || b.row < r {
				firstReader[f] = b.row
			}
		}
	}
	var rows [][]*box
	for _, b := range list {
		if r, read := firstReader[b]; read && len(b.from) == 0 {
			b.row = r - 1
		}
		for len(rows) <= b.row {
			rows = append(rows, nil)
		}
	}
	for _, b := range list {
		b.col = len(rows[b.row])
		rows[b.row] = append(rows[b.row], b)
	}
	return rows
}

// bendEdges replaces each edge over several rows by a chain with one bend in each row
// between. The edges that leave one box share their bends.
func bendEdges(rows [][]*box) [][]*box {
	type key struct {
		from *box
		row  int
		role role
	}
	bends := map[key]*box{}
	for r := range rows {
		for _, b := range slices.Clone(rows[r]) {
			role := roleForward
			if b.role == roleBackward {
				role = roleBackward
			}
			for i, f := range b.from {
				for row := f.row + 1; row < b.row; row++ {
					k := key{b.from[i], row, role}
					if bends[k] == nil {
						bends[k] = &box{bend: true, role: role, from: []*box{f}, flow: []bool{false}, row: row, col: len(rows[row])}
						rows[row] = append(rows[row], bends[k])
					}
					bends[k].flow[0] = bends[k].flow[0] || b.flow[i]
					f = bends[k]
				}
				b.from[i] = f
			}
		}
	}
	return rows
}

// sortRow sorts a row by the mean order of each box's neighbors.
func sortRow(row []*box, neighbors func(*box) []*box) {
	mean := map[*box]float64{}
	for _, b := range row {
		mean[b] = float64(b.col)
		if list := neighbors(b); len(list) > 0 {
			sum := 0
			for _, n := range list {
				sum += n.col
			}
			mean[b] = float64(sum) / float64(len(list))
		}
	}
	slices.SortStableFunc(row, func(a, b *box) int { return cmp.Compare(mean[a], mean[b]) })
	for i, b := range row {
		b.col = i
	}
}

// placeRow moves the boxes of a row, in least squares, as near to the mean position of
// their neighbors as possible without changing their order or letting them overlap.
// With the offsets that the widths demand subtracted, the positions must not decrease,
// which is isotonic regression; pooling adjacent violators solves it.
func placeRow(row []*box, neighbors func(*box) []*box) {
	type pool struct {
		sum float64
		n   int
	}
	var pools []pool
	offset := make([]float64, len(row))
	for i, b := range row {
		if i > 0 {
			offset[i] = offset[i-1] + (row[i-1].width+b.width)/2 + boxGap
		}
		target := b.x
		if list := neighbors(b); len(list) > 0 {
			target = 0
			for _, n := range list {
				target += n.x / float64(len(list))
			}
		}
		pools = append(pools, pool{target - offset[i], 1})
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
