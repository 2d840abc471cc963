package mnist

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tiny returns a data set of six training and four test images of 3 x 3 pixels, and its
// packed files by name.
func tiny(t *testing.T) (dataset, map[string][]byte) {
	t.Helper()
	d := dataset{
		name: "tiny", title: "a set for tests", classes: decimal[:3],
		train:   split{6, file{name: "train-images-idx3-ubyte"}, file{name: "train-labels-idx1-ubyte"}},
		test:    split{4, file{name: "t10k-images-idx3-ubyte"}, file{name: "t10k-labels-idx1-ubyte"}},
		folders: []string{"tiny", "Tiny/raw"},
	}
	files := make(map[string][]byte)
	add := func(f *file, data []byte, dims ...int) {
		plain := encode(t, data, dims...)
		sum := sha256.Sum256(plain)
		f.content = hex.EncodeToString(sum[:])
		files[f.name+".gz"] = pack(t, plain)
	}
	images := make([]byte, 6*9)
	for i := range images {
		images[i] = byte(i)
	}
	add(&d.train.images, images, 6, 3, 3)
	add(&d.train.labels, []byte{0, 1, 2, 0, 1, 2}, 6)
	add(&d.test.images, images[9:45], 4, 3, 3)
	add(&d.test.labels, []byte{2, 1, 0, 2}, 4)
	return d, files
}

// patient returns options with an empty cache and short waiting times.
func patient(t *testing.T) Options {
	t.Helper()
	t.Setenv(Env, "")
	return Options{
		Cache: t.TempDir(), Logf: t.Logf,
		reachWithin: 2 * time.Second, stallAfter: 100 * time.Millisecond, retryAfter: time.Millisecond,
	}.withDefaults()
}

// mirror is an HTTP server that records its requests.
type mirror struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // file and range
}

// serve starts a mirror. It answers every HEAD request; the handler answers the GET requests.
func serve(t *testing.T, handler http.HandlerFunc) *mirror {
	t.Helper()
	m := &mirror{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			return
		}
		m.mu.Lock()
		m.requests = append(m.requests, strings.TrimSpace(strings.TrimPrefix(r.URL.Path, "/")+" "+r.Header.Get("Range")))
		m.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(m.Close)
	return m
}

// asked returns the GET requests so far.
func (m *mirror) asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.requests...)
}

// base returns the URL of the mirror in the form of the catalog.
func (m *mirror) base() string { return m.URL + "/" }

// serveFiles returns a handler that serves files and ranges of them.
func serveFiles(files map[string][]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// write writes files to a folder.
func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// parts returns the partial files in a cache folder.
func parts(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.part"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
