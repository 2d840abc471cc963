package oneline

import (
	"strings"
	"testing"
)

func TestCheckAndEscape(t *testing.T) {
	for _, tc := range []struct{ name, escaped string }{
		{"", ""},
		{"zwölf, 十二 \"12\" \\n 👩‍🔬", ""},
		{"a\nb", `a\nb`},
		{"\x1b[31mred\x7f", `\x1b[31mred\x7f`},
		{"\xff\xe4", `\xff\xe4`},
		{"a\u2028b\u0085", `a\u2028b\u0085`},
		{"\ufffd", ""}, // the replacement character itself is valid
	} {
		want := tc.escaped
		if want == "" {
			want = tc.name
		}
		if got := Escape(tc.name); got != want {
			t.Errorf("%q is escaped as %q, want %q", tc.name, got, want)
		}
		err := Check(tc.name)
		if (err != nil) != (tc.escaped != "") {
			t.Errorf("%q: error is %v", tc.name, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("the error has a line break: %q", err)
		}
	}
}
