package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"gorgonia.org/tensor"

	"inkstone/graph"
	"inkstone/graph/solver"
	"inkstone/model/safetensors"
)

// checkpointVersion is the version of the format. A reader refuses newer ones. In version 1
// the patience of plateau, in the identity, was one less than the epochs that it waited.
const checkpointVersion = 2

// Keys of a checkpoint's metadata. The values of identity, position and memory are JSON.
const (
	ckptVersion  = "inkstone.checkpoint"
	ckptIdentity = "identity"
	ckptPosition = "position"
	ckptMemory   = "memory"
	ckptSum      = "sha256"
)

// memory is what the solver keeps for a parameter; the moments are tensors.
type memory struct {
	Name    string `json:"name"`
	Step    int    `json:"step"`
	Moments int    `json:"moments"` // how many
}

// encode returns the state as a safetensors file with a checksum.
func (s *state) encode() (*safetensors.File, error) {
	f := &safetensors.File{Metadata: map[string]string{ckptVersion: strconv.Itoa(checkpointVersion)}}
	add := func(name string, values []float32) {
		f.Tensors = append(f.Tensors, safetensors.Float32(name, []int{len(values)}, values))
	}
	for _, part := range s.snapshots(true) {
		for i, p := range part.params {
			add(part.prefix+p.Name(), part.values[i])
		}
	}
	var list []memory
	for _, m := range s.memory {
		list = append(list, memory{m.Name, m.Step, len(m.Moments)})
		for i, d := range m.Moments {
			add(momentName(m.Name, i), float32s(d))
		}
	}
	for key, v := range map[string]any{ckptIdentity: s.identity, ckptPosition: s.position, ckptMemory: list} {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		f.Metadata[key] = string(b)
	}
	f.Metadata[ckptSum] = checksum(f)
	return f, nil
}

// decodeMetadata checks the version and the checksum of a checkpoint. It returns a state with
// identity and position alone, and what decodeTensors is to read of the solver's memory.
func decodeMetadata(f *safetensors.File) (*state, []memory, error) {
	version, err := strconv.Atoi(f.Metadata[ckptVersion])
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("not a checkpoint of Inkstone: the metadata's %s is %q", ckptVersion, f.Metadata[ckptVersion])
	case version > checkpointVersion:
		return nil, nil, fmt.Errorf("the file has version %d, this program reads up to %d: update Inkstone", version, checkpointVersion)
	case f.Metadata[ckptSum] != checksum(f):
		return nil, nil, fmt.Errorf("%w: the content does not have the checksum that was written with it", ErrDamagedCheckpoint)
	}
	s := &state{}
	var list []memory
	for key, to := range map[string]any{ckptIdentity: &s.identity, ckptPosition: &s.position, ckptMemory: &list} {
		d := json.NewDecoder(bytes.NewReader([]byte(f.Metadata[key])))
		d.DisallowUnknownFields()
		if err := d.Decode(to); err != nil {
			return nil, nil, &kindError{ErrDamagedCheckpoint, fmt.Errorf("the metadata's %s is broken: %w", key, err)}
		}
	}
	if version < 2 {
		return s, list, s.identity.fromVersion1()
	}
	return s, list, nil
}

// decodeTensors fills the snapshots and the solver's memory of a state for a model with
// these parameters. averaged is whether the run keeps a moving average.
func (s *state) decodeTensors(f *safetensors.File, list []memory, ps *graph.Params, averaged bool) error {
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
	for _, part := range s.snapshots(averaged) {
		if !part.present {
			continue
		}
		part.params = ps.All()
		for _, p := range part.params {
			v, err := read(part.prefix+p.Name(), p.Len())
			if err != nil {
				return err
			}
			part.values = append(part.values, v)
		}
	}
	for _, m := range list {
		p := ps.Get(m.Name)
		if p == nil {
			return fmt.Errorf("the optimizer's memory is of a parameter %q, which the model lacks; has the network changed since?", m.Name)
		}
		of := solver.Memory{Name: m.Name, Step: m.Step}
		for i := range m.Moments {
			v, err := read(momentName(m.Name, i), p.Len())
			if err != nil {
				return err
			}
			of.Moments = append(of.Moments, tensor.New(tensor.WithShape(p.Value().Shape()...), tensor.WithBacking(v)))
		}
		s.memory = append(s.memory, of)
	}
	return nil
}

func momentName(param string, i int) string { return fmt.Sprintf("moment%d/%s", i+1, param) }

// checksum returns the SHA-256 of the metadata, except itself, and of the tensors.
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
