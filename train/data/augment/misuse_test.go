package augment

import (
	"testing"

	"inkstone/internal/misuse"
)

func TestNilArguments(t *testing.T) {
	a, err := New(Options{Shift: 1}, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	misuse.Check(t,
		misuse.Call{Name: "Apply without destination", Call: func() error { return a.Apply(nil, make([]byte, 4), 1) }, Want: "destination of 0"},
		misuse.Call{Name: "Apply without source", Call: func() error { return a.Apply(make([]byte, 4), nil, 1) }, Want: "source of 0"},
		misuse.Call{Name: "New", Call: func() error { _, err := New(Options{}, 0, 0); return err }, Want: "0x0"},
	)
}
