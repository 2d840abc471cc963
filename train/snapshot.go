package train

import "inkstone/graph"

// snapshot is a copy of a model's parameters.
type snapshot struct {
	params []*graph.Param
	values [][]float32
}

// take copies the parameters, over the copy that there was.
func (s *snapshot) take(ps *graph.Params) {
	if s.params == nil {
		s.params = ps.All()
		s.values = make([][]float32, len(s.params))
	}
	for i, p := range s.params {
		s.values[i] = append(s.values[i][:0], p.Value().Data().([]float32)...)
	}
}

// copy makes s what other is, over the copy that there was.
func (s *snapshot) copy(other *snapshot) {
	if s.params == nil {
		s.params = other.params
		s.values = make([][]float32, len(s.params))
	}
	for i, v := range other.values {
		s.values[i] = append(s.values[i][:0], v...)
	}
}

// restore writes the copy back, if there is one.
func (s *snapshot) restore() {
	for i, p := range s.params {
		copy(p.Value().Data().([]float32), s.values[i])
	}
}
