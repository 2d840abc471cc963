package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"inkstone/internal/smallfile"
	"inkstone/internal/table"
)

// maxSaved is the largest saved run that -compare reads, in bytes.
const maxSaved = 64 << 20

// changes holds what has changed since a saved run.
type changes struct {
	File       string   `json:"file"`
	Conditions []string `json:"conditions,omitempty"` // in which the two runs differ, such as "threads: 1, now 2"
	Figures    []change `json:"figures"`
	Unmatched  []string `json:"unmatched,omitempty"` // networks and kernels that only one of the runs has
}

// change is a figure in two runs.
type change struct {
	Name   string  `json:"name"`   // of the network or kernel
	Figure string  `json:"figure"` // such as "train images/s", or the input of the kernel
	Before float64 `json:"before"`
	Now    float64 `json:"now"`
	Speed  float64 `json:"speed"` // now over before: more than 1 is faster, also for times
	time   bool    // whether the figures are seconds
}

// readSaved reads the report that -json wrote. Without a name it returns nil.
func readSaved(file string) (*report, error) {
	if file == "" {
		return nil, nil
	}
	text, err := smallfile.Read(file, maxSaved)
	if err != nil {
		return nil, fmt.Errorf("-compare: %w", err)
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("-compare: %s is not the output of bench -json: %w", file, err)
	}
	if len(r.Networks) == 0 {
		return nil, fmt.Errorf("-compare: %s is not the output of bench -json: it has no networks", file)
	}
	return &r, nil
}

// compare returns what has changed from an old report to a new one.
func compare(old, now *report, file string) *changes {
	c := &changes{File: file, Figures: []change{}}
	for _, condition := range []struct {
		name        string
		before, now any
	}{
		{"system", old.System, now.System}, {"Go", old.Go, now.Go}, {"processors", old.Processors, now.Processors},
		{"threads", old.Threads, now.Threads}, {"kernel path", old.Path, now.Path}, {"batch", old.Batch, now.Batch},
		{"data", old.Data, now.Data},
	} {
		if condition.before != condition.now {
			c.Conditions = append(c.Conditions, fmt.Sprintf("%s: %v, now %v", condition.name, condition.before, condition.now))
		}
	}
	c.add("machine", "multiply-add peak, GFLOP/s", old.PeakGFLOPS, now.PeakGFLOPS, false)
	c.add("machine", "copy bandwidth, GB/s", old.CopyGBs, now.CopyGBs, false)
	c.addNetworks(old.Networks, now.Networks)
	if len(old.Kernels) > 0 && len(now.Kernels) > 0 {
		c.addKernels(old.Kernels, now.Kernels)
	}
	return c
}

// add adds a figure, unless one of the runs does not have it.
func (c *changes) add(name, figure string, before, now float64, time bool) {
	if !(before > 0 && now > 0) {
		return
	}
	speed := now / before
	if time {
		speed = before / now
	}
	c.Figures = append(c.Figures, change{name, figure, before, now, speed, time})
}

func (c *changes) addNetworks(old, now []network) {
	pairs(c, old, now, func(n network) string { return n.Model }, func(b, n network) {
		c.add(n.Model, "train images/s", b.TrainImagesPerSecond, n.TrainImagesPerSecond, false)
		c.add(n.Model, "forward images/s", b.ForwardImagesPerSecond, n.ForwardImagesPerSecond, false)
		c.add(n.Model, "one image", b.ForwardOneSeconds, n.ForwardOneSeconds, true)
	})
}

// addKernels adds the kernels that have the same name and the same input in both runs.
func (c *changes) addKernels(old, now []kernelResult) {
	pairs(c, old, now, func(k kernelResult) string { return k.Name + ", " + k.Shape }, func(b, k kernelResult) {
		c.add(k.Name, k.Shape, b.Seconds, k.Seconds, true)
	})
}

// pairs calls f with the results of both runs that have the same key, in the order of the new
// run. It notes the keys that only one run has.
func pairs[T any](c *changes, old, now []T, key func(T) string, f func(before, now T)) {
	for _, n := range now {
		if i := slices.IndexFunc(old, func(o T) bool { return key(o) == key(n) }); i >= 0 {
			f(old[i], n)
		} else {
			c.Unmatched = append(c.Unmatched, key(n))
		}
	}
	for _, o := range old {
		if !slices.ContainsFunc(now, func(n T) bool { return key(n) == key(o) }) {
			c.Unmatched = append(c.Unmatched, key(o))
		}
	}
}

// String returns the changes as a table.
func (c *changes) String() string {
	t := &table.Table{Indent: "  ", Columns: table.Columns(2, "", "", "before", "now", "speed")}
	for _, f := range c.Figures {
		format := number
		if f.time {
			format = duration
		}
		t.Add(f.Name, f.Figure, format(f.Before), format(f.Now), number(f.Speed)+"x")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nSince %s\n%s", c.File, t)
	for _, condition := range c.Conditions {
		fmt.Fprintf(&b, "  the runs differ in %s\n", condition)
	}
	if len(c.Unmatched) > 0 {
		fmt.Fprintf(&b, "  only one of the runs has: %s\n", strings.Join(c.Unmatched, "; "))
	}
	return b.String()
}
