package main

import (
	"context"
	"time"

	"inkstone/graph/kernelbench"
)

// kernelTime is the maximum time to measure one kernel. Its runs are short and take about
// the same time each, and there are many kernels.
const kernelTime = 100 * time.Millisecond

// measureKernels times each kernel. It leaves the shares of the peak out.
func measureKernels(ctx context.Context, s *settings) ([]kernelResult, error) {
	cases, err := kernelbench.Cases(s.batch, s.threads)
	if err != nil {
		return nil, err
	}
	var results []kernelResult
	for _, c := range cases {
		run, err := c.Prepare()
		if err != nil {
			return nil, err
		}
		m := meter{run: run, total: min(s.measureTime(0.1), kernelTime)}
		for range rounds {
			if err := m.round(ctx); err != nil {
				return nil, err
			}
		}
		k := kernelResult{Name: c.Name, Shape: c.Shape, Seconds: m.seconds()}
		k.GFLOPS = float64(c.FLOPs) / k.Seconds / 1e9
		k.GBs = float64(c.Bytes) / k.Seconds / 1e9
		results = append(results, k)
	}
	return results, nil
}
