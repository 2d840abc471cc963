package mnist

import (
	"context"
	"io"
	"testing"

	"inkstone/internal/misuse"
)

// noContext is what a caller passes by mistake.
var noContext context.Context

func TestNilArguments(t *testing.T) {
	misuse.Check(t,
		misuse.Call{Name: "Load", Call: func() error { _, _, err := Load(noContext, Options{}); return err }, Want: "context is nil"},
		misuse.Call{Name: "Decode", Call: func() error { _, err := Decode(nil); return err }, Want: "reader"},
		misuse.Call{Name: "Encode without writer", Call: func() error { return Encode(nil, &Array{}) }, Want: "writer"},
		misuse.Call{Name: "Encode without array", Call: func() error { return Encode(io.Discard, nil) }, Want: "array"},
		misuse.Call{Name: "Encode without values", Call: func() error { return Encode(io.Discard, &Array{Dims: []int{2}}) }, Want: "0 bytes"},
	)
}
