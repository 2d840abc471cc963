package graph

import (
	"fmt"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
)

func TestForward(t *testing.T) {
	net := func(b *Builder, x *Node) *Node {
		x = b.Conv("conv", x, 4, 3, Stride(2), Dilation(1, 2), Pad(0, 1, 2, 3), Groups(1))
		y := b.LeakyReLU(x, 0.2)
		x = b.Add(x, y)
		x = b.Dropout(b.Mean(x, 2, 1), 0.3)
		return b.Dense("fc", b.Mul(x, b.Param("f", Ones, 1, 4)), b.Classes())
	}
	f, err := NewForward(NewParams(1), net, Config{Batch: 7, Height: 8, Width: 9, Channels: 1, Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range f.Steps {
		lines = append(lines, fmt.Sprintf("%s%v%d%v", s.Name, s.Inputs, len(s.Params), s.Output))
	}
	want := "conv[-1]2(1, 4, 5, 4) leakyrelu1[0]0(1, 4, 5, 4) add1[0 1]0(1, 4, 5, 4) mean1[2]0(1, 4) dropout1[3]0(1, 4) f[]1(1, 4) mul1[4 5]0(1, 4) fc[6]2(1, 3)"
	if have := strings.Join(lines, " "); have != want {
		t.Errorf("steps are\n%s, want\n%s", have, want)
	}
	conv := f.Steps[0].Attributes
	if conv.Kernel != [2]int{3, 3} || conv.Stride != [2]int{2, 2} || conv.Dilation != [2]int{1, 2} || conv.Pad != [4]int{0, 1, 2, 3} || conv.Groups != 1 {
		t.Errorf("the convolution has the attributes %+v", conv)
	}
	if f.Steps[1].Slope != 0.2 || fmt.Sprint(f.Steps[3].Axes) != "[2 1]" || f.Steps[4].Rate != 0.3 {
		t.Errorf("slope %v, axes %v, rate %v, want 0.2, [2 1], 0.3", f.Steps[1].Slope, f.Steps[3].Axes, f.Steps[4].Rate)
	}
}

func TestForwardRefuses(t *testing.T) {
	for want, net := range map[string]Net{
		`flatten "flatten1" reads gorgonia's cube after conv "conv", which is no layer`: func(b *Builder, x *Node) *Node {
			return b.Dense("fc", b.Flatten(gorgonia.Must(gorgonia.Cube(b.Conv("conv", x, 2, 3)))), b.Classes())
		},
		`the result of the network is gorgonia's cube after dense "fc", which is no layer`: func(b *Builder, x *Node) *Node {
			return gorgonia.Must(gorgonia.Cube(b.Dense("fc", b.Flatten(x), b.Classes())))
		},
	} {
		_, err := NewForward(NewParams(1), net, Config{Height: 8, Width: 8, Channels: 1, Classes: 3})
		mustFail(t, err, want)
	}
}

func TestParamCopy(t *testing.T) {
	b := NewBuilder(NewParams(1), Eval, 3, 1)
	b.Dense("fc", b.Flatten(b.Input("images", 1, 2, 2, 3)), 3)
	p := b.Params().Get("fc.weight")
	c := p.Copy("other")
	first := p.Portable()[0]
	c.Value().Data().([]float32)[0]++
	if c.Name() != "other" || p.Portable()[0] != first || c.Portable()[0] != first+1 || b.Params().Get("other") != nil {
		t.Errorf("%v, copied from %v, has the value %v", c, p, c.Portable()[0])
	}
}
