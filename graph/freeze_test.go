package graph

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
)

// store has the parameters conv1.weight, conv1.bias, conv2.weight, conv2.bias and
// those of bn1 and fc1.
func store(t *testing.T) *Params {
	t.Helper()
	params := NewParams(1)
	net := func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.BatchNorm("bn1", b.Conv("conv1", x, 2, 3))
		x = b.Conv("conv2", x, 2, 3)
		return b.Dense("fc1", b.Flatten(x), b.Classes())
	}
	if _, err := Describe(params, net, Config{Height: 8, Width: 8, Channels: 1, Classes: 3}); err != nil {
		t.Fatal(err)
	}
	return params
}

func TestMatch(t *testing.T) {
	params := store(t)
	for _, tc := range []struct {
		patterns string
		want     string
	}{
		{"", ""},
		{"none", ""},
		{"conv*", "conv1.weight conv1.bias conv2.weight conv2.bias"},
		{"conv* !*.bias", "conv1.weight conv2.weight"},
		{"conv* !conv* conv2.bias", "conv2.bias"},
		{"fc1.weight", "fc1.weight"},
		{"bn1.*", "bn1.weight bn1.bias bn1.running_mean bn1.running_var"},
	} {
		list, err := params.Match(strings.Fields(tc.patterns)...)
		if err != nil {
			t.Errorf("%q: %v", tc.patterns, err)
		}
		var names []string
		for _, p := range list {
			names = append(names, p.Name())
		}
		if got := strings.Join(names, " "); got != tc.want {
			t.Errorf("%q chooses %q, want %q", tc.patterns, got, tc.want)
		}
	}
	for pattern, want := range map[string]string{
		"cnv*": `the pattern "cnv*" matches no parameter; there are conv1.weight, conv1.bias, bn1.weight`,
		"[":    `"[" is no pattern of parameter names`,
		"!":    `"!" is no pattern`,
		"!x":   `the pattern "!x" matches no parameter`,
	} {
		if err := params.Freeze("conv*", pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", pattern, err, want)
		}
		if f := params.Frozen(); f != nil {
			t.Fatalf("an error has frozen %v", f)
		}
	}
}

func TestFreeze(t *testing.T) {
	params := store(t)
	if err := params.Freeze("conv*"); err != nil {
		t.Fatal(err)
	}
	if err := params.Unfreeze("conv2.bias"); err != nil {
		t.Fatal(err)
	}
	if got, want := params.Frozen(), []string{"conv1.weight", "conv1.bias", "conv2.weight"}; !slices.Equal(got, want) {
		t.Errorf("frozen are %v, want %v", got, want)
	}
}
