package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal returns a pseudoterminal with a number of columns.
func terminal(t *testing.T, columns uint16) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0) // unlock it
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { slave.Close() })
	return slave
}

// A command sees the width of its terminal through the writer that Main gives it.
func TestWidth(t *testing.T) {
	seen := func(stdout io.Writer) (width int) {
		err := runChecked(t.Context(), func(_ context.Context, _ []string, stdout, _ io.Writer) error {
			width = Width(stdout)
			return nil
		}, nil, stdout, io.Discard)
		if err != nil {
			t.Error(err)
		}
		return width
	}
	for columns, want := range map[string]int{"": 0, "70": 70, "-1": 0, "wide": 0} {
		t.Setenv("COLUMNS", columns)
		if got := seen(new(bytes.Buffer)); got != want {
			t.Errorf("a buffer has %d columns with COLUMNS=%q, want %d", got, columns, want)
		}
	}
	t.Setenv("COLUMNS", "70")
	if got := seen(terminal(t, 93)); got != 93 {
		t.Errorf("a terminal with 93 columns has %d", got)
	}
}
