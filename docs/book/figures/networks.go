package figures

import (
	"inkstone/docs/book/measure"
	"inkstone/internal/chart"
	"inkstone/train/data/digits"
)

// drawDigits shows built-in digits of each class.
func drawDigits(w words, _ *measure.Result) (drawing, error) {
	const seed, rows, scale = 1, 3, 1.6
	const cell = digits.Size*scale + 6
	var c canvas
	labels := digits.Labels(seed, 10*rows)
	pixels := make([]byte, digits.Size*digits.Size)
	values := make([]float64, len(pixels))
	for i, label := range labels {
		digits.Draw(seed, i, pixels)
		for j, p := range pixels {
			values[j] = float64(p)
		}
		c.picture(values, digits.Size, 255, 8+float64(label)*cell, 8+float64(i/10)*cell, scale)
	}
	for label := range 10 {
		c.text(8+float64(label)*cell+digits.Size*scale/2, 8+rows*cell+14, "middle", "soft", string(rune('0'+label)))
	}
	return chart.Free(w.t("Drawn digits", "程序画出的数字"), w.t("Three built-in digits of each class.", "每一类的三个内置数字。"), 16+10*cell-6, 8+rows*cell+24, c.String()), nil
}

// drawConcepts shows how the ideas of the book hang together.
func drawConcepts(w words, _ *measure.Result) (drawing, error) {
	names := [][2]string{
		{"neural network", "人工神经网络"}, {"convolutional network", "卷积神经网络"}, {"backpropagation", "反向传播算法"}, {"optimization", "参数优化"},
		{"training", "模型训练"}, {"pretrained model", "预训练模型"}, {"fine-tuning", "迁移学习与微调"}, {"application", "下游任务应用"},
	}
	const width, height, gap = 140, 44, 36
	var c canvas
	place := func(i int) (x, y float64) {
		if column := float64(i % 4); i < 4 {
			return 10 + column*(width+gap), 10
		}
		return 10 + float64(7-i)*(width+gap), 104
	}
	for i, n := range names {
		x, y := place(i)
		c.box(x, y, width, height, `fill="none" stroke="currentColor" stroke-width="1.6" class="c`+string(rune('0'+i%4))+`"`)
		c.text(x+width/2, y+height/2+4, "middle", "", w.t(n[0], n[1]))
		switch {
		case i < 3:
			c.arrow(x+width+4, y+height/2, x+width+gap-4, y+height/2, "c7")
		case i == 3:
			c.arrow(x+width/2, y+height+4, x+width/2, 100, "c7")
		case i < 7:
			c.arrow(x-4, y+height/2, x-gap+4, y+height/2, "c7")
		}
	}
	return chart.Free(w.t("The ideas of the book", "核心概念之间的联系"), "", 20+4*width+3*gap, 158, c.String()), nil
}

// drawFilters shows filters and feature maps of a trained network.
func drawFilters(w words, r *measure.Result) (drawing, error) {
	var c canvas
	c.text(10, 16, "start", "soft", w.t("image", "图像"))
	c.picture(r.Lists["image"], 28, 255, 10, 24, 3)
	c.text(120, 16, "start", "soft", w.t("16 filters of conv1 (black: positive, red: negative)", "conv1 的 16 个卷积核（黑为正，红为负）"))
	c.maps(r.Lists["kernels"], 5, 5, 8, 120, 24, 6, 8)
	c.text(10, 136, "start", "soft", w.t("the 16 feature maps after conv1, pooling and ReLU", "经过 conv1、池化和 ReLU 之后的 16 张特征图"))
	c.maps(r.Lists["maps1"], 12, 12, 8, 10, 144, 4, 6)
	c.text(10, 272, "start", "soft", w.t("the 32 feature maps after conv2, pooling and ReLU", "经过 conv2、池化和 ReLU 之后的 32 张特征图"))
	c.maps(r.Lists["maps2"], 4, 4, 16, 10, 280, 5, 6)
	return chart.Free(w.t("Filters and feature maps", "卷积核与特征图"), w.t("What a trained network computes from a drawn seven.", "训练好的网络从一个画出的 7 里算出了什么。"), 450, 340, c.String()), nil
}
