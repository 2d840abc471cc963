package hugepages

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"
)

// TestAdvise checks the flag "hg" that Linux keeps for each mapping: large pages were asked for.
func TestAdvise(t *testing.T) {
	small, large := make([]byte, smallest-1), make([]float32, 8<<20)
	Advise(small)
	Advise(large)
	Advise[float64](nil)
	first := uintptr(unsafe.Pointer(&large[0]))
	for _, at := range []uintptr{first, first + 16<<20, first + 32<<20 - 1} {
		flags, err := flagsOf(at)
		if err != nil {
			t.Skip("the kernel does not list the flags of mappings: ", err)
		}
		if !strings.Contains(flags, " hg") {
			t.Errorf("the mapping of byte %d has the flags %q, want hg among them", at-first, flags)
		}
	}
}

// flagsOf returns the flags of the mapping that an address lies in.
func flagsOf(at uintptr) (string, error) {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return "", err
	}
	defer f.Close()
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &from, &to); n == 2 {
			inside = from <= at && at < to
		}
		if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags:"); ok && inside {
			return flags, nil
		}
	}
	return "", fmt.Errorf("no mapping of %#x", at)
}
