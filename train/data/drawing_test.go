package data

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"inkstone/internal/misuse"
)

// drawnSet returns a set with the images of numbered, and the number of calls that drew each.
func drawnSet(t *testing.T, n int) (*Set, []atomic.Int32) {
	t.Helper()
	like := numbered(t, n)
	calls := make([]atomic.Int32, n)
	s, err := NewDrawn("numbered", "a test", 2, 3, like.classes, like.labels, func(i int, pixels []byte) {
		calls[i].Add(1)
		copy(pixels, like.Pixels(i))
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, calls
}

// counts returns how often each image was drawn.
func counts(calls []atomic.Int32) []int {
	got := make([]int, len(calls))
	for i := range calls {
		got[i] = int(calls[i].Load())
	}
	return got
}

// Only the images that a view uses are drawn, and each of them once.
func TestNewDrawnDrawsWhatIsUsed(t *testing.T) {
	s, calls := drawnSet(t, 10)
	view, err := s.Select([]int{1}) // images 1, 4 and 7
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 10 || !slices.Equal(s.Counts(), []int{4, 3, 3}) || !slices.Equal(counts(calls), make([]int, 10)) {
		t.Errorf("%d images, %v of each class, drawn %v times; want 10, [4 3 3], and none drawn", s.Len(), s.Counts(), counts(calls))
	}
	if warnings := view.Check(); len(warnings) != 0 {
		t.Errorf("warnings %q", warnings)
	}
	if got := numbers(view); !slices.Equal(got, []int{1, 4, 7}) {
		t.Errorf("the view has the images %v, want 1, 4, 7", got)
	}
	if got := counts(calls); !slices.Equal(got, []int{0, 1, 0, 0, 1, 0, 0, 1, 0, 0}) {
		t.Errorf("the images were drawn %v times, want 1, 4 and 7 once", got)
	}
}

// A drawn set has the images of a set with the same pixels, from several goroutines too.
func TestNewDrawnIsTheSameSet(t *testing.T) {
	s, calls := drawnSet(t, 100)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range s.Len() {
				s.Pixels(i)
			}
		})
	}
	wg.Wait()
	want := numbered(t, 100)
	for i := range s.Len() {
		if !bytes.Equal(s.Pixels(i), want.Pixels(i)) || calls[i].Load() != 1 {
			t.Fatalf("image %d is %v, drawn %d times; want %v, once", i, s.Pixels(i), calls[i].Load(), want.Pixels(i))
		}
	}
	mean, std := s.MeanStd()
	if m, d := want.MeanStd(); mean != m || std != d {
		t.Errorf("mean %v, standard deviation %v; want %v, %v", mean, std, m, d)
	}
}

func TestNewDrawnRefuses(t *testing.T) {
	draw := func(int, []byte) {}
	create := func(height, width int, labels []byte, draw func(int, []byte)) func() error {
		return func() error {
			_, err := NewDrawn("d", "", height, width, []string{"a", "b"}, labels, draw)
			return err
		}
	}
	misuse.Check(t,
		misuse.Call{Name: "nil function", Call: create(1, 1, []byte{0}, nil), Want: "is nil"},
		misuse.Call{Name: "no images", Call: create(1, 1, nil, draw), Want: "no images"},
		misuse.Call{Name: "no height", Call: create(0, 1, []byte{0}, draw), Want: "0 x 1"},
		misuse.Call{Name: "huge images", Call: create(1<<40, 1<<40, []byte{0}, draw), Want: "bytes of pixels"},
		misuse.Call{Name: "label out of range", Call: create(1, 1, []byte{2}, draw), Want: "label 2"},
	)
}
