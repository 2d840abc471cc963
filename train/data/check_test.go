package data

import (
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	repeat := func(image []byte, n int) []byte { return slices.Repeat(image, n) }
	// A bright pixel with a dark border.
	good := []byte{0, 0, 0, 0, 255, 0, 0, 0, 0}
	good2 := []byte{0, 0, 0, 0, 128, 0, 0, 0, 0}
	inverted := []byte{255, 255, 255, 255, 0, 255, 255, 255, 255}
	inverted2 := []byte{255, 255, 255, 255, 9, 255, 255, 255, 255}

	tests := []struct {
		name   string
		pixels []byte
		labels []byte
		want   []string // a part of each warning
	}{
		{"good", slices.Concat(good, good2), []byte{0, 1}, nil},
		{"all the same", repeat(good, 2), []byte{0, 1}, []string{"all 2 images are the same"}},
		{"one blank", slices.Concat(good, make([]byte, 9), good2), []byte{0, 1, 0},
			[]string{"1 of 3 images have a single value, the first is image 1"}},
		{"inverted", slices.Concat(inverted, inverted2), []byte{0, 1}, []string{"2 of 2 images have a bright border"}},
		{"class absent", slices.Concat(good, good2), []byte{1, 1}, []string{"no images of class zero"}},
		{"unequal", slices.Concat(repeat(good, 11), good2), append(make([]byte, 11), 1),
			[]string{"class zero has 11 images, but class one has only 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := New("set", "", 3, 3, []string{"zero", "one"}, tt.pixels, tt.labels)
			if err != nil {
				t.Fatal(err)
			}
			got := s.Check()
			if len(got) != len(tt.want) {
				t.Fatalf("warnings %q, want %d", got, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("warning %q, want one with %q", got[i], want)
				}
			}
		})
	}

	empty, err := numbered(t, 3).Subset(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := empty.Check(); len(got) != 1 || !strings.Contains(got[0], "no images") {
		t.Errorf("warnings for an empty view: %q", got)
	}
}
