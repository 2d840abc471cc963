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

// restore writes the copy back, if there is one.
func (s *snapshot) restore() {
	for i, p := range s.params {
		copy(p.Value().Data().([]float32), s.values[i])
	}
}
