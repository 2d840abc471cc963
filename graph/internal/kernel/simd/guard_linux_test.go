package simd

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fence returns n bytes that lie between two pages which fault on any access: flush
// with the upper one, or with the lower one if low is set.
func fence(t testing.TB, n int, low bool) []byte {
	t.Helper()
	page := os.Getpagesize()
	body := (n + page - 1) / page * page
	m, err := unix.Mmap(-1, 0, body+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatalf("mmap: %v", err)
	}
	t.Cleanup(func() { unix.Munmap(m) })
	for _, guard := range [][]byte{m[:page], m[page+body:]} {
		if err := unix.Mprotect(guard, unix.PROT_NONE); err != nil {
			t.Fatalf("mprotect: %v", err)
		}
	}
	at := page
	if !low {
		at = page + body - n
	}
	return m[at : at+n : at+n]
}

// fenced returns n elements next to a page that faults.
func fenced[T any](t testing.TB, n int, low bool) []T {
	if n == 0 {
		return nil
	}
	var zero T
	b := fence(t, n*int(unsafe.Sizeof(zero)), low)
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
}
