package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// isTerminal reports whether w is a terminal that a progress bar can be drawn on.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// Bar is a progress bar with a text, a rate and the remaining time. It shows nothing
// unless its writer is a terminal.
type Bar struct {
	bar *progressbar.ProgressBar // nil if nothing is shown
}

// NewBar starts a progress bar for total items on w. unit names the items in the rate.
func NewBar(w io.Writer, total int64, unit string) *Bar {
	if !isTerminal(w) {
		return &Bar{}
	}
	return &Bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionFullWidth(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString(unit),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionClearOnFinish(),
	)}
}

// Add advances the bar by n items and changes its text.
func (b *Bar) Add(n int, format string, args ...any) {
	if b.bar != nil {
		b.bar.Describe(fmt.Sprintf(format, args...))
		b.bar.Add(n)
	}
}

// Set moves the bar to n items and changes its text.
func (b *Bar) Set(n int64, format string, args ...any) {
	if b.bar != nil {
		b.bar.Describe(fmt.Sprintf(format, args...))
		b.bar.Set64(n)
	}
}

// Resize changes the number of all items.
func (b *Bar) Resize(total int64) {
	if b.bar != nil {
		b.bar.ChangeMax64(total)
	}
}

// FileBars shows a bar for the file that is being read, one file at a time.
type FileBars struct {
	w    io.Writer
	file string // of the bar
	bar  *Bar   // nil for none
}

// NewFileBars returns bars on w.
func NewFileBars(w io.Writer) *FileBars { return &FileBars{w: w} }

// Set moves the bar of a file to the bytes done, of total.
func (f *FileBars) Set(done, total int64, file string) {
	if file != f.file {
		f.Clear()
		f.bar, f.file = NewBar(f.w, total, "B"), file
	}
	f.bar.Set(done, "%s", filepath.Base(file))
}

// Clear removes the bar.
func (f *FileBars) Clear() { f.bar.Clear() }

// Clear removes the bar. A nil Bar shows nothing.
func (b *Bar) Clear() {
	if b != nil && b.bar != nil {
		b.bar.Clear()
		b.bar = nil
	}
}
