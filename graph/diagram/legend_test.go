package diagram

import (
	"strings"
	"testing"
)

func TestLegend(t *testing.T) {
	for _, test := range []struct {
		name   string
		legend Legend
		want   []string
		width  float64
	}{
		{"English", Legend{}, []string{">trained<", ">frozen<", ">no parameters<", ">fused: computed in one pass<", ">gradients, from bottom to top<"}, margin + 5*42 + foldedLetter*(7+6+13+27+29)},
		{"Chinese", Legend{Trained: "训练", Frozen: "<冻结>", NoParameters: "无参数", Fused: "融合", Gradients: "梯度"}, []string{">训练<", ">&lt;冻结&gt;<", ">无参数<"}, margin + 5*42 + 11*foldedFont + 2*foldedLetter},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s strings.Builder
			if width := test.legend.write(&s, 0, true); width < test.width-0.01 || width > test.width+0.01 {
				t.Errorf("the width is %g, want %g", width, test.width)
			}
			for _, want := range test.want {
				if !strings.Contains(s.String(), want) {
					t.Errorf("no %s in %s", want, s.String())
				}
			}
		})
	}
}
