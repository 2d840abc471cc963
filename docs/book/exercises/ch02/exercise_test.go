package ch02

import (
	"testing"

	"inkstone/docs/book/exercises/hint"
)

func TestNeuron(t *testing.T) {
	for _, tc := range []struct{ b, want float64 }{{0.5, 2.5}, {-5, 0}} {
		if got := Neuron([]float64{1, -2, 3}, []float64{1, 1, 1}, tc.b); got != tc.want {
			hint.Wrong(t, "add the bias before ReLU", "先加偏置，再过 ReLU", "with bias %g: %g, want %g", tc.b, got, tc.want)
		}
	}
}

func TestXOR(t *testing.T) {
	hidden, bias, output, outputBias := XOR()
	for _, x := range [][2]float64{{0, 0}, {0, 1}, {1, 0}, {1, 1}} {
		got := outputBias
		for i := range hidden {
			got += output[i] * max(0, hidden[i][0]*x[0]+hidden[i][1]*x[1]+bias[i])
		}
		want := 0.0
		if x[0] != x[1] {
			want = 1
		}
		if !hint.Near([]float64{got}, []float64{want}) {
			hint.Wrong(t, "let one hidden neuron add the inputs, and the other find out whether both are 1", "让一个隐藏神经元把输入相加，另一个判断是否两个都是 1",
				"for %v the output is %g, want %g", x, got, want)
		}
	}
}

func TestConvParameters(t *testing.T) {
	for _, tc := range []struct{ size, channels, filters, want int }{{5, 1, 16, 416}, {5, 16, 32, 12832}, {3, 3, 1, 28}} {
		if got := ConvParameters(tc.size, tc.channels, tc.filters); got != tc.want {
			hint.Wrong(t, "each filter has a slice for each input channel, and one bias", "每个卷积核对每个输入通道各有一片，另有一个偏置",
				"%d filters of %d x %d over %d channels: %d, want %d", tc.filters, tc.size, tc.size, tc.channels, got, tc.want)
		}
	}
}

func TestReceptiveField(t *testing.T) {
	for _, tc := range []struct {
		layers []Window
		want   int
	}{
		{nil, 1}, {[]Window{{5, 1}}, 5}, {[]Window{{5, 1}, {2, 2}}, 6}, {[]Window{{5, 1}, {2, 2}, {5, 1}}, 14}, {[]Window{{5, 1}, {2, 2}, {5, 1}, {2, 2}}, 16},
	} {
		if got := ReceptiveField(tc.layers); got != tc.want {
			hint.Wrong(t, "after a stride of 2, neighboring values are 2 pixels apart, so a window of n sees 2(n-1) pixels more", "步长为 2 的层之后，相邻两个数相隔 2 个像素，所以大小为 n 的窗口多看到 2(n-1) 个像素",
				"after %v: %d, want %d", tc.layers, got, tc.want)
		}
	}
}
