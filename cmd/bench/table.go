package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table is rows of cells, the first of them the header. The first left columns are
// aligned to the left, the others, which hold numbers, to the right.
type table struct {
	left int
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) String() string {
	width := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, c := range row {
			fill := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i < t.left {
				line.WriteString("  " + c + fill)
			} else {
				line.WriteString("  " + fill + c)
			}
		}
		fmt.Fprintln(&b, strings.TrimRight(line.String(), " "))
	}
	return b.String()
}

// print writes the report for people.
func (r *report) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s, %d of %d processors, kernel path %s, batch %d, %s\n\nMachine\n%s\nNetworks\n%s%s%s",
		r.System, r.Threads, r.Processors, r.Path, r.Batch, r.Data,
		r.machineTable(), r.networkTable(), r.notes(), r.kernelSection())
	return err
}

func (r *report) machineTable() *table {
	t := &table{left: 1}
	if r.Threads == 1 {
		t.add("", "one thread")
		t.add("multiply-add peak, GFLOP/s", number(r.PeakGFLOPS))
		t.add("copy bandwidth, GB/s", number(r.CopyGBs))
		return t
	}
	t.add("", "one thread", fmt.Sprintf("%d threads", r.Threads))
	t.add("multiply-add peak, GFLOP/s", number(r.PeakGFLOPSPerCore), number(r.PeakGFLOPS))
	t.add("copy bandwidth, GB/s", number(r.CopyGBsPerCore), number(r.CopyGBs))
	return t
}

func (r *report) networkTable() *table {
	t := &table{left: 1}
	t.add("", "train images/s", "of floor", "stock images/s", "ratio", "forward images/s", "of peak", "one image", "allocated a step")
	for _, n := range r.Networks {
		stock, ratio := "-", "-"
		if n.StockTrainImagesPerSecond != nil {
			stock, ratio = number(*n.StockTrainImagesPerSecond), number(*n.TrainOverStock)+"x"
		}
		t.add(n.Model, number(n.TrainImagesPerSecond), percent(n.TrainShareOfFloor), stock, ratio,
			number(n.ForwardImagesPerSecond), percent(n.ForwardShareOfPeak), duration(n.ForwardOneSeconds),
			fmt.Sprintf("%.1f KB in %d", float64(n.StepBytes)/1024, n.StepAllocations))
	}
	return t
}

// notes say what a reader of the network table must know.
func (r *report) notes() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  floor: every product of a training step at the peak, none skipped; forward in batches of %d\n", forwardBatch)
	for _, n := range r.Networks {
		if n.StockUnmeasurable != "" {
			fmt.Fprintf(&b, "  %s: no stock figure: %s\n", n.Model, n.StockUnmeasurable)
		}
	}
	return b.String()
}

func (r *report) kernelSection() string {
	if len(r.Kernels) == 0 {
		return ""
	}
	t := &table{left: 2}
	t.add("", "input", "time", "GFLOP/s", "of peak", "GB/s")
	for _, k := range r.Kernels {
		flops, peak := "", ""
		if k.GFLOPS > 0 {
			flops, peak = number(k.GFLOPS), percent(k.ShareOfPeak)
		}
		t.add(k.Name, k.Shape, duration(k.Seconds), flops, peak, number(k.GBs))
	}
	return "\nKernels\n" + t.String() +
		"  GFLOP/s: as if no operand were zero; those that skip zeros can exceed the peak\n"
}

// number writes three digits or more, without an exponent.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// percent writes a share, or a dash where there is nothing to share.
func percent(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}

func duration(seconds float64) string {
	switch {
	case seconds >= 1:
		return fmt.Sprintf("%.2f s", seconds)
	case seconds >= 1e-3:
		return fmt.Sprintf("%.2f ms", 1e3*seconds)
	}
	return fmt.Sprintf("%.1f µs", 1e6*seconds)
}
