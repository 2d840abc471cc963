package cli

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// Width returns the number of columns of the terminal that w writes to, or else that which the
// variable COLUMNS names; 0 for no limit. w may be the standard output that [Main] passes to a command.
func Width(w io.Writer) int {
	if c, ok := w.(*checkedWriter); ok {
		w = c.w
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 0
}
