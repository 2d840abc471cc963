package view

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"inkstone/cmd/serve/engine"
	"inkstone/train/runfolder"
)

// The page shows a run as soon as its folder exists, starts none, and ends with the command.
func TestStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine")
	var out, errors bytes.Buffer
	stop, err := Start(t.Context(), "127.0.0.1:0", path, &out, &errors)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(out.String())
	if address == "" || !strings.Contains(out.String(), "#train") || errors.Len() > 0 {
		t.Fatalf("the output is %q, %q", &out, &errors)
	}
	list := func() (runs []engine.Run) {
		t.Helper()
		r, err := http.Get(address + "v1/runs")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &runs) != nil {
			t.Fatalf("%s, %v", body, err)
		}
		return runs
	}
	if runs := list(); len(runs) != 0 {
		t.Errorf("before there is a run, the list is %+v", runs)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, runfolder.ConfigFile), []byte("model = 'tiny'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if runs := list(); len(runs) != 1 || runs[0].Name != "mine" {
		t.Errorf("the list is %+v", runs)
	}
	r, err := http.Post(address+"v1/train-start", "application/json", strings.NewReader(`{"network":"fast","dataset":"builtin"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("starting another run has the status %d", r.StatusCode)
	}
	r, err = http.Get(address + "v1/train-choices")
	if err != nil {
		t.Fatal(err)
	}
	choices, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil || !bytes.Contains(choices, []byte(`"datasets":[]`)) {
		t.Errorf("the choices are %.200s, %v, want no data sets", choices, err)
	}
	stop()
	if _, err := http.Get(address); err == nil {
		t.Error("the page is still there")
	}
}

func TestAddressInUse(t *testing.T) {
	if _, err := Start(t.Context(), "127.0.0.1:99999", "runs", io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "-http") {
		t.Errorf("error is %v", err)
	}
}
