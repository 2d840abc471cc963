package settings

import (
	"bytes"
	"flag"
	"io"
	"math"
	"strings"
	"testing"
)

// level is a field that parses and prints itself.
type level struct{ name string }

func (l level) String() string { return l.name }

func (l *level) UnmarshalText(text []byte) error {
	if string(text) == "odd" {
		return errBool
	}
	l.name = string(text)
	return nil
}

// sample is a struct with a setting of each type.
type sample struct {
	count  int
	seed   uint64
	rate   float64
	quiet  bool
	name   string
	level  level
	secret string
}

func (s *sample) settings() Lists {
	return Lists{List{
		{Name: "name", Topic: "first", Help: "the `word`", Value: OnSet(String(&s.name, "", "a", "b", "砚 \"\\\n"), func(text string) error {
			s.name, s.count = text, 1
			return nil
		})},
		{Name: "count", Topic: "second", Help: "how many", Value: Int(&s.count).Min(-7).Max(9)},
		{Name: "seed", Topic: "first", Help: "the seed", Value: Uint(&s.seed)},
		{Name: "rate", Topic: "second", Help: "the rate", Value: Float(&s.rate).Min(0).Below(4)},
		{Name: "quiet", Topic: "second", Help: "say nothing", Value: Bool(&s.quiet)},
		{Name: "level", Topic: "second", Help: "the level", Value: Text(&s.level)},
		{Name: "secret", Topic: "first", Help: "not saved", Unsaved: true, Value: String(&s.secret)},
	}}
}

func TestFileRoundTrip(t *testing.T) {
	for _, want := range []sample{
		{},
		{count: -7, seed: math.MaxInt64, rate: 1e-7, quiet: true, name: "砚 \"\\\n", level: level{"deep"}},
		{count: 3, seed: math.MaxUint64, rate: 3},
	} {
		file, err := want.settings().Format()
		if err != nil {
			t.Fatal(err)
		}
		version, texts, err := Parse(file)
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		var got sample
		if err := got.settings().Apply(texts); err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		if got != want || version != Version {
			t.Errorf("wrote %+v, read %+v of version %d from\n%s", want, got, version, file)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for content, want := range map[string]string{
		"count = [1, 2]":           "count = [1 2]: want a string, a number or a boolean",
		"count = ":                 "toml:",
		"version = 4":              "its version is 4, this program reads 1 to 3",
		"version = 0":              "its version is 0",
		"version = 'x'":            "its version is x",
		strings.Repeat("[", 3<<20): "3145728 bytes, want at most 65536",
		"a = " + strings.Repeat("[", MaxBytes-10): "toml:",
	} {
		if _, _, err := Parse([]byte(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", content, err, want)
		}
	}
	if version, texts, err := Parse([]byte("count = 3\n")); version != 1 || texts["count"] != "3" || err != nil {
		t.Errorf("a file without a version has version %d, texts %v, error %v", version, texts, err)
	}
}

// Apply sets the values in the order of the table. The name, which resets the count, comes first.
func TestApplyOrder(t *testing.T) {
	var s sample
	if err := s.settings().Apply(map[string]string{"count": "5", "name": "a", "of another table": "x"}); err != nil {
		t.Fatal(err)
	}
	if s.count != 5 || s.name != "a" {
		t.Errorf("got %+v", s)
	}
	for name, text := range map[string]string{"count": "1.5", "rate": "fast", "quiet": "maybe", "level": "odd", "seed": "-1"} {
		err := s.settings().Apply(map[string]string{name: text})
		if err == nil || !strings.HasPrefix(err.Error(), name+" = "+text+": want ") {
			t.Errorf("%s = %s: error %v", name, text, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		s    sample
		want string
	}{
		{sample{count: -8}, "count is -8, want at least -7 and at most 9"},
		{sample{count: 10}, "count is 10, want at least -7 and at most 9"},
		{sample{rate: 4}, "rate is 4, want at least 0 and below 4"},
		{sample{rate: math.NaN()}, "rate is NaN, want at least 0 and below 4"},
		{sample{rate: math.Inf(1)}, "rate is +Inf, want at least 0 and below 4"},
		{sample{name: "c"}, `name is "c", want one of`},
	} {
		if err := tc.s.settings()[0].Check(); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%+v: error %v, want %q", tc.s, err, tc.want)
		}
	}
	if err := (&sample{count: 9, rate: 3.999}).settings()[0].Check(); err != nil {
		t.Error(err)
	}
	x := math.Inf(1)
	if err := Float(&x).Min(0).Check(); err == nil || err.Error() != "is +Inf, want a finite number of at least 0" {
		t.Errorf("error %v", err)
	}
	if err := Float(&x).Check(); err != nil {
		t.Errorf("without bounds: %v", err)
	}
}

func TestFlags(t *testing.T) {
	var s sample
	texts := map[string]string{}
	fs := flag.NewFlagSet("prog", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	s.settings().Register(fs, texts)
	if err := fs.Parse([]string{"-quiet", "-count", "4", "-level=deep"}); err != nil {
		t.Fatal(err)
	}
	if s.count != 4 || !s.quiet || s.level.name != "deep" || len(texts) != 3 || texts["quiet"] != "true" {
		t.Errorf("got %+v and the texts %v", s, texts)
	}
	if err := fs.Parse([]string{"-rate", "fast"}); err == nil || !strings.Contains(err.Error(), `invalid value "fast" for flag -rate: want a number`) {
		t.Errorf("error %v", err)
	}
}

func TestHelp(t *testing.T) {
	s := sample{count: 4, name: "a"}
	var b bytes.Buffer
	s.settings().WriteHelp(&b, []string{"second", "first"})
	want := `
Second:
  -count n
      how many (default 4)
  -rate x
      the rate (default 0)
  -quiet
      say nothing
  -level text
      the level

First:
  -name word
      the word (default a)
  -seed n
      the seed (default 0)
  -secret text
      not saved
`
	if b.String() != want {
		t.Errorf("help is\n%s\nwant\n%s", b.String(), want)
	}
}

func TestApplyFileRefuses(t *testing.T) {
	var s sample
	want := `unknown key "speed"; the known ones are count, level, name, quiet, rate, seed`
	if err := s.settings().ApplyFile(map[string]string{"speed": "3"}); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := s.settings().ApplyFile(map[string]string{"secret": "x"}); err == nil {
		t.Error("a setting that is not saved is read from a file")
	}
}

// A number that the field cannot hold is refused with the range, and so is text that cannot be in
// a line of a file.
func TestRangeInErrors(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"count", "99999999999999999999", "want a whole number, at least -7 and at most 9"},
		{"count", "1.5", "want a whole number, at least -7 and at most 9"},
		{"seed", "18446744073709551616", "want a whole number from 0 to 18446744073709551615"},
		{"seed", "-1", "want a whole number from 0 to 18446744073709551615"},
		{"rate", "1e400", "want a number, at least 0 and below 4"},
	} {
		var s sample
		if err := s.settings().Find(tc.name).Value.Set(tc.text); err == nil || err.Error() != tc.want || s != (sample{}) {
			t.Errorf("%s = %s: error is %v, want %s", tc.name, tc.text, err, tc.want)
		}
	}
	n := 1
	if err := Int(&n).Max(0).Check(); err == nil || err.Error() != "is 1, want at most 0" {
		t.Errorf("error is %v", err)
	}
	if err := Int(&n).Min(1e9).Check(); err == nil || err.Error() != "is 1, want at least 1000000000" {
		t.Errorf("error is %v", err)
	}
}

func TestTextOnOneLine(t *testing.T) {
	for text, valid := range map[string]bool{"": true, "größe \"\\": true, "a\nb": false, "\xff": false, "\x1b": false} {
		if err := String(&text).Check(); (err == nil) != valid {
			t.Errorf("%q: error is %v", text, err)
		}
		_, err := (&sample{secret: text, level: level{text}}).settings().Format()
		if (err == nil) != (text != "\xff") {
			t.Errorf("%q: Format returns %v", text, err)
		}
	}
}
