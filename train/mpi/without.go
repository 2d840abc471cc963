//go:build !mpi

package mpi

import (
	"fmt"

	"inkstone/train"
)

// world stands for the ranks of a job in a program without MPI, which can be in none.
type world struct{ train.Communicator }

// start returns an error: this program cannot be one of several.
func start(j job) (*world, error) {
	count := "several processes"
	if j.processes > 0 {
		count = fmt.Sprintf("%d processes", j.processes)
	}
	return nil, fmt.Errorf("%s started %s, but this program is built without MPI: build it with CGO_ENABLED=1 CC=mpicc go build -tags mpi ./cmd/train", j.launcher, count)
}

func (*world) finish() error { return nil }
func (*world) end(error)     {}
