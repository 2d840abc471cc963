package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"gorgonia.org/tensor"

	"inkstone/graph/solver"
	"inkstone/internal/atomicfile"
	"inkstone/model/safetensors"
)

// checkpointVersion is the version of the format. A reader refuses newer ones.
const checkpointVersion = 1

// Keys of a checkpoint's metadata.
const (
	ckptVersion  = "inkstone.checkpoint"
	ckptIdentity = "identity"
	ckptPosition = "position"
	ckptMemory   = "memory"
	ckptSum      = "sha256"
)

// memory says what the solver keeps for a parameter; the moments are tensors.
type memory struct {
	Name    string `json:"name"`
	Step    int    `json:"step"`
	Moments int    `json:"moments"`
}

// WriteCheckpoint writes everything that the rest of the run follows from: the
// parameters with the statistics of batch normalisation, the solver's memory, the
// place in the epoch, the scores so far, and the best parameters so far. It may be
// called from a callback. The format is safetensors with a checksum. A run whose
// parameters are no longer finite is refused, so that the checkpoint before stays.
func (t *Trainer) WriteCheckpoint(w io.Writer) error {
	if err := t.sound(); err != nil {
		return err
	}
	return t.writeCheckpoint(w)
}

func (t *Trainer) writeCheckpoint(w io.Writer) error {
	f := &safetensors.File{Metadata: map[string]string{ckptVersion: strconv.Itoa(checkpointVersion)}}
	add := func(name string, values []float32) {
		f.Tensors = append(f.Tensors, safetensors.Float32(name, []int{len(values)}, values))
	}
	for _, p := range t.model.Params.All() {
		add("param/"+p.Name(), p.Value().Data().([]float32))
	}
	for i, p := range t.best.params {
		add("best/"+p.Name(), t.best.values[i])
	}
	if t.average != nil {
		for i, p := range t.average.at.params {
			add("average/"+p.Name(), t.average.at.values[i])
		}
	}
	var list []memory
	for _, m := range t.solver.Memory() {
		list = append(list, memory{m.Name, m.Step, len(m.Moments)})
		for i, d := range m.Moments {
			add(momentName(m.Name, i), d.Data().([]float32))
		}
	}
	at := t.at
	at.Frozen = t.model.Params.Frozen()
	for key, v := range map[string]any{ckptIdentity: t.identity(), ckptPosition: at, ckptMemory: list} {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
		f.Metadata[key] = string(b)
	}
	f.Metadata[ckptSum] = checksum(f)
	return f.Write(w)
}

func momentName(param string, i int) string { return fmt.Sprintf("moment%d/%s", i+1, param) }

// checksum is over the metadata, but for itself, and over the tensors.
func checksum(f *safetensors.File) string {
	h := sha256.New()
	field := func(b []byte) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	for _, key := range []string{ckptVersion, ckptIdentity, ckptPosition, ckptMemory} {
		field([]byte(f.Metadata[key]))
	}
	for _, t := range f.Tensors {
		field([]byte(t.Name))
		field(t.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// SaveCheckpoint writes a checkpoint to a file, whole or not at all.
func (t *Trainer) SaveCheckpoint(path string) error {
	if err := t.sound(); err != nil {
		return err // without "writing the file": it is not the file's fault
	}
	return atomicfile.Write(path, t.writeCheckpoint)
}

// LoadCheckpoint puts the trainer where the one was that wrote the checkpoint. The
// rest of the run, and the model that it ends with, is then the same, byte for byte,
// as if the first had gone on. Model, data, batch size, optimizer, schedule and seed
// must be those of the first; the number of epochs and of workers may differ. On an error the
// trainer is as before.
func (t *Trainer) LoadCheckpoint(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("checkpoint %w", err)
	}
	if err := t.readCheckpoint(content); err != nil {
		return fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return nil
}

func (t *Trainer) readCheckpoint(content []byte) error {
	f, err := safetensors.Parse(content)
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(f.Metadata[ckptVersion])
	switch {
	case err != nil:
		return fmt.Errorf("not a checkpoint of Inkstone: the metadata's %s is %q", ckptVersion, f.Metadata[ckptVersion])
	case version > checkpointVersion:
		return fmt.Errorf("the file has version %d, this program reads up to %d: update Inkstone", version, checkpointVersion)
	case f.Metadata[ckptSum] != checksum(f):
		return fmt.Errorf("damaged: the content does not have the checksum that was written with it")
	}
	var id identity
	var at position
	var list []memory
	for key, to := range map[string]any{ckptIdentity: &id, ckptPosition: &at, ckptMemory: &list} {
		d := json.NewDecoder(bytes.NewReader([]byte(f.Metadata[key])))
		d.DisallowUnknownFields()
		if err := d.Decode(to); err != nil {
			return fmt.Errorf("the metadata's %s is broken: %w", key, err)
		}
	}
	if err := t.identity().same(id); err != nil {
		return err
	}
	return t.restore(f, at, list)
}

// restore takes over what a checkpoint holds, after checking all of it.
func (t *Trainer) restore(f *safetensors.File, at position, list []memory) error {
	params := t.model.Params.All()
	read := func(name string, n int) ([]float32, error) {
		x := f.Get(name)
		if x == nil {
			return nil, fmt.Errorf("it lacks the tensor %q; has the network changed since?", name)
		}
		v, err := x.Float32s()
		if err == nil && len(v) != n {
			err = fmt.Errorf("tensor %q has %d values, want %d; has the network changed since?", name, len(v), n)
		}
		return v, err
	}
	current, best, mean := snapshot{params: params}, snapshot{params: params}, snapshot{params: params}
	averaged := t.average != nil && at.Steps > 0
	for _, p := range params {
		v, err := read("param/"+p.Name(), p.Len())
		if err != nil {
			return err
		}
		current.values = append(current.values, v)
		if len(at.History) > 0 {
			if v, err = read("best/"+p.Name(), p.Len()); err != nil {
				return err
			}
			best.values = append(best.values, v)
		}
		if averaged {
			if v, err = read("average/"+p.Name(), p.Len()); err != nil {
				return err
			}
			mean.values = append(mean.values, v)
		}
	}
	if at.Epoch < 1 || at.Step < 0 || at.Step > t.perEpoch || at.Best < 0 || at.Best >= max(1, len(at.History)) {
		return fmt.Errorf("its position is impossible: epoch %d, step %d of %d, best epoch %d of %d", at.Epoch, at.Step, t.perEpoch, at.Best+1, len(at.History))
	}
	note := ""
	switch {
	case at.Sums != "" && at.Sums != sumsTree:
		return fmt.Errorf("its sums of gradients are in an order that this program does not know, %q: update Inkstone", at.Sums)
	case at.Sums == "" && t.cfg.Accumulate > 2:
		note = fmt.Sprintf("the checkpoint is of an earlier version, which added gradients in another order: from here on the sums of %d gradients are new in their last bits", t.cfg.Accumulate)
	}
	at.Sums = t.at.Sums
	var mem []solver.Memory
	for _, m := range list {
		p := t.model.Params.Get(m.Name)
		if p == nil {
			return fmt.Errorf("the optimizer's memory is of a parameter %q, which the model lacks; has the network changed since?", m.Name)
		}
		sm := solver.Memory{Name: m.Name, Step: m.Step}
		for i := range m.Moments {
			v, err := read(momentName(m.Name, i), p.Len())
			if err != nil {
				return err
			}
			sm.Moments = append(sm.Moments, tensor.New(tensor.WithShape(p.Value().Shape()...), tensor.WithBacking(v)))
		}
		mem = append(mem, sm)
	}
	if _, err := t.model.Params.Match(at.Frozen...); err != nil {
		return fmt.Errorf("its frozen part: %w", err)
	}
	if err := t.solver.SetMemory(mem); err != nil {
		return err
	}
	if !slices.Equal(at.Frozen, t.model.Params.Frozen()) {
		t.stale = true
		if err := errors.Join(t.model.Params.Unfreeze("*"), t.model.Params.Freeze(at.Frozen...)); err != nil {
			return err
		}
	}
	current.restore()
	if averaged {
		t.average.at = mean
	}
	if t.best = (snapshot{}); len(at.History) > 0 {
		t.best = best
	}
	t.at, t.note = at, note
	return nil
}

// ResumeNote returns what the user should know about the checkpoint that was loaded last,
// "" for nothing: it is of an earlier version, and the run does not end with the bytes of
// that version.
func (t *Trainer) ResumeNote() string { return t.note }

// Position is the epoch under way, from 1, and the number of steps done in it.
func (t *Trainer) Position() (epoch, step int) { return t.at.Epoch, t.at.Step }
