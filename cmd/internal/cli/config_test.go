package cli

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

type flags struct {
	s string
	i int
	u uint64
	f float64
	b bool
	d time.Duration
}

func flagSet(v *flags) *flag.FlagSet {
	fs := flag.NewFlagSet("prog", flag.ContinueOnError)
	fs.StringVar(&v.s, "s", "", "")
	fs.IntVar(&v.i, "i", 0, "")
	fs.Uint64Var(&v.u, "u", 0, "")
	fs.Float64Var(&v.f, "f", 0, "")
	fs.BoolVar(&v.b, "b", false, "")
	fs.DurationVar(&v.d, "d", 0, "")
	fs.String("secret", "", "")
	return fs
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.toml")
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigRoundTrip(t *testing.T) {
	for _, want := range []flags{
		{},
		{"a \"quoted\" \\ text\nof two lines, 砚", -7, math.MaxInt64, 1e-7, true, 90 * time.Second},
		{"x", 1, math.MaxUint64, 3, true, 0},
	} {
		var v flags
		in := flagSet(&v)
		v = want
		text, err := FormatConfig(in, "secret")
		if err != nil {
			t.Fatal(err)
		}
		var got flags
		if _, err := ReadConfig(flagSet(&got), write(t, string(text)), "secret"); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got != want {
			t.Errorf("wrote %+v, read %+v from\n%s", want, got, text)
		}
	}
}

func TestConfigGivesWayToTheCommandLine(t *testing.T) {
	var v flags
	fs := flagSet(&v)
	if err := fs.Parse([]string{"-i", "5"}); err != nil {
		t.Fatal(err)
	}
	set, err := ReadConfig(fs, write(t, "i = 6\nf = 7\n"))
	if err != nil || !slices.Equal(set, []string{"f"}) || v.i != 5 || v.f != 7 {
		t.Errorf("set %v, %v: i is %d and f is %v, want 5 and 7", set, err, v.i, v.f)
	}
}

func TestConfigRefusals(t *testing.T) {
	for _, tc := range []struct{ content, want string }{
		{"epochs = 3", `unknown key "epochs"; the known ones are b, d, f, i, s, u`},
		{"secret = 'x'", `unknown key "secret"`},
		{"i = 'three'", "i = three"},
		{"u = -1", "u = -1"},
		{"i = [1, 2]", "i = [1 2]: want a text"},
		{"i = ", "run.toml: toml:"},
	} {
		path := write(t, tc.content)
		_, err := ReadConfig(flagSet(&flags{}), path, "secret")
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: error is %v, want %q and the file's name in it", tc.content, err, tc.want)
		}
	}
	if _, err := ReadConfig(flagSet(&flags{}), "absent.toml"); err == nil || !strings.Contains(err.Error(), "absent.toml") {
		t.Errorf("error is %v, want one that names the absent file", err)
	}
}
