package sweep

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"inkstone/internal/filelock"
	"inkstone/train"
	"inkstone/train/runfolder"
)

// Options are options of [Sweep.Run].
type Options struct {
	// Jobs is the number of runs side by side, 0 for one per processor. The processors are
	// divided among them.
	Jobs int
	// Done is called after each run, from one goroutine at a time. It may be nil.
	Done func(name string, s *Score)
}

// Run makes the runs of the share that are not done: it resumes those that were started. After the
// first rung of successive halving, each process makes the runs that no other one makes.
//
// Run returns the result of the runs so far. It is incomplete if runs of other shares are missing.
// A run that diverges does not end the sweep. Any other error of a run ends it; no run is lost.
func (s *Sweep) Run(ctx context.Context, o Options) (*Result, error) {
	epochs, counts, err := s.spec.rungs(len(s.trials))
	if err != nil {
		return nil, err
	}
	r := &Result{spec: s.spec, sweep: s}
	trials := s.trials
	for rung, e := range epochs {
		tasks := s.spec.tasks(trials, e)
		if err := s.runTasks(ctx, s.own(tasks, rung), o); err != nil {
			return nil, err
		}
		ranked, missing, err := s.rank(trials, e)
		if err != nil {
			return nil, err
		}
		r.add(ranked)
		if r.Missing = missing; missing > 0 {
			return r, nil
		}
		if rung+1 < len(epochs) {
			if trials = best(ranked, counts[rung+1]); len(trials) == 0 {
				break // all have diverged
			}
		}
	}
	return r, nil
}

// own returns the runs for this process: of the first rung those of its share, of the others all.
func (s *Sweep) own(tasks []task, rung int) []task {
	if rung > 0 {
		return tasks
	}
	var list []task
	for i, t := range tasks {
		if s.share.has(i) {
			list = append(list, t)
		}
	}
	return list
}

// runTasks makes the runs that are not done and that no other process makes, some side by side.
func (s *Sweep) runTasks(ctx context.Context, tasks []task, o Options) error {
	var todo []task
	for _, t := range tasks {
		score, err := readScore(s.path(t))
		if err != nil {
			return err
		}
		if score == nil {
			todo = append(todo, t)
		}
	}
	processors := runtime.GOMAXPROCS(0)
	jobs := o.Jobs
	if jobs <= 0 {
		jobs = processors
	}
	if jobs = min(jobs, len(todo)); jobs == 0 {
		return ctx.Err()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan task)
	var wait sync.WaitGroup
	var printing sync.Mutex
	for k := range jobs {
		workers := processors / jobs
		if k < processors%jobs {
			workers++
		}
		wait.Go(func() {
			for t := range queue {
				score, err := s.runTask(ctx, t, max(workers, 1))
				if err != nil {
					cancel(fmt.Errorf("%s: %w", t.name(), err)) // the others save their state
					continue
				}
				if score != nil && o.Done != nil {
					printing.Lock()
					o.Done(t.name(), score)
					printing.Unlock()
				}
			}
		})
	}
send:
	for _, t := range todo {
		select {
		case queue <- t:
		case <-ctx.Done():
			break send
		}
	}
	close(queue)
	wait.Wait()
	return context.Cause(ctx)
}

// runTask makes a run unless it is done, or resumes it, and returns its score. It returns nil if
// another process makes the run.
func (s *Sweep) runTask(ctx context.Context, t task, workers int) (*Score, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	folder := s.path(t)
	lock, err := filelock.Try(filepath.Join(s.locks(), t.name()))
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return nil, nil
	case err == nil:
		defer lock.Release()
	case !errors.Is(err, filelock.ErrUnsupported):
		return nil, err
	}
	score, err := readScore(folder)
	if score != nil || err != nil {
		return nil, err // another process was faster
	}
	run, err := runfolder.Read(folder)
	if err != nil || run.State() != runfolder.Finished {
		args := s.spec.taskArguments(t, s.folder, s.tables)
		if runfolder.IsRun(folder) {
			args = []string{"-resume", folder}
		}
		err := s.command.Run(ctx, append(args, "-workers", fmt.Sprint(workers)))
		if errors.Is(err, train.ErrDiverged) {
			score := &Score{Wrong: []int{}, Diverged: err.Error()}
			return score, score.write(folder)
		}
		if err != nil {
			return nil, err
		}
	}
	if score, err = evaluate(ctx, folder, workers); err != nil {
		return nil, err
	}
	return score, score.write(folder)
}

// ranked is a trial with its score.
type ranked struct {
	trial  Trial
	epochs int // of the rung, 0 without halving
	score  *Score
}

// rank returns the trials whose runs are all done, the best first, and the number of runs that are
// missing.
func (s *Sweep) rank(trials []Trial, epochs int) (list []ranked, missing int, err error) {
	for _, trial := range trials {
		sum, whole := &Score{}, true
		for _, t := range s.spec.tasks([]Trial{trial}, epochs) {
			score, err := readScore(s.path(t))
			if err != nil {
				return nil, 0, err
			}
			if score == nil {
				missing++
				whole = false
				continue
			}
			sum.add(score)
		}
		if whole {
			list = append(list, ranked{trial, epochs, sum})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		switch {
		case a.score.better(b.score):
			return -1
		case b.score.better(a.score):
			return 1
		}
		return 0
	})
	return list, missing, nil
}

// best returns the best trials of a ranking, at most n and none that diverged, by number.
func best(list []ranked, n int) (trials []Trial) {
	for _, r := range list[:min(n, len(list))] {
		if r.score.Diverged == "" {
			trials = append(trials, r.trial)
		}
	}
	slices.SortFunc(trials, func(a, b Trial) int { return a.Number - b.Number })
	return trials
}
