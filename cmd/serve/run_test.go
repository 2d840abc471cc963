package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"inkstone/model"
)

// saved writes a network with random weights and returns its file.
func saved(t *testing.T, spec model.Spec) string {
	t.Helper()
	m, err := model.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// output is a buffer for two goroutines.
type output struct {
	mutex sync.Mutex
	bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.Buffer.Write(p)
}

func (o *output) text() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.String()
}

var address = regexp.MustCompile(`open +(\S+)`)

// start runs the command. It returns the address that it prints, what it prints to stderr, and
// a function that stops it.
func start(t *testing.T, args ...string) (link string, stderr *output, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	var stdout output
	stderr = &output{}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, args, &stdout, stderr) }()
	for {
		if m := address.FindStringSubmatch(stdout.text()); m != nil {
			return m[1], stderr, func() error { cancel(); return <-ended }
		}
		select {
		case err := <-ended:
			t.Fatalf("%v ended: %v", args, err)
		case <-time.After(time.Millisecond):
		}
	}
}

func get(t *testing.T, url, token string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

func TestServe(t *testing.T) {
	file := saved(t, model.Spec{Preset: "tiny", Seed: 1})
	link, stderr, stop := start(t, "-model", filepath.Dir(file), "-model", saved(t, model.Spec{Preset: "fast", Seed: 2}), "-http", "127.0.0.1:0")
	if strings.Contains(link, "#") || stderr.text() != "" {
		t.Errorf("address %s, warnings %q, want no token and none", link, stderr.text())
	}
	status, body := get(t, link+"v1/model", "")
	var about struct {
		Models []struct{ Name, Network string }
	}
	if err := json.Unmarshal(body, &about); err != nil || status != http.StatusOK || len(about.Models) != 2 || about.Models[1].Network != "fast" || about.Models[0].Name != filepath.Base(filepath.Dir(file)) {
		t.Errorf("status %d, %s, %v", status, body, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// An address that others can reach has a token and a warning.
func TestWideAddress(t *testing.T) {
	file := saved(t, model.Spec{Preset: "tiny", Seed: 1})
	for _, tc := range []struct {
		name, address, token string
		wide                 bool
	}{
		{"all addresses", ":0", "", true},
		{"all addresses, own token", "0.0.0.0:0", "a+token&with=16#characters", true},
		{"this computer, own token", "127.0.0.1:0", "0123456789abcdef", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := []string{"-model", file, "-http", tc.address}
			if tc.token != "" {
				path := filepath.Join(t.TempDir(), "token")
				if err := os.WriteFile(path, []byte(tc.token+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "-token-file", path)
			}
			link, stderr, stop := start(t, args...)
			defer stop()
			page, secret, _ := strings.Cut(link, "#token=")
			token, err := url.QueryUnescape(secret)
			if err != nil || len(token) < 16 || tc.token != "" && token != tc.token {
				t.Errorf("address %s, want the token %q", link, tc.token)
			}
			if status, _ := get(t, page+"v1/model", ""); status != http.StatusUnauthorized {
				t.Errorf("without token: status %d", status)
			}
			if status, _ := get(t, page+"v1/model", token); status != http.StatusOK {
				t.Errorf("with token: status %d", status)
			}
			for strings.Contains(stderr.text(), "warning") != tc.wide {
				time.Sleep(time.Millisecond) // it is written after the address
			}
		})
	}
}

func TestErrors(t *testing.T) {
	file := saved(t, model.Spec{Preset: "tiny", Seed: 1})
	short := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(short, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"empty model":       {[]string{"-model", ""}, "-model is empty"},
		"missing model":     {[]string{"-model", file + "x"}, file + "x"},
		"other size":        {[]string{"-model", saved(t, model.Spec{Preset: "tiny", Height: 20, Width: 20}), "-http", "127.0.0.1:0"}, "20x20"},
		"other classes":     {[]string{"-model", file, "-model", saved(t, model.Spec{Preset: "tiny", Classes: []string{"a", "b"}})}, "cannot be averaged"},
		"argument":          {[]string{"-model", file, "extra"}, "extra"},
		"bad address":       {[]string{"-model", file, "-http", "nonsense"}, "-http"},
		"short token":       {[]string{"-model", file, "-http", "127.0.0.1:0", "-token-file", short}, short},
		"no token file":     {[]string{"-model", file, "-http", "127.0.0.1:0", "-token-file", short + "x"}, "-token-file"},
		"negative workers":  {[]string{"-model", file, "-workers", "-1"}, "-1"},
		"no pixels":         {[]string{"-model", file, "-max-megapixels", "0"}, "-max-megapixels is 0"},
		"empty name":        {[]string{"-model", file, "-host", ""}, "-host"},
		"unknown flag":      {[]string{"-frob"}, "-frob"},
		"help is no error ": {[]string{"-help"}, flag.ErrHelp.Error()},
	} {
		err := run(t.Context(), tc.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}
