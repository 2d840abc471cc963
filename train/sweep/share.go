package sweep

import (
	"fmt"
	"strconv"
)

// Share is the part of the runs of a sweep that a job makes: number Part, from 1, of Of shares.
type Share struct{ Part, Of int }

// maxShares is the largest number of shares.
const maxShares = 100000

// String returns the share as [ParseShare] reads it.
func (s Share) String() string { return fmt.Sprintf("%d/%d", s.Part, s.Of) }

// ParseShare reads a share such as "2/8".
func ParseShare(text string) (Share, error) {
	var s Share
	n, err := fmt.Sscanf(text+"\n", "%d/%d\n", &s.Part, &s.Of)
	if n != 2 || err != nil || s.check() != nil {
		return Share{}, fmt.Errorf("%q, want a share and the number of shares, from 1/1 to %d/%[2]d", text, maxShares)
	}
	return s, nil
}

func (s Share) check() error {
	if s.Part < 1 || s.Part > s.Of || s.Of > maxShares {
		return fmt.Errorf("share %s, want 1 to the number of shares, and at most %d shares", s, maxShares)
	}
	return nil
}

// has reports whether the share has the run with an index.
func (s Share) has(index int) bool { return index%s.Of == s.Part-1 }

// ShareOfJob returns the share of a job of an array, from the environment of the job: of Slurm, or
// of a Kubernetes Job with completionMode Indexed, which must also set JOB_COMPLETIONS to its
// completions. Without such an environment it returns the whole sweep, 1/1. getenv is [os.Getenv].
func ShareOfJob(getenv func(string) string) (Share, error) {
	read := func(name string, absent int) (int, error) {
		text := getenv(name)
		if text == "" && absent >= 0 {
			return absent, nil
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("the environment variable %s is %q, want a number", name, text)
		}
		return n, nil
	}
	var s Share
	switch {
	case getenv("SLURM_ARRAY_TASK_ID") != "":
		var values [4]int
		for i, name := range []string{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT"} {
			var err error
			if values[i], err = read(name, []int{-1, 0, 1, -1}[i]); err != nil {
				return Share{}, err
			}
		}
		s = Share{Part: (values[0]-values[1])/max(values[2], 1) + 1, Of: values[3]}
		if s.check() != nil {
			return Share{}, fmt.Errorf("the task %d of the job array is not one of %d with equal steps from %d on: give the share with -part", values[0], values[3], values[1])
		}
	case getenv("JOB_COMPLETION_INDEX") != "":
		index, err := read("JOB_COMPLETION_INDEX", -1)
		if err != nil {
			return Share{}, err
		}
		of, err := read("JOB_COMPLETIONS", -1)
		if err != nil {
			return Share{}, fmt.Errorf("%w: set it to the completions of the Job, or give the share with -part", err)
		}
		if s = (Share{index + 1, of}); s.check() != nil {
			return Share{}, fmt.Errorf("JOB_COMPLETION_INDEX is %d and JOB_COMPLETIONS is %d, want an index below the completions", index, of)
		}
	default:
		s = Share{1, 1}
	}
	return s, nil
}
