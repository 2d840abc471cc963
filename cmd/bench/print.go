package main

import (
	"fmt"
	"io"
	"strings"

	"inkstone/internal/table"
)

// print writes the report for people.
func (r *report) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d of %d processors, kernel path %s, batch %d, %s\n\nMachine\n%s",
		r.System, r.Threads, r.Processors, r.Path, r.Batch, r.Data, r.machineTable())
	if r.Peers != nil {
		b.WriteString(r.Peers.String())
	} else {
		fmt.Fprintf(&b, "\nNetworks\n%s%s%s", r.networkTable(), r.notes(), r.kernelSection())
	}
	if r.Compared != nil {
		b.WriteString(r.Compared.String())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *report) machineTable() *table.Table {
	t := &table.Table{Indent: "  "}
	if r.Threads == 1 {
		t.Columns = table.Columns(1, "", "one thread")
		t.Add("multiply-add peak, GFLOP/s", number(r.PeakGFLOPS))
		t.Add("copy bandwidth, GB/s", number(r.CopyGBs))
		return t
	}
	t.Columns = table.Columns(1, "", "one thread", fmt.Sprintf("%d threads", r.Threads))
	t.Add("multiply-add peak, GFLOP/s", number(r.PeakGFLOPSPerCore), number(r.PeakGFLOPS))
	t.Add("copy bandwidth, GB/s", number(r.CopyGBsPerCore), number(r.CopyGBs))
	return t
}

func (r *report) networkTable() *table.Table {
	t := &table.Table{Indent: "  ", Columns: table.Columns(1, "", "train images/s", "of floor", "stock images/s", "ratio",
		"forward images/s", "of peak", "one image", "allocated a step")}
	for _, n := range r.Networks {
		stock, ratio := "-", "-"
		if n.StockTrainImagesPerSecond != nil {
			stock, ratio = number(*n.StockTrainImagesPerSecond), number(*n.TrainOverStock)+"x"
		}
		t.Add(n.Model, number(n.TrainImagesPerSecond), percent(n.TrainShareOfFloor), stock, ratio,
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
	t := &table.Table{Indent: "  ", Columns: table.Columns(2, "", "input", "time", "GFLOP/s", "of peak", "GB/s")}
	for _, k := range r.Kernels {
		flops, peak := "", ""
		if k.GFLOPS > 0 {
			flops, peak = number(k.GFLOPS), percent(k.ShareOfPeak)
		}
		t.Add(k.Name, k.Shape, duration(k.Seconds), flops, peak, number(k.GBs))
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
