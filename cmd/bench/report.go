package main

import "inkstone/graph/kernelbench"

// report holds the results of a run. -json prints it. The results of the main model are
// both at the top level and in Networks.
type report struct {
	System     string  `json:"system"`
	Go         string  `json:"go"`
	Processors int     `json:"processors"`
	Threads    int     `json:"threads"`
	Path       string  `json:"path"`
	Batch      int     `json:"batch"`
	Data       string  `json:"data"`
	Seconds    float64 `json:"seconds"`

	PeakGFLOPS        float64 `json:"peak_gflops"` // of all threads together; 0 if this processor has only the portable path
	PeakGFLOPSPerCore float64 `json:"peak_gflops_per_core"`
	CopyGBs           float64 `json:"copy_gbytes_per_second"` // read and written together
	CopyGBsPerCore    float64 `json:"copy_gbytes_per_second_per_core"`

	network
	Networks []network      `json:"networks"`
	Kernels  []kernelResult `json:"kernels"`

	Peers    *peerReport `json:"peers,omitempty"`
	Compared *changes    `json:"compared,omitempty"`
}

// addNetwork adds the results of a network.
func (r *report) addNetwork(s *settings, n network) {
	r.Networks = append(r.Networks, n)
	if n.Model == s.mainModel() {
		r.network = n
	}
}

// network holds the results of one network.
type network struct {
	Model             string `json:"model"`
	Parameters        int    `json:"parameters"`
	ForwardFLOPs      int64  `json:"forward_flops_per_image"`
	TrainFLOPs        int64  `json:"train_flops_per_image"` // see trainFLOPs
	ForwardBatch      int    `json:"forward_batch"`
	StepBytes         int64  `json:"step_allocated_bytes"` // of a training step after the first
	StepAllocations   int64  `json:"step_allocations"`
	StockUnmeasurable string `json:"stock_unmeasurable,omitempty"` // why there is no result for stock operations

	TrainImagesPerSecond   float64 `json:"train_images_per_second"`
	TrainShareOfFloor      float64 `json:"train_share_of_dense_floor"` // 1 means every FLOP at the peak; skipped products with zero count as done
	ForwardImagesPerSecond float64 `json:"forward_images_per_second"`
	ForwardShareOfPeak     float64 `json:"forward_share_of_peak"`
	ForwardOneSeconds      float64 `json:"forward_one_seconds"`

	StockTrainImagesPerSecond *float64 `json:"stock_train_images_per_second"`
	TrainOverStock            *float64 `json:"train_over_stock"`
}

// kernelResult holds the results of one kernel.
type kernelResult struct {
	Name        string  `json:"name"`
	Shape       string  `json:"shape"`
	Seconds     float64 `json:"seconds"` // of one run
	GFLOPS      float64 `json:"gflops"`  // products with zero count; 0 for kernels whose time is that of moving memory
	ShareOfPeak float64 `json:"share_of_peak"`
	GBs         float64 `json:"gbytes_per_second"`
}

// measureMachine measures the limits of the machine, its peak and its copy bandwidth, and keeps them if they
// are higher than before: a busy host lowers them for a while. The portable path has no peak, so there it
// takes the peak of the fastest path.
func (r *report) measureMachine(s *settings) {
	if fastest := kernelbench.Paths()[0]; r.Path != fastest && kernelbench.PeakFLOPS(1, 1) == 0 {
		_ = kernelbench.SetPath(fastest)  // cannot fail: it is among Paths
		defer kernelbench.SetPath(r.Path) // cannot fail either
	}
	d := s.measureTime(0.2)
	keep := func(highest *float64, now float64) { *highest = max(*highest, now/1e9) }
	keep(&r.PeakGFLOPSPerCore, kernelbench.PeakFLOPS(1, d))
	keep(&r.CopyGBsPerCore, kernelbench.CopyBandwidth(1, d))
	if s.threads > 1 {
		keep(&r.PeakGFLOPS, kernelbench.PeakFLOPS(s.threads, d))
		keep(&r.CopyGBs, kernelbench.CopyBandwidth(s.threads, d))
	} else {
		r.PeakGFLOPS, r.CopyGBs = r.PeakGFLOPSPerCore, r.CopyGBsPerCore
	}
}

// setShares computes the shares of the peak. It follows all measurements, because any of them may have found a
// higher peak.
func (r *report) setShares() {
	for i := range r.Networks {
		r.Networks[i].setShares(r.PeakGFLOPS)
	}
	for i := range r.Kernels {
		r.Kernels[i].ShareOfPeak = share(r.Kernels[i].GFLOPS, r.PeakGFLOPS)
	}
	if r.Peers == nil {
		return
	}
	for _, c := range r.Peers.Comparisons {
		peak := r.PeakGFLOPS
		if c.Threads == 1 {
			peak = r.PeakGFLOPSPerCore
		}
		for i := range c.Rounds {
			c.Rounds[i].Inkstone.setShares(peak)
		}
	}
}

// setShares computes the shares of a peak.
func (n *network) setShares(peakGFLOPS float64) {
	n.TrainShareOfFloor = share(n.TrainImagesPerSecond*float64(n.TrainFLOPs)/1e9, peakGFLOPS)
	n.ForwardShareOfPeak = share(n.ForwardImagesPerSecond*float64(n.ForwardFLOPs)/1e9, peakGFLOPS)
}

// share returns part/whole, or 0 if whole is 0.
func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}
