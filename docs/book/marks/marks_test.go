package marks

import (
	"errors"
	"testing"
)

func TestFill(t *testing.T) {
	values := Values{"a": 0.6931, "n": 3, "m": -0.5, "s": "one\ntwo\n"}
	source := func(file string, names []string) (string, error) {
		if file != "f.go" || len(names) != 2 {
			return "", errors.New("unexpected")
		}
		return "func A() {}\n\nfunc B() {}", nil
	}
	for _, tc := range []struct{ text, want string }{
		{"x <!--num a %.3f-->old<!--/num--> y", "x <!--num a %.3f-->0.693<!--/num--> y"},
		{"<!--num m,m %.1f (%.1f)--><!--/num-->", "<!--num m,m %.1f (%.1f)-->−0.5 (−0.5)<!--/num-->"},
		{"<!--num m $`%.1f`$--><!--/num-->", "<!--num m $`%.1f`$-->$`-0.5`$<!--/num-->"},
		{"<!--num n--><!--/num-->", "<!--num n-->3<!--/num-->"},
		{"<!--num n,a %d of $`%.1f`$--><!--/num-->,<!--num n-->9<!--/num-->", "<!--num n,a %d of $`%.1f`$-->3 of $`0.7`$<!--/num-->,<!--num n-->3<!--/num-->"},
		{"<!--text s-->\n<!--/text-->\n", "<!--text s-->\n```text\none\ntwo\n```\n<!--/text-->\n"},
		{"<!--code f.go A B--><!--/code-->", "<!--code f.go A B-->\n```go\nfunc A() {}\n\nfunc B() {}\n```\n<!--/code-->"},
		{"<!--math a x = %.1f--><!--/math-->", "<!--math a x = %.1f-->\n```math\nx = 0.7\n```\n<!--/math-->"},
	} {
		got, err := Fill(tc.text, values, source)
		if err != nil || got != tc.want {
			t.Errorf("%q became %q, %v, want %q", tc.text, got, err, tc.want)
		}
		if again, _ := Fill(got, values, source); again != got {
			t.Errorf("%q, filled again, became %q", got, again)
		}
	}
	for _, text := range []string{
		"<!--num missing--><!--/num-->", "<!--num a %d--><!--/num-->", "<!--num a,n %.1f--><!--/num-->",
		"<!--num a-->", "<!--num a--><!--num n--><!--/num-->", "<!--code g.go A--><!--/code-->",
	} {
		if got, err := Fill(text, values, source); err == nil {
			t.Errorf("%q became %q without an error", text, got)
		}
	}
}
