package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
)

func TestInspect(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := m.Save(filepath.Join(folder, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{folder, folder}, &out, &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "fits tiny: all 32 parameters"); n != 2 {
		t.Errorf("%d fits in\n%s", n, out.String())
	}
	for want, args := range map[string][]string{"no file is named": nil, "absent": {"absent"}} {
		if err := run(t.Context(), args, &out, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}
