//go:build mpi

package mpi

// #include <stdlib.h>
// #include <mpi.h>
// #include "binding.h"
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// endTimeout bounds the time after a failure in which all ranks hear of it and end.
const endTimeout = 10 * time.Second

// maxNote is the largest length of the text of an error that other ranks receive.
const maxNote = 2000

// world connects the ranks of a job.
type world struct {
	rank, size int
	seconds    C.double // after which a rank that does not answer counts as failed

	mu     sync.Mutex // of all that follows, and of the calls of MPI
	failed error      // that further calls return
	remote bool       // it is the error of another rank, which all know
	told   bool       // this rank has told the others
}

// start initializes MPI.
func start(j job) (*world, error) {
	limit, err := timeout(os.Getenv)
	if err != nil {
		return nil, err
	}
	w := &world{seconds: C.double(limit.Seconds())}
	var rank, size C.int
	if C.inkstone_start(&rank, &size) != C.inkstone_done {
		return nil, fmt.Errorf("MPI cannot start: %s", C.GoString(C.inkstone_error_text()))
	}
	w.rank, w.size = int(rank), int(size)
	if j.processes > 0 && w.size != j.processes {
		text := (*C.char)(C.malloc(C.MPI_MAX_LIBRARY_VERSION_STRING))
		defer C.free(unsafe.Pointer(text))
		C.inkstone_library(text)
		w.finalize()
		return nil, fmt.Errorf("%s started %d processes, but MPI connects %d of them: use the mpirun of %s, or srun with its --mpi type", j.launcher, j.processes, w.size, C.GoString(text))
	}
	w.divideProcessors()
	return w, nil
}

// divideProcessors lets each rank use its share of the processors, unless the launcher or the user
// has divided them.
func (w *world) divideProcessors() {
	var own, all, sum C.int
	C.inkstone_processors(&own, &all, &sum)
	if os.Getenv("GOMAXPROCS") != "" || sum <= all {
		return
	}
	share := max(1, int(own)*int(all)/int(sum))
	runtime.GOMAXPROCS(min(share, runtime.GOMAXPROCS(0)))
}

// Rank returns the number of this process, from 0.
func (w *world) Rank() int { return w.rank }

// Size returns the number of processes.
func (w *world) Size() int { return w.size }

// call makes a call of MPI that waits for a rank, or for all ranks if peer is below 0.
func (w *world) call(peer int, f func() C.int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		return w.failed
	}
	switch f() {
	case C.inkstone_done:
		return nil
	case C.inkstone_note:
		text := (*C.char)(C.malloc(maxNote + 1))
		defer C.free(unsafe.Pointer(text))
		from := C.inkstone_read_note(text, maxNote+1)
		w.failed = fmt.Errorf("rank %d: %s", int(from), C.GoString(text))
		w.remote = true
	case C.inkstone_timeout:
		who := "another rank"
		if peer >= 0 {
			who = fmt.Sprintf("rank %d", peer)
		}
		w.failed = fmt.Errorf("no answer from %s for %g seconds: it hangs, or %s must be longer", who, float64(w.seconds), timeoutVariable)
	default:
		w.failed = fmt.Errorf("MPI: %s", C.GoString(C.inkstone_error_text()))
	}
	return w.failed
}

func address(message []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(message)) }

// Send implements [train.Communicator].
func (w *world) Send(to int, message []byte) error {
	return w.call(to, func() C.int { return C.inkstone_send(address(message), C.size_t(len(message)), C.int(to), w.seconds) })
}

// Receive implements [train.Communicator].
func (w *world) Receive(from int, message []byte) error {
	return w.call(from, func() C.int {
		return C.inkstone_receive(address(message), C.size_t(len(message)), C.int(from), w.seconds)
	})
}

// Broadcast implements [train.Communicator].
func (w *world) Broadcast(root int, message []byte) error {
	return w.call(-1, func() C.int {
		return C.inkstone_broadcast(address(message), C.size_t(len(message)), C.int(root), w.seconds)
	})
}

// AllGather implements [train.Communicator].
func (w *world) AllGather(own, all []byte) error {
	return w.call(-1, func() C.int {
		return C.inkstone_gather(address(own), address(all), C.size_t(len(own)), w.seconds)
	})
}

// Abort implements [train.Communicator].
func (w *world) Abort(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil {
		w.failed = err
	}
	if w.remote || w.told {
		return
	}
	w.told = true
	note := err.Error()
	text := C.CString(note[:min(len(note), maxNote)])
	defer C.free(unsafe.Pointer(text))
	C.inkstone_write_note(text, C.double(endTimeout.Seconds()/float64(w.size)))
}

// finish waits until all ranks have finished, and ends MPI.
func (w *world) finish() error {
	if err := w.call(-1, func() C.int { return C.inkstone_finish(w.seconds) }); err != nil {
		return err
	}
	w.finalize()
	return nil
}

// end ends MPI after an error. If another rank does not answer, it prints the error and aborts the job.
func (w *world) end(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wait := endTimeout
	if w.remote {
		wait *= 2 // the rank that failed prints the error and aborts before
	}
	if C.inkstone_ending(C.double(wait.Seconds())) == C.inkstone_done {
		w.finalize()
		return
	}
	fmt.Fprintf(os.Stderr, "rank %d: %v\n", w.rank, err)
	C.inkstone_abort()
	os.Exit(1)
}

// finalize ends MPI. After an error a library may wait for messages that will not come.
func (w *world) finalize() {
	timer := time.AfterFunc(endTimeout, func() { os.Exit(1) })
	defer timer.Stop()
	C.inkstone_finalize()
}
