package mpi

import "strconv"

// job is what the environment says of the job that the process belongs to.
type job struct {
	launcher  string
	processes int // 0 if the process has a launcher that does not say how many it has started
	rank      int
}

// launchers are variables by which launchers tell a process how many there are and which it is.
// mpirun may start its daemons by srun, so the variables of Slurm come last.
var launchers = []struct{ name, processes, rank string }{
	{"Open MPI's mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
	{"a launcher with PMI", "PMI_SIZE", "PMI_RANK"},
	{"MVAPICH's mpirun", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"},
	{"srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
	{"a launcher with PMIx", "", "PMIX_RANK"},
}

// announced returns the job of the process: a job of one process if there is no launcher.
func announced(getenv func(string) string) job {
	for _, l := range launchers {
		rank, err := strconv.Atoi(getenv(l.rank))
		if err != nil {
			continue
		}
		j := job{launcher: l.name, rank: rank}
		if l.processes == "" {
			return j
		}
		if j.processes, err = strconv.Atoi(getenv(l.processes)); err == nil && j.processes > 0 {
			return j
		}
	}
	return job{processes: 1}
}
