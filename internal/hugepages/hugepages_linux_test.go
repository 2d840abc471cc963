package hugepages

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestAdvise checks the flag "hg" that Linux keeps for each mapping: large pages were asked for.
func TestAdvise(t *testing.T) {
	small, large := make([]byte, smallest-1), make([]float32, 8<<20)
	Advise(small)
	Advise(large)
	Advise[float64](nil)
	first := uintptr(unsafe.Pointer(&large[0]))
	for _, at := range []uintptr{first, first + 16<<20, first + 32<<20 - 1} {
		flags, err := fieldOf(at, "VmFlags:")
		if err != nil {
			t.Skip("the kernel does not list the flags of mappings: ", err)
		}
		if !strings.Contains(flags, " hg") {
			t.Errorf("the mapping of byte %d has the flags %q, want hg among them", at-first, flags)
		}
	}
}

// TestCollapse checks that memory with small pages gets large ones.
func TestCollapse(t *testing.T) {
	probe, _ := smallPages(t)
	if err := errors.Join(unix.Madvise(probe, unix.MADV_HUGEPAGE), unix.Madvise(probe, unix.MADV_COLLAPSE)); err != nil {
		t.Skip("the kernel cannot replace small pages: ", err)
	}
	p, large := smallPages(t)
	if kb := large(); kb != 0 {
		t.Fatalf("%d kB of large pages before they are asked for", kb)
	}
	Advise(p)
	for i := range p {
		if p[i] != byte(i%251) {
			t.Fatalf("byte %d is %d, want %d", i, p[i], byte(i%251))
		}
	}
	if large() == 0 {
		t.Errorf("no large page in a mapping of %d kB", len(p)>>10)
	}
}

// smallPages returns a mapping that has small pages, and a function that returns how many kB of it
// have large ones.
func smallPages(t *testing.T) ([]byte, func() int) {
	t.Helper()
	p, err := unix.Mmap(-1, 0, 8*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(p) })
	if err := unix.Madvise(p, unix.MADV_NOHUGEPAGE); err != nil {
		t.Skip("the kernel has no large pages: ", err)
	}
	for i := range p {
		p[i] = byte(i % 251)
	}
	return p, func() (kb int) {
		text, err := fieldOf(uintptr(unsafe.Pointer(&p[len(p)/2])), "AnonHugePages:")
		if err != nil {
			t.Skip("the kernel does not list large pages: ", err)
		}
		if _, err := fmt.Sscan(text, &kb); err != nil {
			t.Fatal(err)
		}
		return kb
	}
}

// fieldOf returns a field of the description of the mapping that an address lies in.
func fieldOf(at uintptr, field string) (string, error) {
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
		if value, ok := strings.CutPrefix(lines.Text(), field); ok && inside {
			return value, nil
		}
	}
	return "", fmt.Errorf("no mapping of %#x", at)
}
