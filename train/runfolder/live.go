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
	"inkstone/train"
	"inkstone/train/live"
)

// Files by which another process watches a run and asks it for something. They are in the folder
// only while somebody does.
const (
	// LiveFile has the status of the run as JSON, see [live.Status].
	LiveFile = "live.json"

	watchFile   = ".watch"        // its time is that of the last look
	requestFile = ".request.json" // what the run should do, a Request
)

const (
	lookEvery = 500 * time.Millisecond // between two looks of a run for watchers and requests
	watchedIn = 5 * time.Second        // for which a look counts as watching
	liveIn    = 10 * time.Second       // for which a status counts as that of now
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
	Folder   *Folder // must be set before the run starts
	Recorder *live.Recorder
	Stop     func() // interrupts the run

	last time.Time // look
}

// Callback returns the callback for the trainer of the run.
func (b *Broadcast) Callback(order int) train.Callback {
	return train.Callback{Order: order, Step: b.step}
}

func (b *Broadcast) step(train.Step) error {
	now := time.Now()
	if now.Sub(b.last) < lookEvery {
		return nil
	}
	b.last = now
	if r, err := b.request(); err == nil {
		if r.LearningRate > 0 {
			b.Recorder.SetLearningRate(r.LearningRate)
		}
		if r.Stop {
			b.Stop()
		}
	}
	if info, err := os.Stat(b.Folder.File(watchFile)); err == nil && now.Sub(info.ModTime()) < watchedIn {
		_ = b.write(b.Recorder.Status())
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

// Close removes the files.
func (b *Broadcast) Close() {
	for _, name := range []string{LiveFile, watchFile, requestFile} {
		disk.Remove(b.Folder.File(name))
	}
}

// Watch returns the status of the run in a folder. While a process trains it, Watch asks that
// process for its status, which is there a second after the first call. Until then, and for a
// run that has ended, the status has what the other files of the folder say.
func Watch(path string) (*live.Status, error) {
	r, err := Read(path)
	if err != nil {
		return nil, err
	}
	s := &live.Status{Network: r.Model(), Dataset: r.Dataset(), History: r.Epochs, Epoch: len(r.Epochs), Epochs: r.integer("epochs")}
	s.LearningRate, _ = r.Settings["lr"].(float64)
	if trained(path) {
		s.State = live.Running
		look(path)
		if now, err := readLive(path); err == nil {
			return now, nil
		}
		return s, nil
	}
	switch r.State() {
	case Finished:
		s.State = live.Finished
	case Damaged:
		s.State, s.Error = live.Failed, r.Damage[0]
	default:
		s.State = live.Stopped
	}
	if r.Result != nil {
		s.Ended = r.Result.Ended
	}
	return s, nil
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

// look notes that somebody watches the run in a folder. In a folder that it may not change it does
// nothing, and the epochs are all that can be seen.
func look(path string) {
	name := filepath.Join(path, watchFile)
	now := time.Now()
	if os.Chtimes(name, now, now) != nil {
		_ = replace(path, watchFile, nil)
	}
}

// readLive returns the status that the process of a run wrote in the last seconds.
func readLive(path string) (*live.Status, error) {
	name := filepath.Join(path, LiveFile)
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if age := time.Since(info.ModTime()); age > liveIn {
		return nil, fmt.Errorf("%s is %v old", LiveFile, age)
	}
	content, err := smallfile.Read(name, 1<<24)
	if err != nil {
		return nil, err
	}
	s := new(live.Status)
	return s, json.Unmarshal(content, s)
}

// integer returns a setting if it is a whole number, or 0.
func (r *Run) integer(key string) int {
	n, _ := r.Settings[key].(int64)
	return int(n)
}
