package kernelbench

import (
	"fmt"
	"testing"
	"time"

	"inkstone/graph/internal/kernel"
)

// BenchmarkFewChannels times 3x3 convolutions of few channels on images whose widths are no multiple of a
// vector, without Winograd's algorithm, on one thread, with no zeros. It reports the share of the peak.
func BenchmarkFewChannels(b *testing.B) {
	peak := PeakFLOPS(1, 50*time.Millisecond)
	if peak == 0 {
		b.Skip("the portable path has no peak")
	}
	w := kernel.NewWorkers(1)
	for _, channels := range []int{1, 2, 3, 4, 6, 8, 12, 16} {
		for _, size := range []int{7, 10, 12, 14, 24, 26, 28} {
			l := convLayer{size: size, in: channels, out: channels, window: 3, stride: 1, pad: 1, groups: 1}
			for _, c := range l.cases(64, w)[:2] {
				b.Run(fmt.Sprintf("%s, %s", c.Name, c.Shape), func(b *testing.B) {
					run, err := c.Prepare()
					if err != nil {
						b.Fatal(err)
					}
					for b.Loop() {
						if err := run(); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(100*float64(c.FLOPs)*float64(b.N)/b.Elapsed().Seconds()/peak, "%peak")
				})
			}
		}
	}
}
