// Package cli holds the code that the commands share: exit statuses, flags and progress
// bars.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"inkstone/internal/oneline"
)

// Exit statuses of commands that do not succeed.
const (
	failed      = 1
	misused     = 2
	interrupted = 130 // 128 + SIGINT, the convention of shells
)

// ErrInterrupted is the error of a command that stopped after Ctrl-C and saved its work.
var ErrInterrupted = errors.New("interrupted")

// usageError reports a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usagef returns an error that reports a mistake in the command line.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs a command and ends the process with its exit status: 0 for success, 1 for a
// failure, 2 for a mistake in the command line, 130 for an interrupt. Output that could not
// be written is a failure. The first Ctrl-C, SIGTERM, SIGHUP or SIGUSR1 cancels the context of
// the command; the second one ends the process.
func Main(name string, run func(ctx context.Context, args []string, stdout, stderr io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), interrupts()...)
	context.AfterFunc(ctx, stop)
	ignoreBrokenPipes()
	os.Exit(status(name, runChecked(ctx, run, os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

// runChecked runs a command and returns its error or, if there is none, the first error of
// stdout, which the command may have passed over.
func runChecked(ctx context.Context, run func(ctx context.Context, args []string, stdout, stderr io.Writer) error, args []string, stdout, stderr io.Writer) error {
	checked := &checkedWriter{w: stdout}
	err := run(ctx, args, checked, stderr)
	if checked.err != nil && (err == nil || errors.Is(err, flag.ErrHelp)) {
		return fmt.Errorf("the output could not be printed: %w", checked.err)
	}
	return err
}

// checkedWriter remembers the first error of a writer.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// status writes an error to stderr in one line, after the name of the command unless it begins with
// that, and returns its exit status.
func status(name string, err error, stderr io.Writer) int {
	var misuse usageError
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	text := name + ": " + strings.TrimPrefix(oneLine(err), name+": ")
	switch {
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, text)
		return interrupted
	case errors.As(err, &misuse):
		fmt.Fprintf(stderr, "%s (see %s -help)\n", text, name)
		return misused
	}
	fmt.Fprintln(stderr, text)
	return failed
}

// oneLine returns the text of an error with its line breaks replaced by semicolons, and other
// control characters by escapes.
func oneLine(err error) string {
	return oneline.Escape(strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; "))
}

// Parse parses args into the flags of fs, which may stand before, between and after the
// other arguments. What follows "--" is no flag. It returns a usage error for a mistake in
// args. For -help it prints about and the flags to stdout and returns [flag.ErrHelp].
func Parse(fs *flag.FlagSet, about string, args []string, stdout io.Writer) error {
	fs.Init(fs.Name(), flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	err := parseAll(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stdout, strings.TrimSpace(about))
		fmt.Fprintln(stdout, "\nFlags:")
		fs.SetOutput(stdout)
		fs.PrintDefaults()
		return err
	}
	if err != nil {
		return usageError{err}
	}
	return nil
}

// parseAll parses flags wherever they stand. Afterwards fs.Args() has the other arguments.
func parseAll(fs *flag.FlagSet, args []string) error {
	var names, rest []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, rest = args[:i], args[i+1:]
	}
	for {
		if err := fs.Parse(args); err != nil {
			return err
		}
		if fs.NArg() == 0 {
			return fs.Parse(slices.Concat([]string{"--"}, names, rest))
		}
		names, args = append(names, fs.Arg(0)), fs.Args()[1:]
	}
}

// Check returns a usage error for the first rule that does not hold, or nil.
func Check(rules ...Rule) error {
	for _, r := range rules {
		if !r.Holds {
			return usageError{errors.New(r.Else)}
		}
	}
	return nil
}

// Rule is a condition on flags.
type Rule struct {
	Holds bool
	Else  string // the error message if the condition does not hold
}
