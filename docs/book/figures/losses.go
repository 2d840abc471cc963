package figures

import (
	"fmt"
	"math"

	"inkstone/docs/book/code"
	"inkstone/docs/book/measure"
	"inkstone/docs/book/samples"
	"inkstone/internal/chart"
)

// drawCrossEntropy shows the cross-entropy as a function of the probability of the label.
func drawCrossEntropy(w words, _ *measure.Result) (drawing, error) {
	var x, y []float64
	for p := 0.01; p < 1.0001; p += 0.01 {
		x, y = append(x, p), append(y, code.CrossEntropy([]float64{p}, 0))
	}
	plot := chart.Plot{
		Name: w.t("Cross-entropy", "交叉熵"), Description: w.t("-log p falls from infinity to 0 as the probability p of the label rises to 1.", "标签的概率 p 升到 1 时，−log p 从无穷大降到 0。"),
		X:      chart.Axis{Label: w.t("probability of the label", "模型给正确类别的概率"), Low: 0, High: 1},
		Y:      chart.Axis{Label: w.t("loss (nats)", "损失（nat）"), Low: 0, High: 4.7},
		Series: []chart.Series{{X: x, Y: y}}, Rings: []chart.Point{{X: 0.5, Y: math.Ln2}},
	}
	return plot.Draw(), nil
}

// drawDecay shows what two steps of Adam do with an L2 penalty and with weight decay, for weights with
// large and with small gradients.
func drawDecay(w words, _ *measure.Result) (drawing, error) {
	const steps = 300
	run := func(scale float64, penalty bool) chart.Series {
		s := chart.Series{}
		weight := []float64{1}
		adam := code.Adam{Rate: 0.01}
		for step := range steps {
			s.X, s.Y = append(s.X, float64(step)), append(s.Y, weight[0])
			gradient := []float64{scale * float64(1-step%2*2)} // alternates, so that it cancels
			if penalty {
				gradient[0] += code.L2Gradient(weight, 0.1)[0]
			} else {
				code.Decay(weight, adam.Rate, 0.1)
			}
			adam.Step(weight, gradient)
		}
		return s
	}
	var series []chart.Series
	for i, kind := range []struct {
		name    string
		scale   float64
		penalty bool
	}{
		{w.t("weight decay, gradients ±10", "权重衰减，梯度 ±10"), 10, false},
		{w.t("weight decay, gradients ±0.1", "权重衰减，梯度 ±0.1"), 0.1, false},
		{w.t("L2 penalty, gradients ±10", "L2 惩罚，梯度 ±10"), 10, true},
		{w.t("L2 penalty, gradients ±0.1", "L2 惩罚，梯度 ±0.1"), 0.1, true},
	} {
		s := run(kind.scale, kind.penalty)
		s.Name, s.Color = kind.name, i
		series = append(series, s)
	}
	plot := chart.Plot{Name: w.t("A weight under Adam", "Adam 更新下的一个权重"), Series: series, Width: 560, Height: 300,
		X: chart.Axis{Label: w.t("step", "步数")}, Y: chart.Axis{Label: w.t("weight", "权重")}}
	return plot.Draw(), nil
}

// drawSurface shows the loss around a trained network.
func drawSurface(w words, r *measure.Result) (drawing, error) {
	values := r.Lists["surface"]
	n := int(math.Sqrt(float64(len(values))))
	const size = 11.0
	var c canvas
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		low, high = min(low, math.Log(v)), max(high, math.Log(v))
	}
	c.text(50, 14, "start", "soft", w.t("loss (logarithmic): the more color, the lower", "损失（对数刻度）：颜色越浓，损失越低"))
	for i := range n {
		for j := range n {
			share := 1 - (math.Log(values[i*n+j])-low)/(high-low)
			fmt.Fprintf(&c, `<rect class="c0" fill="currentColor" opacity="%.2f" x="%s" y="%s" width="%s" height="%s"/>`,
				math.Round(share*20)/20, coordinate(50+float64(j)*size), coordinate(22+float64(i)*size), coordinate(size), coordinate(size))
		}
	}
	side := float64(n) * size
	fmt.Fprintf(&c, `<circle class="ring" cx="%s" cy="%s" r="5"/>`, coordinate(50+side/2), coordinate(22+side/2))
	for k, label := range []string{"−1", "0", "1"} {
		at := (float64(k)*float64(n-1)/2 + 0.5) * size
		c.text(50+at, 22+side+15, "middle", "soft", label)
		c.text(44, 22+at+4, "end", "soft", label)
	}
	c.text(50+side/2, 22+side+32, "middle", "soft", w.t("random direction 2", "随机方向 2"))
	fmt.Fprintf(&c, `<text class="soft" transform="translate(18 %s) rotate(-90)" text-anchor="middle">%s</text>`, coordinate(22+side/2), w.t("random direction 1", "随机方向 1"))
	return chart.Free(w.t("Loss surface", "损失曲面"), w.t("The loss is lowest at the trained weights in the center.", "损失在中心，即训练得到的权重处最低。"), 70+side, 64+side, c.String()), nil
}

// drawRates shows the loss over the steps at several learning rates.
func drawRates(w words, r *measure.Result) (drawing, error) {
	var series []chart.Series
	for i, rate := range []string{"0.001", "0.01", "0.1", "0.5", "2"} {
		s := chart.Series{Name: rate, Color: i}
		for k, v := range r.Lists["loss."+rate] {
			s.X, s.Y = append(s.X, float64(10*k+5)), append(s.Y, min(v, 10))
		}
		series = append(series, s)
	}
	plot := chart.Plot{Name: w.t("Learning rates", "学习率"), Series: series, Width: 560, Height: 300,
		X: chart.Axis{Label: w.t("step", "步数")}, Y: chart.Axis{Label: w.t("loss (nats)", "损失（nat）"), Log: true, Low: 0.1, High: 10}}
	return plot.Draw(), nil
}

// drawForm shows a form with a postal code.
func drawForm(w words, _ *measure.Result) (drawing, error) {
	page, err := samples.Form(1, "518055")
	if err != nil {
		return nil, err
	}
	var c canvas
	c.picture(dark(page.Pix), page.Rect.Dx(), 255, 0, 0, 1)
	return chart.Free(w.t("A form with a postal code", "填有邮政编码的表格"), "", float64(page.Rect.Dx()), float64(page.Rect.Dy()), c.String()), nil
}

// drawAlphabet shows letters of the other alphabet.
func drawAlphabet(w words, _ *measure.Result) (drawing, error) {
	const scale, rows = 0.5, 2
	var c canvas
	for letter := range samples.Letters {
		for row := range rows {
			page, err := samples.Letter(1, letter, row)
			if err != nil {
				return nil, err
			}
			c.picture(dark(page.Pix), page.Rect.Dx(), 255, 6+float64(letter)*54, 6+float64(row)*54, scale)
		}
	}
	return chart.Free(w.t("Greek letters", "希腊字母"), "", 6+54*float64(len(samples.Letters)), 6+54*rows, c.String()), nil
}

// dark returns how dark pixels are.
func dark(pixels []byte) []float64 {
	out := make([]float64, len(pixels))
	for i, p := range pixels {
		out[i] = float64(255 - p)
	}
	return out
}
