package data

import (
	"bytes"
	"fmt"
	"strings"
)

// imbalance is the largest ratio between the largest and the smallest class for which Check
// does not warn.
const imbalance = 10

// Check returns a warning for each property of the set that makes training useless or its
// results misleading: no images, identical images, images of a single value, inverted images
// (dark ink on a bright background), classes without images, and a class with more than ten
// times the images of another. It reads every pixel.
func (s *Set) Check() []string {
	if s.err != nil {
		return []string{s.err.Error()}
	}
	if s.Len() == 0 {
		return []string{fmt.Sprintf("%s: no images", s.name)}
	}
	var warnings []string
	warn := func(format string, args ...any) {
		warnings = append(warnings, s.name+": "+fmt.Sprintf(format, args...))
	}

	s.drawAll()
	first := s.Pixels(0)
	same, constant, firstConstant := true, 0, 0
	for i := range s.Len() {
		pixels := s.Pixels(i)
		same = same && bytes.Equal(pixels, first)
		if isConstant(pixels) {
			if constant == 0 {
				firstConstant = i
			}
			constant++
		}
	}
	if same && s.Len() > 1 {
		warn("all %d images are the same", s.Len())
	}
	if constant > 0 && s.height*s.width > 1 {
		warn("%d of %d images have a single value, the first is image %d", constant, s.Len(), firstConstant)
	}
	if inverted := s.brightBorders(); inverted*2 > s.Len() {
		warn("%d of %d images have a bright border, want bright ink on a dark background", inverted, s.Len())
	}

	counts := s.Counts()
	var absent []string
	smallest, largest := -1, 0
	for class, count := range counts {
		if count == 0 {
			absent = append(absent, s.classes[class])
			continue
		}
		if smallest < 0 || count < counts[smallest] {
			smallest = class
		}
		if count > counts[largest] {
			largest = class
		}
	}
	if len(absent) > 0 {
		warn("no images of class %s", strings.Join(absent, ", "))
	}
	if counts[largest] > imbalance*counts[smallest] {
		warn("class %s has %d images, but class %s has only %d",
			s.classes[largest], counts[largest], s.classes[smallest], counts[smallest])
	}
	return warnings
}

// isConstant reports whether all pixels have the same value.
func isConstant(pixels []byte) bool {
	return bytes.Count(pixels, pixels[:1]) == len(pixels)
}

// brightBorders returns the number of images whose border pixels have a mean above 127.
func (s *Set) brightBorders() int {
	bright := 0
	for i := range s.Len() {
		pixels := s.Pixels(i)
		sum, n := 0, 0
		for y := range s.height {
			step := max(1, s.width-1)
			if y == 0 || y == s.height-1 {
				step = 1
			}
			for x := 0; x < s.width; x += step {
				sum += int(pixels[y*s.width+x])
				n++
			}
		}
		if sum > n*127 {
			bright++
		}
	}
	return bright
}
