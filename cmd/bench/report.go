package main

import "inkstone/graph/kernelbench"

// report is what a run has measured; its JSON is what -json prints. The figures of
// the network that stands for all are at the top of it, and among Networks again.
type report struct {
	System     string  `json:"system"`
	Go         string  `json:"go"`
	Processors int     `json:"processors"`
	Threads    int     `json:"threads"`
	Path       string  `json:"path"`
	Batch      int     `json:"batch"`
	Data       string  `json:"data"`
	Seconds    float64 `json:"seconds"`

	PeakGFLOPS        float64 `json:"peak_gflops"` // of all threads; 0 if this processor has only the portable path
	PeakGFLOPSPerCore float64 `json:"peak_gflops_per_core"`
	CopyGBs           float64 `json:"copy_gbytes_per_second"` // read and written together
	CopyGBsPerCore    float64 `json:"copy_gbytes_per_second_per_core"`

	network
	Networks []network      `json:"networks"`
	Kernels  []kernelResult `json:"kernels"`
}

// network is how fast a network trains and evaluates.
type network struct {
	Model             string `json:"model"`
	Parameters        int    `json:"parameters"`
	ForwardFLOPs      int64  `json:"forward_flops_per_image"`
	TrainFLOPs        int64  `json:"train_flops_per_image"` // see trainFLOPs
	ForwardBatch      int    `json:"forward_batch"`
	StepBytes         int64  `json:"step_allocated_bytes"` // of a warm training step
	StepAllocations   int64  `json:"step_allocations"`
	StockUnmeasurable string `json:"stock_unmeasurable,omitempty"` // why there is no figure for stock operations

	TrainImagesPerSecond   float64 `json:"train_images_per_second"`
	TrainShareOfFloor      float64 `json:"train_share_of_dense_floor"` // 1 would be every FLOP at the peak; zeros skipped count as done
	ForwardImagesPerSecond float64 `json:"forward_images_per_second"`
	ForwardShareOfPeak     float64 `json:"forward_share_of_peak"`
	ForwardOneSeconds      float64 `json:"forward_one_seconds"`

	StockTrainImagesPerSecond *float64 `json:"stock_train_images_per_second"`
	TrainOverStock            *float64 `json:"train_over_stock"`
}

// kernelResult is how fast a kernel is.
type kernelResult struct {
	Name        string  `json:"name"`
	Shape       string  `json:"shape"`
	Seconds     float64 `json:"seconds"` // of one run
	GFLOPS      float64 `json:"gflops"`  // as if no operand were zero; 0 for kernels that only move memory
	ShareOfPeak float64 `json:"share_of_peak"`
	GBs         float64 `json:"gbytes_per_second"`
}

// measureMachine measures what no kernel can exceed. On the portable path, which
// has no peak of its own, it is the peak of the processor's fastest one.
func (r *report) measureMachine(s *settings) {
	if fastest := kernelbench.Paths()[0]; r.Path != fastest && kernelbench.PeakFLOPS(1, 1) == 0 {
		_ = kernelbench.SetPath(fastest)  // cannot fail: it is among Paths
		defer kernelbench.SetPath(r.Path) // nor can this
	}
	d := s.time(0.2)
	r.PeakGFLOPSPerCore = kernelbench.PeakFLOPS(1, d) / 1e9
	r.CopyGBsPerCore = kernelbench.CopyBandwidth(1, d) / 1e9
	r.PeakGFLOPS, r.CopyGBs = r.PeakGFLOPSPerCore, r.CopyGBsPerCore
	if s.threads > 1 {
		r.PeakGFLOPS = kernelbench.PeakFLOPS(s.threads, d) / 1e9
		r.CopyGBs = kernelbench.CopyBandwidth(s.threads, d) / 1e9
	}
}

// share is a part of a whole, 0 if there is no whole.
func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}
