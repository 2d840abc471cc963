package figures

import (
	"inkstone/docs/book/code"
	"inkstone/docs/book/measure"
	"inkstone/graph"
	"inkstone/graph/diagram"
	"inkstone/internal/chart"
	"inkstone/model"
)

// drawConv shows three positions of a kernel on an image.
func drawConv(w words, _ *measure.Result) (drawing, error) {
	const size, height = 24, 150
	x, kernel := code.Stroke(), code.Edge()
	y := code.Conv(x, kernel, 1)
	var c canvas
	for step, at := range [][2]int{{0, 0}, {0, 1}, {2, 2}} {
		top := 24 + float64(step)*height
		c.cells(cells{m: x, x: 10, y: top, size: size, color: "c0", marked: func(i, j int) bool {
			return i >= at[0] && i < at[0]+3 && j >= at[1] && j < at[1]+3
		}})
		c.text(10+5*size+20, top+64, "middle", "", "∗")
		c.cells(cells{m: kernel, x: 170, y: top + size, size: size, color: "c1", marked: func(int, int) bool { return true }})
		c.text(170+3*size+20, top+64, "middle", "", "=")
		c.cells(cells{m: y, x: 282, y: top + size, size: size, color: "c2",
			marked: func(i, j int) bool { return i == at[0] && j == at[1] },
			hidden: func(i, j int) bool { return i > at[0] || i == at[0] && j > at[1] }})
		if step == 0 {
			c.text(10, 14, "start", "soft", w.t("image x, window", "图像 x 与窗口"))
			c.text(170, 14+size, "start", "soft", w.t("kernel w", "卷积核 w"))
			c.text(282, 14+size, "start", "soft", w.t("output y", "输出 y"))
		}
	}
	return chart.Free(w.t("Convolution in steps", "逐步做卷积"),
		w.t("A kernel of 3 x 3 at three positions of an image of 5 x 5, and the output so far.", "3×3 的卷积核停在 5×5 图像的三个位置，以及到此为止的输出。"), 380, 24+3*height-6, c.String()), nil
}

// drawPool shows max-pooling and average pooling.
func drawPool(w words, _ *measure.Result) (drawing, error) {
	const size = 28
	colors := []string{"c0", "c1", "c2", "c3"}
	var c canvas
	quarter := func(k, n int) func(i, j int) bool {
		return func(i, j int) bool { return i/n*2+j/n == k }
	}
	x := code.Square()
	for k, color := range colors {
		c.cells(cells{m: x, x: 10, y: 40, size: size, color: color, marked: quarter(k, 2), hidden: func(int, int) bool { return k > 0 }})
		c.cells(cells{m: code.MaxPool(x, 2, 2), x: 200, y: 12, size: size, color: color, marked: quarter(k, 1), hidden: func(int, int) bool { return k > 0 }})
		c.cells(cells{m: code.AvgPool(x, 2, 2), x: 200, y: 96, size: size, color: color, marked: quarter(k, 1), hidden: func(int, int) bool { return k > 0 }})
	}
	c.arrow(132, 78, 190, 42, "c7")
	c.arrow(132, 114, 190, 124, "c7")
	c.text(268, 44, "start", "soft", w.t("largest", "最大值"))
	c.text(268, 128, "start", "soft", w.t("mean", "平均值"))
	return chart.Free(w.t("Pooling", "池化"), w.t("Max-pooling and average pooling of a matrix of 4 x 4, over windows of 2 x 2.", "对 4×4 矩阵做 2×2 窗口的最大池化与平均池化。"), 330, 170, c.String()), nil
}

// drawRoute shows where max-pooling sends a gradient, and where average pooling does.
func drawRoute(w words, _ *measure.Result) (drawing, error) {
	const size = 30
	x, dy := code.Square(), code.Matrix{{1, -2}, {3, 4}}
	var c canvas
	c.text(10, 16, "start", "soft", w.t("gradient of the output", "输出的梯度"))
	c.cells(cells{m: dy, x: 10, y: 56, size: size, color: "c2", marked: func(int, int) bool { return true }})
	c.text(170, 16, "start", "soft", w.t("max-pooling: to the largest", "最大池化：全给最大的元素"))
	zero := code.MaxPoolBackward(x, dy, 2, 2)
	c.cells(cells{m: zero, x: 170, y: 26, size: size, color: "c2", marked: func(i, j int) bool { return zero[i][j] != 0 }})
	c.text(360, 16, "start", "soft", w.t("average pooling: to all", "平均池化：平均分给每个元素"))
	c.cells(cells{m: code.AvgPoolBackward(x, dy, 2, 2), x: 360, y: 26, size: size + 6, color: "c2", marked: func(int, int) bool { return true }})
	c.arrow(78, 86, 160, 86, "c7")
	return chart.Free(w.t("The gradient through pooling", "梯度穿过池化层"), w.t("Max-pooling hands each gradient to one element of its window; average pooling divides it.", "最大池化把梯度交给窗口中的一个元素，平均池化则平均分配。"), 530, 180, c.String()), nil
}

// drawFrozen shows the expression graph of the preset fast with frozen convolutions.
func drawFrozen(w words, _ *measure.Result) (drawing, error) {
	params := graph.NewParams(1)
	cfg := graph.Config{Batch: 1, Height: 28, Width: 28, Channels: 1, Classes: 5, Workers: 1, KeepValues: true} // without fusion
	if _, err := graph.Describe(params, model.Fast, cfg); err != nil {
		return nil, err
	}
	if err := params.Freeze("conv*"); err != nil {
		return nil, err
	}
	t, err := graph.NewTraining(params, model.Fast, cfg)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return drawFolded(w, t), nil
}

// drawGraph shows the expression graph of the small network, with its gradients.
func drawGraph(w words, _ *measure.Result) (drawing, error) {
	t, err := graph.NewTraining(graph.NewParams(1), code.SmallNet, graph.Config{Batch: 1, Height: 6, Width: 6, Channels: 1, Classes: 3, Workers: 1, KeepValues: true})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return drawFolded(w, t), nil
}

// drawFolded draws the graph of a training by its layers.
func drawFolded(w words, t *graph.Training) drawing {
	d := diagram.Folded(t.Builder(), t.Loss())
	d.Legend = diagram.Legend{
		Trained: w.t("trained", "参加训练"), Frozen: w.t("frozen", "冻结"), NoParameters: w.t("no parameters", "没有参数"),
		Fused: w.t("fused: computed in one pass", "融合：一次算完"), Gradients: w.t("gradients, from bottom to top", "梯度，自下而上"),
	}
	return file(string(d.SVG()) + "\n")
}
