package main

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/internal/table"
)

// String returns the tables of a comparison with peers, one for each quantity.
func (r *peerReport) String() string {
	var b strings.Builder
	for i, q := range quantities() {
		training := i == 0
		fmt.Fprintf(&b, "\n%s\n%s", q.name, r.table(&q, training))
	}
	fmt.Fprintf(&b, "  pairs are the %d rounds; a ratio is the speed of Inkstone over that of the peer: the lesser one, and both\n", peerRounds)
	for _, p := range r.Peers {
		if p.Version != "" {
			fmt.Fprintf(&b, "  %s %s\n", p.Name, p.Version)
		}
		if p.Missing != "" {
			fmt.Fprintf(&b, "  %s was not measured: %s\n", p.Name, p.Missing)
		}
		if p.Warning != "" {
			fmt.Fprintf(&b, "  %s: %s\n", p.Name, p.Warning)
		}
	}
	return b.String()
}

// table returns the table of a quantity. That of training has the share of the floor, the ratio
// to one thread, and only the peers that train.
func (r *peerReport) table(q *quantity, training bool) *table.Table {
	heads := []string{"", "threads", "Inkstone"}
	if training {
		heads = append(heads, "of floor", "over one thread")
	}
	for _, p := range r.Peers {
		if p.Trains || !training {
			heads = append(heads, p.Name, "ratio")
		}
	}
	t := &table.Table{Indent: "  ", Columns: table.Columns(1, heads...)}
	for i := range r.Comparisons {
		c := &r.Comparisons[i]
		own := q.speeds(c)
		cells := []string{c.Model, fmt.Sprint(c.Threads), list(own, q.format)}
		if training {
			floor := c.Rounds[0].Inkstone.TrainShareOfFloor
			for _, round := range c.Rounds {
				floor = min(floor, round.Inkstone.TrainShareOfFloor)
			}
			cells = append(cells, percent(floor), ratioCell(ratios(own, r.oneThread(q, c))))
		}
		for _, p := range r.Peers {
			if p.Trains || !training {
				speeds := q.peerSpeeds(c, p.Name)
				cells = append(cells, list(speeds, q.format), ratioCell(ratios(own, speeds)))
			}
		}
		t.Add(cells...)
	}
	return t
}

// oneThread returns the speeds of Inkstone with one thread on the network of a comparison, or
// nil for one thread.
func (r *peerReport) oneThread(q *quantity, c *comparison) []float64 {
	i := slices.IndexFunc(r.Comparisons, func(o comparison) bool { return o.Model == c.Model && o.Threads == 1 })
	if c.Threads == 1 || i < 0 {
		return nil
	}
	return q.speeds(&r.Comparisons[i])
}

// list writes values in a cell, or a dash for none.
func list(values []float64, format func(float64) string) string {
	if len(values) == 0 {
		return "-"
	}
	var texts []string
	for _, v := range values {
		texts = append(texts, format(v))
	}
	return strings.Join(texts, ", ")
}

// ratioCell writes the least of some ratios and all of them, or a dash for none.
func ratioCell(ratios []float64) string {
	if len(ratios) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2fx (%s)", slices.Min(ratios), list(ratios, number))
}
