package ch05

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/docs/book/exercises/hint"
	"inkstone/graph"
)

func TestSmall(t *testing.T) {
	params := graph.NewParams(1)
	layers, err := graph.Describe(params, Small, graph.Config{Batch: 1, Height: 28, Width: 28, Channels: 1, Classes: 10})
	if err != nil {
		hint.Wrong(t, "each layer takes the output of the layer before; the last one is dense and has b.Classes() units", "每一层都以前一层的输出为输入；最后一层是全连接层，有 b.Classes() 个单元", "%v", err)
		return
	}
	convolutions := 0
	for _, l := range layers {
		if l.Kind == "conv" {
			convolutions++
		}
	}
	if n := params.Count(); convolutions != 2 || n >= 3000 {
		hint.Wrong(t, "a global average before the dense layer needs the fewest parameters", "全连接层之前用全局平均，参数最省",
			"%d convolutions and %d parameters, want 2 and fewer than 3000", convolutions, n)
	}
}

func TestPatterns(t *testing.T) {
	params := graph.NewParams(1)
	net := func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		for _, n := range []string{"1", "2", "3"} {
			x = b.ReLU(b.BatchNorm("bn"+n, b.Conv("conv"+n, x, 2, 3)))
		}
		return b.Dense("fc1", b.GlobalAvgPool(x), b.Classes())
	}
	if _, err := graph.Describe(params, net, graph.Config{Batch: 1, Height: 9, Width: 9, Channels: 1, Classes: 2}); err != nil {
		t.Fatal(err)
	}
	patterns := Patterns()
	if len(patterns) == 0 {
		hint.Wrong(t, "conv* chooses all convolutions, and !conv3* makes an exception", "conv* 选中所有卷积层，!conv3* 表示例外", "there are no patterns")
		return
	}
	if err := params.Freeze(patterns...); err != nil {
		hint.Wrong(t, "a pattern must match a parameter", "每个模式都要匹配到参数", "%v", err)
	}
	for _, p := range params.All() {
		want := !strings.HasPrefix(p.Name(), "fc1") && !strings.HasPrefix(p.Name(), "bn3") && !strings.HasPrefix(p.Name(), "conv3")
		if p.Frozen() != want {
			hint.Wrong(t, "later patterns change what earlier ones have chosen", "后面的模式修正前面选中的结果", "%s is frozen: %t, want %t", p.Name(), p.Frozen(), want)
		}
	}
}

func TestBatches(t *testing.T) {
	batches := Batches(10, 4, rand.New(rand.NewPCG(1, 0)))
	var sizes, all []int
	for _, b := range batches {
		sizes, all = append(sizes, len(b)), append(all, b...)
	}
	if !slices.Equal(sizes, []int{4, 4, 2}) {
		hint.Wrong(t, "keep the last, smaller batch", "别丢掉最后不满的一批", "the batches have %v images, want [4 4 2]", sizes)
	}
	if slices.IsSorted(all) {
		hint.Wrong(t, "r.Perm(n) returns a random order", "r.Perm(n) 返回一个随机排列", "the order is %v", all)
	}
	slices.Sort(all)
	if !slices.Equal(all, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		hint.Wrong(t, "each image once in an epoch", "每轮里每张图像恰好一次", "the indices are %v", all)
	}
}

func TestSplit(t *testing.T) {
	training, validation := Split([]int{0, 0, 1, 1, 1, 0, 1}, 2, 2)
	slices.Sort(training)
	slices.Sort(validation)
	if len(training) != 3 || len(validation) != 4 {
		hint.Wrong(t, "count the images of each class that are set aside", "给每个类别各数一数已经留出几张", "%d for training and %d for validation, want 3 and 4", len(training), len(validation))
	}
	both := slices.Concat(training, validation)
	slices.Sort(both)
	if !slices.Equal(both, []int{0, 1, 2, 3, 4, 5, 6}) {
		hint.Wrong(t, "each image belongs to exactly one of the two", "每张图像恰好属于其中一个", "together %v", both)
	}
}
