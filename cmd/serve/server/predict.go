package server

import (
	"context"
	"net/http"

	"inkstone/cmd/internal/reading"
)

// answer is what the model reads in a picture.
type answer struct {
	Label         string      `json:"label"`                   // of several characters: one after the other
	Probabilities []float64   `json:"probabilities,omitempty"` // in the order of the classes; absent for several characters
	Doubtful      bool        `json:"doubtful"`
	Doubts        []string    `json:"doubts"` // why the label may be wrong
	Characters    []character `json:"characters"`
}

// character is one of the characters of a picture.
type character struct {
	Label         string    `json:"label"`
	Probabilities []float64 `json:"probabilities"`
	Pixels        []int     `json:"pixels,omitempty"` // the 784 values that the network saw, by rows, if they were asked for
}

// predict answers POST /v1/predict.
func (s *Server) predict(w http.ResponseWriter, r *http.Request) {
	if !s.requests.try() {
		writeProblem(w, problemf(http.StatusServiceUnavailable, "busy", "the server answers %d requests already", cap(s.requests)))
		return
	}
	defer s.requests.release()
	ctx, cancel := context.WithTimeout(r.Context(), s.options.Limits.Time)
	defer cancel()
	in, err := s.readInput(w, r.WithContext(ctx))
	if err != nil {
		writeProblem(w, problemOf(err))
		return
	}
	probabilities, err := s.batcher.Probabilities(ctx, in.images)
	if err != nil {
		writeProblem(w, problemOf(err))
		return
	}
	show := r.URL.Query().Get("pixels") == "1"
	if !in.list {
		writeJSON(w, http.StatusOK, s.answer(in.images, probabilities, in.doubts, show))
		return
	}
	answers := make([]*answer, len(in.images))
	for i := range answers {
		answers[i] = s.answer(in.images[i:i+1], probabilities[i:i+1], nil, show)
	}
	writeJSON(w, http.StatusOK, map[string]any{"predictions": answers})
}

// answer returns the answer for the characters of a picture, with their pixels if show is true.
func (s *Server) answer(images [][]byte, probabilities [][]float64, doubts []string, show bool) *answer {
	read := reading.New(s.classes, probabilities, doubts)
	a := &answer{Label: read.Label, Doubtful: len(read.Doubts) > 0, Doubts: append([]string{}, read.Doubts...)}
	for i, c := range read.Characters {
		seen := character{Label: c.Label, Probabilities: c.Probabilities}
		if show {
			for _, v := range images[i] {
				seen.Pixels = append(seen.Pixels, int(v))
			}
		}
		a.Characters = append(a.Characters, seen)
	}
	if len(a.Characters) == 1 {
		a.Probabilities = a.Characters[0].Probabilities
	}
	return a
}
