package figures

import (
	"inkstone/docs/book/measure"
	"inkstone/internal/chart"
	"inkstone/train/metrics"
)

// drawInterval shows the 95 % interval of an accuracy of 99 % over the number of test images.
func drawInterval(w words, _ *measure.Result) (drawing, error) {
	s := chart.Series{}
	for _, n := range []int{100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000} {
		i, err := metrics.Wilson(n*99/100, n)
		if err != nil {
			return nil, err
		}
		s.X, s.Y = append(s.X, float64(n)), append(s.Y, 99)
		s.Low, s.High = append(s.Low, 100*i.Low), append(s.High, 100*i.High)
	}
	plot := chart.Plot{Name: w.t("How exact 99 % is", "99 % 有多精确"), Series: []chart.Series{s},
		X: chart.Axis{Label: w.t("test images", "测试图像数"), Log: true, Format: plain},
		Y: chart.Axis{Label: w.t("accuracy, 95 % interval (%)", "准确率的 95 % 区间（%）")}}
	return plot.Draw(), nil
}
