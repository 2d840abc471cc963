// Package cli holds what the commands share: exit statuses, flags and progress.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit statuses beside 0.
const (
	failed      = 1
	misused     = 2
	interrupted = 130 // 128 + SIGINT, as shells have it
)

// ErrInterrupted is returned by a command that Ctrl-C ended in good order.
var ErrInterrupted = errors.New("interrupted")

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usagef makes an error that is a mistake in the command line.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs a command and ends the process with its status: 0, 1 for a failure, 2
// for a mistake in the command line, 130 when it was interrupted. The first Ctrl-C
// ends the command's context, the second the process.
func Main(name string, run func(ctx context.Context, args []string, stdout, stderr io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(status(name, err, os.Stderr))
}

// status reports an error in one line and gives the exit status for it.
func status(name string, err error, stderr io.Writer) int {
	var misuse usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		fmt.Fprintf(stderr, "%s: %s\n", name, oneLine(err))
		return interrupted
	case errors.As(err, &misuse):
		fmt.Fprintf(stderr, "%s: %s (see %s -help)\n", name, oneLine(err), name)
		return misused
	}
	fmt.Fprintf(stderr, "%s: %s\n", name, oneLine(err))
	return failed
}

func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// Parse parses args into the flags of fs, whose usage text is about and the flags.
// Mistakes are usage errors; help goes to stdout.
func Parse(fs *flag.FlagSet, about string, args []string, stdout io.Writer) error {
	fs.Init(fs.Name(), flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
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

// Check turns the first broken rule into a usage error. A rule is a condition that
// must hold and the text that says what is wrong.
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
	Else  string
}
