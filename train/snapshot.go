package train

import "inkstone/graph"

// snapshot is a copy of a model's parameters. The zero snapshot is empty.
type snapshot struct {
	params []*graph.Param
	values [][]float32 // by parameter
}

// sharedSnapshot returns a snapshot that shares memory with the parameters.
func sharedSnapshot(ps *graph.Params) snapshot {
	s := snapshot{params: ps.All()}
	for _, p := range s.params {
		s.values = append(s.values, float32s(p.Value()))
	}
	return s
}

// take copies the parameters.
func (s *snapshot) take(ps *graph.Params) {
	if s.params == nil {
		s.params = ps.All()
		s.values = make([][]float32, len(s.params))
	}
	for i, p := range s.params {
		s.values[i] = append(s.values[i][:0], float32s(p.Value())...)
	}
}

// copy copies another snapshot.
func (s *snapshot) copy(other *snapshot) {
	if s.params == nil {
		s.params = other.params
		s.values = make([][]float32, len(s.params))
	}
	for i, v := range other.values {
		s.values[i] = append(s.values[i][:0], v...)
	}
}

// restore sets the parameters to the copy, if there is one.
func (s *snapshot) restore() {
	for i, p := range s.params {
		copy(float32s(p.Value()), s.values[i])
	}
}
