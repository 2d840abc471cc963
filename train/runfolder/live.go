package runfolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"inkstone/internal/disk"
	"inkstone/internal/filelock"
	"inkstone/internal/smallfile"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/live"
)

// Files by which another process watches a run and asks it for something.
const (
	// LiveFile has the status of the run as JSON, see [live.Status]. A run that nobody watches has
	// none.
	LiveFile = "live.json"

	watchFile   = ".watch"        // its time is that of the last look; only while a run is watched
	requestFile = ".request.json" // what the run should do, a Request; only until the run has read it
)

const (
	lookEvery = 500 * time.Millisecond // between two looks of a run for watchers and requests
	watchedIn = 5 * time.Second        // for which a look counts as watching
	liveIn    = 10 * time.Second       // for which the speed in a status counts as that of now
)

// Request is what another process asks of a run.
type Request struct {
	Stop         bool    `json:"stop,omitempty"`          // save the state and end, as on an interrupt
	LearningRate float64 `json:"learning_rate,omitempty"` // from the next step on, before the schedule; 0 for no change
}

// Broadcast shows a run to other processes, which call [Watch], and does what they ask of it. It
// looks at two files twice a second, and writes its status only while somebody watches. What it
// cannot read or write it leaves out, so that watching never ends a run.
type Broadcast struct {
	Folder *Folder // must be set before the run starts
	Stop   func()  // interrupts the run; must be set too

	recorder *live.Recorder
	last     time.Time // look
}

// NewBroadcast returns a Broadcast for a run that trains a model. workers is the number of
// goroutines of an operation, 0 for one per processor.
func NewBroadcast(m *model.Model, s *sets.Sets, workers int) (*Broadcast, error) {
	r, err := live.NewRecorder(m, s.Training, s.Validation, workers)
	if err != nil {
		return nil, err
	}
	return &Broadcast{recorder: r}, nil
}

// Callback returns the callback for the trainer of the run.
func (b *Broadcast) Callback(order int) train.Callback {
	c := b.recorder.Callback(order)
	record := c.Step
	c.Step = func(s train.Step) error { return errors.Join(record(s), b.look()) }
	return c
}

// look looks for watchers and requests, if it is time.
func (b *Broadcast) look() error {
	now := time.Now()
	if now.Sub(b.last) < lookEvery {
		return nil
	}
	b.last = now
	if r, err := b.request(); err == nil {
		if r.LearningRate > 0 {
			b.recorder.SetLearningRate(r.LearningRate)
		}
		if r.Stop {
			b.Stop()
		}
	}
	if info, err := os.Stat(b.Folder.File(watchFile)); err == nil && now.Sub(info.ModTime()) < watchedIn {
		_ = b.write(b.recorder.Status())
	}
	return nil
}

// request returns what is asked of the run and removes the file.
func (b *Broadcast) request() (r Request, err error) {
	path := b.Folder.File(requestFile)
	content, err := smallfile.Read(path, 4096)
	if err != nil {
		return r, err
	}
	if err := disk.Remove(path); err != nil {
		return r, err
	}
	return r, json.Unmarshal(content, &r)
}

// write writes the status. It does not sync the file, which would slow down the training.
func (b *Broadcast) write(s *live.Status) error {
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return replace(b.Folder.path, LiveFile, content)
}

// replace writes a small file that need not survive a crash of the computer.
func replace(folder, name string, content []byte) error {
	f, err := disk.CreateTemp(folder, "."+name+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = disk.Rename(f.Name(), filepath.Join(folder, name))
	}
	if err != nil {
		disk.Remove(f.Name())
	}
	return err
}

// End records how the training ended, with the results of [train.Trainer.Run]. If somebody watches,
// the folder keeps the last status.
func (b *Broadcast) End(h *train.History, err error) {
	watched := b.recorder.Watched()
	if b.recorder.End(h, err); watched {
		_ = b.write(b.recorder.Status())
	}
	for _, name := range []string{watchFile, requestFile} {
		disk.Remove(b.Folder.File(name))
	}
}

// Watch returns the status of the run in a folder. While a process trains it, Watch asks that
// process for its status, which is there a second after the first call. Until then, and for a
// run that was never watched, the status has what the other files of the folder say.
func Watch(path string) (*live.Status, error) {
	r, err := Read(path)
	if err != nil {
		return nil, err
	}
	s, age := readLive(path)
	if s == nil || len(s.History) > len(r.Epochs) { // there is none, or the run was resumed from an earlier checkpoint
		s, age = &live.Status{Epoch: len(r.Epochs)}, 0
		s.LearningRate, _ = r.Settings["lr"].(float64)
	}
	s.Network, s.Dataset, s.History, s.Epochs = r.Model(), r.Dataset(), r.Epochs, r.integer("epochs")
	if trained(path) {
		noteLook(path)
		if s.State, s.Ended = live.Running, ""; age > liveIn {
			s.Speed = 0
		}
		return s, nil
	}
	if s.State = endState(r); s.State == live.Failed {
		s.Error = r.Damage[0]
	}
	if r.Result != nil {
		s.Ended = r.Result.Ended
		if r.Result.TestErrors != nil {
			s.Test = &live.Score{Images: r.Result.TestImages, Correct: r.Result.TestImages - *r.Result.TestErrors}
		}
	}
	return s, nil
}

// LiveState returns whether the run is running, finished, stopped or failed, as package live names
// the states. A run whose files are damaged has failed.
func LiveState(r *Run) string {
	if trained(r.Path) {
		return live.Running
	}
	return endState(r)
}

// endState returns the state of a run that no process trains.
func endState(r *Run) string {
	switch r.State() {
	case Finished:
		return live.Finished
	case Damaged:
		return live.Failed
	}
	return live.Stopped
}

// Ask asks the process that trains the run in a folder for something. It is an error if no process
// does.
func Ask(path string, r Request) error {
	if !IsRun(path) {
		return fmt.Errorf("run folder %s: %w", path, fs.ErrNotExist)
	}
	if !trained(path) {
		return fmt.Errorf("run folder %s: no process is training this run", path)
	}
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return replace(path, requestFile, content)
}

// trained reports whether a process has the folder of a run open.
func trained(path string) bool {
	lock := filepath.Join(path, lockFile)
	if _, err := os.Stat(lock); err != nil {
		return false
	}
	l, err := filelock.Try(lock)
	if err == nil {
		l.Release()
	}
	return errors.Is(err, filelock.ErrHeld)
}

// noteLook notes that somebody watches the run in a folder. In a folder that it may not change it does
// nothing, and the epochs are all that can be seen.
func noteLook(path string) {
	name := filepath.Join(path, watchFile)
	now := time.Now()
	if os.Chtimes(name, now, now) != nil {
		_ = replace(path, watchFile, nil)
	}
}

// readLive returns the status that the process of a run wrote last, and its age, or nil if there is
// none.
func readLive(path string) (*live.Status, time.Duration) {
	name := filepath.Join(path, LiveFile)
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0
	}
	content, err := smallfile.Read(name, 1<<24)
	s := new(live.Status)
	if err != nil || json.Unmarshal(content, s) != nil {
		return nil, 0
	}
	return s, time.Since(info.ModTime())
}

// integer returns a setting if it is a whole number, or 0.
func (r *Run) integer(key string) int {
	n, _ := r.Settings[key].(int64)
	return int(n)
}
