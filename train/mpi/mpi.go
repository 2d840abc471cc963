// Package mpi connects the processes of a job that an MPI launcher such as mpirun or srun started,
// so that they train one model together: see [train.Config].
//
// The package uses the MPI library of the system, Open MPI or MPICH, through cgo, and only if the
// program is built with the tag mpi and the compiler of that library:
//
//	CGO_ENABLED=1 CC=mpicc go build -tags mpi ./cmd/train
//
// Without the tag [Run] refuses to run as one of several processes, which would all do the same.
//
// A call that waits for another rank ends with an error if that rank has failed, or after ten
// minutes without an answer. The environment variable INKSTONE_RANK_TIMEOUT sets another number
// of seconds. It must be longer than rank 0 takes for what it does alone: the test and the
// report at the end of a run.
package mpi

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"inkstone/train"
)

// timeoutVariable names the environment variable with the time, in seconds, after which a rank
// that does not answer counts as failed.
const timeoutVariable = "INKSTONE_RANK_TIMEOUT"

const defaultTimeout = 10 * time.Minute

// timeout returns the time after which a rank that does not answer counts as failed.
func timeout(getenv func(string) string) (time.Duration, error) {
	text := getenv(timeoutVariable)
	if text == "" {
		return defaultTimeout, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0) || seconds > math.MaxInt64/float64(time.Second) {
		return 0, fmt.Errorf("%s is %q, want a number of seconds above 0", timeoutVariable, text)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// Run calls f with the ranks of the job, or with nil if the process was not started together with
// others, and returns the error of f. If f fails on any rank, all ranks end. Then Run returns an
// error on rank 0 and nil on the others, so that the error is printed once. If rank 0 does not
// answer, the rank that has an error prints it and aborts the job.
func Run(f func(ranks train.Communicator) error) error {
	job := announced(os.Getenv)
	if job.processes == 1 {
		return f(nil)
	}
	w, err := start(job)
	switch {
	case err != nil && job.rank > 0:
		return nil // rank 0 reports it
	case err != nil:
		return err
	}
	err = f(w)
	if err == nil {
		err = w.finish()
	}
	if err == nil {
		return nil
	}
	w.Abort(err)
	if w.end(err); w.Rank() > 0 {
		return nil
	}
	return err
}
