//go:build unix

package picture

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNamedPipe does not wait for a writer.
func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.png")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := Read(t.Context(), path, MaxPixels); err == nil || !strings.Contains(err.Error(), "is a named pipe") {
		t.Errorf("error %v", err)
	}
}
