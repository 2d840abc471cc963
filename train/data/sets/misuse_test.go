package sets

import (
	"context"
	"testing"

	"inkstone/internal/misuse"
	"inkstone/train/data"
)

// noContext is what a caller passes by mistake.
var noContext context.Context

func TestNilArguments(t *testing.T) {
	misuse.Check(t, misuse.Call{Name: "Load", Call: func() error {
		_, err := Load(noContext, data.DefaultSelection(), 1, Options{})
		return err
	}, Want: "context is nil"})
}
