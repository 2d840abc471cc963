package pattern

import (
	"strconv"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		pattern, name string
		want          bool
	}{
		{"conv1.weight", "conv1.weight", true},
		{"conv1", "conv1.weight", false},
		{"conv*", "conv1.weight", true},
		{"conv*", "block1/conv1.weight", false},
		{"*", "block1/conv1.weight", true},
		{"*.bias", "block1/conv1.bias", true},
		{"block1/*", "block1/branch/conv1.bias", true},
		{"*conv?.bias", "block1/conv1.bias", true},
		{"block?conv1.bias", "block/conv1.bias", true},
		{"block1/conv1.bias", "block1.conv1.bias", false},
		{"conv[12].*", "conv2.weight", true},
		{"conv[12].*", "conv3.weight", false},
		{"conv[^12].*", "conv3.weight", true},
		{`conv\*`, "conv*", true},
		{`conv\*`, "conv1", false},
		{"", "", false},
		{"conv[", "conv[", false},
		{"", "conv1", false},
	} {
		if got := Match(tc.pattern, tc.name); got != tc.want {
			t.Errorf("%q matches %q: %t, want %t", tc.pattern, tc.name, got, tc.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, p := range []string{"*", "conv1.weight", "a/b", "[a-c]*", `\[`} {
		if err := Check(p); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
	for _, p := range []string{"", "[", "conv*[a", `conv\`} {
		if err := Check(p); err == nil || !strings.Contains(err.Error(), strconv.Quote(p)) {
			t.Errorf("%q: error %v", p, err)
		}
	}
}

func TestQuote(t *testing.T) {
	names := []string{"block/conv.weight", "a[1]", "a1", "a*", "ab", "what?", "!conv", `back\slash`, "none", "]-^", "größe"}
	for i, p := range Quote(names...) {
		if err := Check(p); err != nil || strings.HasPrefix(p, "!") || p == "none" {
			t.Errorf("%q becomes %q, %v", names[i], p, err)
		}
		for k, name := range names {
			if Match(p, name) != (i == k) {
				t.Errorf("%q, made of %q, matches %q: %t", p, names[i], name, i != k)
			}
		}
	}
}
