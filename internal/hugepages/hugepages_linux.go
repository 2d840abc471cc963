package hugepages

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// smallest is the number of bytes of the smallest slice that is worth a request.
const smallest = 64 << 10

// arena is the size and the alignment of the blocks of addresses in which Go lays out its heap on 64-bit
// systems.
const arena = 64 << 20

// page is the size and the alignment of a large page.
const page = 2 << 20

// Advise asks for large pages for p and the memory around it, because other slices of the same work lie
// there, and replaces the small pages of a large p. It is a hint: nothing depends on it, and the system may ignore it.
func Advise[T any](p []T) {
	n := uintptr(len(p)) * unsafe.Sizeof(*new(T))
	if n < smallest {
		return
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(p)))
	first, end := at/arena*arena, (at+n+arena-1)/arena*arena
	// Go maps a block piece by piece, so each call asks again. The system reports the parts that are not
	// mapped yet as an error, after the others are done.
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, first, end-first, unix.MADV_HUGEPAGE)
	if n < page/2 {
		return
	}
	// Memory that Go used before has small pages already. Linux 6.1 and later can replace them.
	first, end = at/page*page, (at+n+page-1)/page*page
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, first, end-first, unix.MADV_COLLAPSE)
}
