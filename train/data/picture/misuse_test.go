package picture

import (
	"testing"

	"inkstone/internal/misuse"
)

func TestNilArguments(t *testing.T) {
	misuse.Check(t,
		misuse.Call{Name: "FromImage", Call: func() error { _, err := FromImage(nil); return err }, Want: "no pixels"},
		misuse.Call{Name: "Find", Call: func() error { _, err := Find(nil); return err }, Want: "no pixels"},
		misuse.Call{Name: "Read", Call: func() error { _, err := Read(t.Context(), "", MaxPixels); return err }, Want: "no such file"},
		misuse.Call{Name: "ReadFolder", Call: func() error { _, err := ReadFolder(t.Context(), "", FolderOptions{}); return err }, Want: "folder of pictures"},
	)
}
