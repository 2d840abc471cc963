package modelfile

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
)

func TestOpen(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "fast"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := m.Save(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, preset, message string }{
		{"", "tiny", "no -model is given, so the built-in one is used: tiny: 28x28x1"},
		{dir, "fast", ""},
		{filepath.Join(dir, "model.safetensors"), "fast", ""},
	} {
		var stderr bytes.Buffer
		m, err := Open(tc.name, &stderr)
		if err != nil || m.Preset != tc.preset || !strings.HasPrefix(stderr.String(), tc.message) || tc.message == "" && stderr.Len() > 0 {
			t.Errorf("%q: %v, %v, wrote %q", tc.name, m, err, stderr.String())
		}
	}
	if _, err := Open(filepath.Join(dir, "absent"), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("error %v", err)
	}
}
