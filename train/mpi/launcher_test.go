package mpi

import (
	"testing"
	"time"
)

func TestAnnounced(t *testing.T) {
	for _, tc := range []struct {
		env  map[string]string
		want job
	}{
		{nil, job{processes: 1}},
		{map[string]string{"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"}, job{"Open MPI's mpirun", 4, 3}},
		{map[string]string{"PMI_SIZE": "2", "PMI_RANK": "0"}, job{"a launcher with PMI", 2, 0}},
		{map[string]string{"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "7"}, job{"srun", 8, 7}},
		// mpirun in a Slurm job starts a daemon on each of two nodes by srun.
		{map[string]string{"SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1", "OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_RANK": "5"}, job{"Open MPI's mpirun", 8, 5}},
		// A batch script of Slurm is no step with tasks.
		{map[string]string{"SLURM_NTASKS": "8", "SLURM_PROCID": "0"}, job{processes: 1}},
		{map[string]string{"PMIX_RANK": "2"}, job{"a launcher with PMIx", 0, 2}},
		{map[string]string{"PMI_SIZE": "many", "PMI_RANK": "0"}, job{processes: 1}},
	} {
		if got := announced(func(name string) string { return tc.env[name] }); got != tc.want {
			t.Errorf("%v: %+v, want %+v", tc.env, got, tc.want)
		}
	}
}

func TestTimeout(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 10 * time.Minute, "2.5": 2500 * time.Millisecond, "0": 0, "-1": 0, "soon": 0, "NaN": 0, "1e300": 0} {
		got, err := timeout(func(string) string { return text })
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
}
