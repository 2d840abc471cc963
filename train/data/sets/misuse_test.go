package sets

import (
	"testing"

	"inkstone/internal/misuse"
	"inkstone/train/data"
)

func TestNilArguments(t *testing.T) {
	misuse.Check(t, misuse.Call{Name: "Load", Call: func() error {
		_, err := Load(nil, data.DefaultSelection(), 1, Options{})
		return err
	}, Want: "context is nil"})
}
