package figures

import (
	"fmt"
	"slices"
	"strconv"

	"inkstone/docs/book/measure"
	"inkstone/internal/chart"
)

// curve returns a series of measured numbers, with bands of one standard deviation.
func curve(r *measure.Result, name string, color int, x []float64, key func(x float64) string) chart.Series {
	s := chart.Series{Name: name, Color: color, X: x}
	for _, v := range x {
		n := r.Numbers[key(v)]
		s.Y = append(s.Y, n.Mean())
		s.Low, s.High = append(s.Low, n.Mean()-n.Deviation()), append(s.High, n.Mean()+n.Deviation())
	}
	return s
}

func hundredths(v float64) string { return fmt.Sprintf("%.2f", v) }

func plain(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// drawScaling shows the error over the number of images, for networks of several widths.
func drawScaling(w words, r *measure.Result) (drawing, error) {
	images := []float64{100, 300, 1000, 3000, 10000, 50000}
	var series []chart.Series
	for i, width := range []int{1, 2, 4, 8, 16, 32} {
		name := fmt.Sprintf(w.t("%.0f parameters", "%.0f 个参数"), r.Numbers[fmt.Sprintf("parameters.%d", width)].Mean())
		series = append(series, curve(r, name, i, images, func(n float64) string { return fmt.Sprintf("error.%d.%g", width, n) }))
	}
	for i := range series { // six bands would hide each other
		series[i].Low, series[i].High = nil, nil
	}
	plot := chart.Plot{Name: w.t("Scaling curves", "缩放曲线"), Series: series, Width: 600, Height: 380,
		X: chart.Axis{Label: w.t("training images", "训练图像数"), Log: true, Format: plain},
		Y: chart.Axis{Label: w.t("validation error (%)", "验证错误率（%）"), Log: true, Format: plain}}
	return plot.Draw(), nil
}

// drawDistill shows the student alone and with the teacher, a dot for each seed.
func drawDistill(w words, r *measure.Result) (drawing, error) {
	alone, taught := r.Numbers["alone"].Runs, r.Numbers["taught"].Runs
	low, high := min(slices.Min(alone), slices.Min(taught)), max(slices.Max(alone), slices.Max(taught))
	plot := chart.Plot{Name: w.t("A student with and without a teacher", "有老师与没有老师的学生"), Width: 360, Height: 300,
		Description: w.t("A dot for each seed. Above the line, the teacher has helped.", "每个点是一个种子。在线的上方，表示老师帮上了忙。"),
		Series: []chart.Series{
			{X: []float64{low, high}, Y: []float64{low, high}, Reference: true},
			{X: alone, Y: taught, NoLine: true},
		},
		X: chart.Axis{Label: w.t("alone: validation accuracy (%)", "自学：验证准确率（%）"), Format: hundredths},
		Y: chart.Axis{Label: w.t("with the teacher (%)", "跟老师学（%）"), Format: hundredths}}
	return plot.Draw(), nil
}

// drawQuantize shows the accuracy over the number of bits of a weight.
func drawQuantize(w words, r *measure.Result) (drawing, error) {
	s := curve(r, "", 0, []float64{2, 3, 4, 5, 6, 7, 8}, func(n float64) string { return fmt.Sprintf("bits.%g", n) })
	s.Low, s.High = nil, nil
	plot := chart.Plot{Name: w.t("Weights of few bits", "低比特权重"), Series: []chart.Series{s},
		X: chart.Axis{Label: w.t("bits of a weight", "每个权重的比特数"), Whole: true, Format: plain},
		Y: chart.Axis{Label: w.t("validation accuracy (%)", "验证准确率（%）"), High: 100, Low: 30, Format: plain}}
	return plot.Draw(), nil
}

// drawFewLabels shows the accuracy over the number of labeled images of each class.
func drawFewLabels(w words, r *measure.Result) (drawing, error) {
	counts := []float64{1, 3, 10, 30, 100}
	plot := chart.Plot{Name: w.t("Few labels", "少量标注"), Width: 480, Height: 280,
		Series: []chart.Series{
			curve(r, w.t("pretrained on drawn digits, then fine-tuned", "先在程序画的数字上预训练，再微调"), 0, counts, func(n float64) string { return fmt.Sprintf("tuned.%g", n) }),
			curve(r, w.t("from random weights", "从随机权重开始"), 1, counts, func(n float64) string { return fmt.Sprintf("scratch.%g", n) }),
		},
		X: chart.Axis{Label: w.t("labeled images of each digit", "每个数字的标注图像数"), Log: true, Format: plain},
		Y: chart.Axis{Label: w.t("validation accuracy (%)", "验证准确率（%）"), High: 100, Low: 20, Format: plain}}
	return plot.Draw(), nil
}

// drawAdversarial shows the accuracy on images that were changed on purpose and at random.
func drawAdversarial(w words, r *measure.Result) (drawing, error) {
	strengths := []float64{0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3}
	var series []chart.Series
	for i, kind := range []struct{ key, name string }{
		{"fast.sign", w.t("convolutional, worst direction", "卷积网络，最坏方向")},
		{"fast.random", w.t("convolutional, random signs", "卷积网络，随机正负")},
		{"book-linear.sign", w.t("linear, worst direction", "线性分类器，最坏方向")},
		{"book-linear.random", w.t("linear, random signs", "线性分类器，随机正负")},
	} {
		s := curve(r, kind.name, i, strengths, func(v float64) string { return fmt.Sprintf("%s.%g", kind.key, v) })
		s.Low, s.High = nil, nil
		series = append(series, s)
	}
	plot := chart.Plot{Name: w.t("Adversarial examples", "对抗样本"), Series: series, Width: 520, Height: 300,
		X: chart.Axis{Label: w.t("change of each pixel (1 is from black to white)", "每个像素的改变量（1 表示从黑到白）")},
		Y: chart.Axis{Label: w.t("accuracy (%)", "准确率（%）"), High: 100, Format: plain}}
	return plot.Draw(), nil
}

// drawAttack shows a digit before and after the attack.
func drawAttack(w words, r *measure.Result) (drawing, error) {
	const scale = 5
	var c canvas
	for i, name := range []string{"before", "after"} {
		left := 10 + float64(i)*170
		c.picture(r.Lists["image."+name], 28, 255, left, 30, scale)
		c.text(left, 20, "start", "", fmt.Sprintf(w.t("answer %.0f (%.1f %%)", "回答 %.0f（%.1f %%）"), r.Numbers["answer."+name].Mean(), r.Numbers["probability."+name].Mean()))
	}
	return chart.Free(w.t("A digit before and after the attack", "攻击前后的一个数字"), "", 330, 180, c.String()), nil
}

// drawSeeds shows the accuracy of each seed on validation and test images.
func drawSeeds(w words, r *measure.Result) (drawing, error) {
	v, t := r.Numbers["validation"], r.Numbers["test"]
	plot := chart.Plot{Name: w.t("Seeds", "随机种子"), Width: 420, Height: 300,
		Series: []chart.Series{{X: v.Runs, Y: t.Runs, NoLine: true}},
		X:      chart.Axis{Label: w.t("validation accuracy (%)", "验证准确率（%）"), Format: hundredths},
		Y:      chart.Axis{Label: w.t("test accuracy (%)", "测试准确率（%）"), Format: hundredths}}
	best := 0
	for i := range v.Runs {
		if v.Runs[i] > v.Runs[best] {
			best = i
		}
	}
	plot.Rings = []chart.Point{{X: v.Runs[best], Y: t.Runs[best]}}
	return plot.Draw(), nil
}
