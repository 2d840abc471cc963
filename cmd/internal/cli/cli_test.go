package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"testing"

	"inkstone/internal/oneline"
)

func TestStatus(t *testing.T) {
	for _, tc := range []struct {
		err    error
		status int
		text   string
	}{
		{nil, 0, ""},
		{flag.ErrHelp, 0, ""},
		{errors.New("a file is broken\nat its end"), 1, "prog: a file is broken; at its end\n"},
		{Usagef("-n is %d", -1), 2, "prog: -n is -1 (see prog -help)\n"},
		{errors.New("prog: a package of the same name"), 1, "prog: a package of the same name\n"},
		{fmt.Errorf("reading flags: %w", Usagef("-n is odd")), 2, "prog: reading flags: -n is odd (see prog -help)\n"},
		{fmt.Errorf("%w after 2 epochs", ErrInterrupted), 130, "prog: interrupted after 2 epochs\n"},
		{fmt.Errorf("downloading: %w", context.Canceled), 130, "prog: downloading: context canceled\n"},
	} {
		var stderr bytes.Buffer
		if got := status("prog", tc.err, &stderr); got != tc.status || stderr.String() != tc.text {
			t.Errorf("%v: status %d and %q, want %d and %q", tc.err, got, stderr.String(), tc.status, tc.text)
		}
	}
}

// failingWriter fails after a number of bytes.
type failingWriter struct{ room int }

func (f *failingWriter) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("no reader")
	}
	return len(p), nil
}

// A command whose output cannot be written fails, also if it passes over the error.
func TestFailedStdout(t *testing.T) {
	other := errors.New("other")
	for _, tc := range []struct {
		room int
		err  error
		want string
	}{
		{100, nil, ""},
		{5, nil, "no reader"},
		{5, flag.ErrHelp, "no reader"},
		{5, other, "other"},
		{5, ErrInterrupted, "interrupted"},
	} {
		err := runChecked(t.Context(), func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
			fmt.Fprintln(stdout, "0123456789")
			fmt.Fprintln(stdout, "0")
			return tc.err
		}, nil, &failingWriter{tc.room}, io.Discard)
		if got := fmt.Sprint(err); tc.want == "" && err != nil || !strings.Contains(got, tc.want) {
			t.Errorf("room for %d bytes and the error %v: error %v, want %q", tc.room, tc.err, err, tc.want)
		}
	}
}

func TestParse(t *testing.T) {
	parse := func(args ...string) (n int, out string, err error) {
		var stdout bytes.Buffer
		fs := flag.NewFlagSet("prog", flag.ContinueOnError)
		fs.IntVar(&n, "n", 7, "how many `things`")
		err = Parse(fs, "\nDo things.\n", args, &stdout)
		return n, stdout.String(), err
	}
	if n, out, err := parse("-n", "3"); n != 3 || out != "" || err != nil {
		t.Errorf("-n 3 gives %d, %q, %v", n, out, err)
	}
	if _, out, err := parse("-help"); !errors.Is(err, flag.ErrHelp) || !strings.HasPrefix(out, "Do things.\n\nFlags:\n  -n things") {
		t.Errorf("-help prints %q and gives %v", out, err)
	}
	for _, args := range [][]string{{"-m"}, {"-n", "x"}} {
		if _, out, err := parse(args...); status("prog", err, new(bytes.Buffer)) != 2 || out != "" {
			t.Errorf("%v prints %q and gives %v, want a usage error and nothing printed", args, out, err)
		}
	}
}

// Flags may stand after file names, up to "--".
func TestFlagsAfterNames(t *testing.T) {
	for _, tc := range []struct {
		args  string
		n     int
		quiet bool
		rest  string
	}{
		{"a b", 7, false, "a b"},
		{"a -n 3 b", 3, false, "a b"},
		{"-n=3 a b -quiet", 3, true, "a b"},
		{"-quiet a -n 3", 3, true, "a"},
		{"a -n 3 -- -quiet b", 3, false, "a -quiet b"},
		{"-- -n 3", 7, false, "-n 3"},
		{"- -n 3", 3, false, "-"},
		{"a --", 7, false, "a"},
		{"", 7, false, ""},
	} {
		fs := flag.NewFlagSet("prog", flag.ContinueOnError)
		n, quiet := fs.Int("n", 7, ""), fs.Bool("quiet", false, "")
		if err := Parse(fs, "", strings.Fields(tc.args), new(bytes.Buffer)); err != nil {
			t.Errorf("%s: %v", tc.args, err)
		}
		if got := strings.Join(fs.Args(), " "); *n != tc.n || *quiet != tc.quiet || got != tc.rest {
			t.Errorf("%s: -n is %d, -quiet is %v and the names are %q, want %d, %v, %q", tc.args, *n, *quiet, got, tc.n, tc.quiet, tc.rest)
		}
	}
	for _, args := range [][]string{{"a", "-x"}, {"a", "-n"}, {"a", "-n", "b"}} {
		err := Parse(flag.NewFlagSet("prog", flag.ContinueOnError), "", args, new(bytes.Buffer))
		if status("prog", err, new(bytes.Buffer)) != 2 {
			t.Errorf("%v: %v, want a usage error", args, err)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := Check(Rule{true, "a"}, Rule{true, "b"}); err != nil {
		t.Error(err)
	}
	err := Check(Rule{true, "a"}, Rule{false, "b"}, Rule{false, "c"})
	if err == nil || err.Error() != "b" || status("prog", err, new(bytes.Buffer)) != 2 {
		t.Errorf("error is %v, want a usage error for the first rule that does not hold", err)
	}
}

func TestBarWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	b := NewBar(&out, 10, "things")
	b.Add(3, "at %d", 3)
	b.Set(5, "at %d", 5)
	b.Clear()
	if out.Len() > 0 {
		t.Errorf("the bar writes %q to a writer that is no terminal", out.String())
	}
}

// An error stays on one line, whatever names it has.
func FuzzStatus(f *testing.F) {
	f.Add("a file\nis broken\r\n")
	f.Add("\x1b[31m\xff\u2028\u0085")
	f.Add("größe")
	f.Fuzz(func(t *testing.T, text string) {
		var stderr bytes.Buffer
		status("prog", errors.New(text), &stderr)
		line, more := strings.CutSuffix(stderr.String(), "\n")
		if !more || oneline.Check(line) != nil {
			t.Errorf("%q is printed as %q", text, stderr.String())
		}
	})
}
