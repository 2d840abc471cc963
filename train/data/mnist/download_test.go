package mnist

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inkstone/internal/filelock"
)

const trainImages = "train-images-idx3-ubyte.gz"

func TestDownload(t *testing.T) {
	d, files := tiny(t)
	m := serve(t, serveFiles(files))
	d.mirrors = []string{m.base()}
	opts := patient(t)
	var last, size int64
	opts.Progress = func(done, total int64, file string) {
		if file == trainImages {
			last, size = done, total
		}
	}
	train, test, err := d.load(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 6 || test.Len() != 4 || train.Name() != "tiny" || train.Pixels(1)[0] != 9 || test.Label(0) != 2 {
		t.Errorf("got %v and %v", train, test)
	}
	if want := int64(len(files[trainImages])); last != want || size != want {
		t.Errorf("progress ended with %d of %d bytes, want %d", last, size, want)
	}
	if got := m.asked(); len(got) != 4 {
		t.Errorf("requests %q, want one for each file", got)
	}
	if left := parts(t, filepath.Join(opts.Cache, "tiny")); len(left) > 0 {
		t.Errorf("the cache has the partial files %q, want none", left)
	}

	// The second time it reads the cache.
	opts.Offline = true
	if _, _, err := d.load(context.Background(), opts); err != nil {
		t.Errorf("from the cache: %v", err)
	}
}

// Downloads into one cache at the same time all succeed, and each file is downloaded once.
func TestDownloadsTogether(t *testing.T) {
	d, files := tiny(t)
	m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		serveFiles(files)(w, r)
	})
	d.mirrors = []string{m.base()}
	opts := patient(t)
	results := make(chan error)
	for range 8 {
		go func() {
			train, _, err := d.load(context.Background(), opts)
			if err == nil && train.Len() != 6 {
				err = errors.New("not the whole set")
			}
			results <- err
		}()
	}
	for range 8 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if got := m.asked(); len(got) != 4 {
		t.Errorf("requests %q, want one for each file", got)
	}
}

// A download that waits for another one ends with its context.
func TestDownloadWaitIsCanceled(t *testing.T) {
	d, files := tiny(t)
	d.mirrors = []string{serve(t, serveFiles(files)).base()}
	opts := patient(t)
	dir := filepath.Join(opts.Cache, "tiny")
	write(t, dir, nil)
	lock, err := filelock.Try(filepath.Join(dir, lockFile))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	waits := false
	opts.Logf = func(format string, args ...any) {
		waits = waits || strings.HasPrefix(format, "waiting for another process")
		cancel()
	}
	if _, _, err := d.load(ctx, opts); !errors.Is(err, context.Canceled) || !waits {
		t.Errorf("error %v, that it said that it waits is %v", err, waits)
	}
}

func TestDownloadRepairsCache(t *testing.T) {
	d, files := tiny(t)
	m := serve(t, serveFiles(files))
	d.mirrors = []string{m.base()}
	opts := patient(t)
	dir := filepath.Join(opts.Cache, "tiny")
	write(t, dir, files)
	write(t, dir, map[string][]byte{trainImages: files[trainImages][:30]})
	if _, _, err := d.load(context.Background(), opts); err != nil {
		t.Fatal(err)
	}
	if got := m.asked(); !slices.Equal(got, []string{trainImages}) {
		t.Errorf("requests %q, want only the damaged file", got)
	}
}

// TestDownloadCutOff breaks the first connection in the middle of a file. A second request
// must ask for the missing range.
func TestDownloadCutOff(t *testing.T) {
	d, files := tiny(t)
	half := len(files[trainImages]) / 2
	broken := false
	m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if content := files[trainImages]; !broken && r.URL.Path == "/"+trainImages {
			broken = true
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			w.Write(content[:half])
			return
		}
		serveFiles(files)(w, r)
	})
	d.mirrors = []string{m.base()}
	if _, _, err := d.load(context.Background(), patient(t)); err != nil {
		t.Fatal(err)
	}
	want := []string{trainImages, trainImages + " bytes=" + strconv.Itoa(half) + "-"}
	if got := m.asked()[:2]; !slices.Equal(got, want) {
		t.Errorf("requests %q, want %q", got, want)
	}
}

// TestDownloadResumes starts with a partial file of an earlier run.
func TestDownloadResumes(t *testing.T) {
	tests := []struct {
		name    string
		part    func(whole []byte) []byte
		handler func(files map[string][]byte) http.HandlerFunc
		want    []string
	}{
		{"where it stopped", func(whole []byte) []byte { return whole[:40] }, serveFiles,
			[]string{trainImages + " bytes=40-"}},
		{"of something else", func([]byte) []byte { return make([]byte, 40) }, serveFiles,
			[]string{trainImages + " bytes=40-", trainImages}},
		{"longer than the file", func(whole []byte) []byte { return append(slices.Clone(whole), "more"...) }, serveFiles,
			[]string{trainImages + " bytes=LONGER-", trainImages}},
		{"from a mirror without ranges", func(whole []byte) []byte { return whole[:40] },
			func(files map[string][]byte) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					w.Write(files[strings.TrimPrefix(r.URL.Path, "/")])
				}
			},
			[]string{trainImages + " bytes=40-"}},
		{"from a mirror that sends another range", func(whole []byte) []byte { return whole[:40] },
			func(files map[string][]byte) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Range") != "" {
						r.Header.Set("Range", "bytes=10-")
					}
					serveFiles(files)(w, r)
				}
			},
			[]string{trainImages + " bytes=40-", trainImages}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, files := tiny(t)
			m := serve(t, tt.handler(files))
			d.mirrors = []string{m.base()}
			opts := patient(t)
			part := tt.part(files[trainImages])
			write(t, filepath.Join(opts.Cache, "tiny"), map[string][]byte{trainImages + ".part": part})
			if _, _, err := d.load(context.Background(), opts); err != nil {
				t.Fatal(err)
			}
			got := m.asked()
			got = got[:len(got)-3] // without the other three files
			for i, want := range tt.want {
				tt.want[i] = strings.Replace(want, "LONGER", strconv.Itoa(len(part)), 1)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("requests %q, want %q", got, tt.want)
			}
		})
	}
}

// TestDownloadNextMirror puts a bad mirror before a good one.
func TestDownloadNextMirror(t *testing.T) {
	d, files := tiny(t)
	other := pack(t, encode(t, make([]byte, 54), 6, 3, 3))
	tests := []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"wrong checksum", func(w http.ResponseWriter, r *http.Request) { w.Write(other) }},
		{"not found", http.NotFound},
		{"a web page", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>Log in first</html>") }},
		{"stalls", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write(files[trainImages][:20])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
		{"always busy", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }},
		{"too large by its header", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Length", "1000000000") }},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			block := make([]byte, 1<<16)
			for {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}},
		{"always cut off", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad, good := serve(t, tt.handler), serve(t, serveFiles(files))
			d.mirrors = []string{bad.base(), good.base()}
			opts := patient(t)
			if _, _, err := d.load(context.Background(), opts); err != nil {
				t.Fatal(err)
			}
			if len(bad.asked()) == 0 || len(good.asked()) < 4 {
				t.Errorf("requests %q to the bad mirror and %q to the good one, want some and at least 4", bad.asked(), good.asked())
			}
		})
	}
}

// A busy mirror gets another request.
func TestDownloadBusy(t *testing.T) {
	d, files := tiny(t)
	for _, status := range []int{http.StatusTooManyRequests, http.StatusBadGateway} {
		served, asked := serveFiles(files), map[string]int{}
		m := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if asked[r.URL.Path]++; r.Method == http.MethodGet && asked[r.URL.Path] < 3 {
				w.WriteHeader(status)
				return
			}
			served(w, r)
		})
		d.mirrors = []string{m.base()}
		if _, _, err := d.load(context.Background(), patient(t)); err != nil {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

// Data that trickle do not stall, but they take too long.
func TestDownloadTrickles(t *testing.T) {
	d, files := tiny(t)
	m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(files[trainImages])))
		for _, b := range files[trainImages] {
			if _, err := w.Write([]byte{b}); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	d.mirrors = []string{m.base()}
	opts := patient(t)
	opts.fileWithin = 200 * time.Millisecond
	if _, _, err := d.load(context.Background(), opts); err == nil || !strings.Contains(err.Error(), "it took longer than 200ms") {
		t.Errorf("error %v", err)
	}
}

func TestDownloadFails(t *testing.T) {
	d, files := tiny(t)
	bad := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(pack(t, encode(t, make([]byte, 54), 6, 3, 3)))
	})
	gone := serve(t, http.NotFound)
	d.mirrors = []string{bad.base(), gone.base()}
	opts := patient(t)
	opts.Name = "" // with a network the built-in digits must not replace MNIST
	_, _, err := d.load(context.Background(), opts)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{trainImages, bad.base(), "want " + d.train.images.content, gone.base(), "404"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error of more than one line: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(opts.Cache, "tiny"))
	if err != nil || len(left) != 1 || left[0].Name() != lockFile {
		t.Errorf("the cache has the files %v, want none but the lock (error %v)", left, err)
	}

	// The checksum of the packed file counts if that of the content is not known.
	d.train.images.content, d.train.images.packed = "", strings.Repeat("0", 64)
	d.mirrors = []string{serve(t, serveFiles(files)).base()}
	if _, _, err := d.load(context.Background(), opts); err == nil || !strings.Contains(err.Error(), "want 0000") {
		t.Errorf("wrong packed checksum: error %v", err)
	}
}

func TestDownloadCanceled(t *testing.T) {
	d, files := tiny(t)
	ctx, cancel := context.WithCancel(context.Background())
	m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(files[trainImages])))
		w.Write(files[trainImages][:40])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	d.mirrors = []string{m.base(), m.base()}
	opts := patient(t)
	opts.Progress = func(done, total int64, file string) {
		if done == 40 {
			cancel()
		}
	}
	opts.stallAfter = time.Minute
	_, _, err := d.load(ctx, opts)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if got := m.asked(); len(got) != 1 {
		t.Errorf("requests %q after the cancellation, want one", got)
	}
	if left := parts(t, filepath.Join(opts.Cache, "tiny")); len(left) != 1 {
		t.Errorf("the cache has the partial files %q, want one", left)
	}
}

// TestUnreachable checks that mirrors are asked at the same time, so that their timeouts do
// not add up.
func TestUnreachable(t *testing.T) {
	d, _ := tiny(t)
	d.mirrors = []string{"http://one.invalid/", "http://two.invalid/", "http://three.invalid/"}
	opts := patient(t)
	opts.Name = "tiny"
	var dialed atomic.Int32
	together := make(chan struct{}) // closed when all mirrors are asked
	for _, tt := range []struct {
		name        string
		reachWithin time.Duration
		dial        func(ctx context.Context, network, addr string) (net.Conn, error)
	}{
		{"silent", 100 * time.Millisecond, func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
		{"refused", time.Minute, func(ctx context.Context, _, _ string) (net.Conn, error) {
			if int(dialed.Add(1)) == len(d.mirrors) {
				close(together)
			}
			select {
			case <-together:
				return nil, errors.New("connection refused")
			case <-ctx.Done():
				t.Error("the mirrors are asked one after another, want at the same time")
				return nil, ctx.Err()
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opts.reachWithin = tt.reachWithin
			opts.Client = &http.Client{Transport: &http.Transport{DialContext: tt.dial}}
			_, _, err := d.load(context.Background(), opts)
			if !errors.Is(err, ErrUnreachable) {
				t.Errorf("error %v, want %v", err, ErrUnreachable)
			}
			if _, err := os.Stat(filepath.Join(opts.Cache, "tiny")); err == nil {
				t.Error("there is a cache folder, want none")
			}
		})
	}
	if reachWithin >= 5*time.Second {
		t.Errorf("it takes %v to notice that there is no network, want less than 5 s", reachWithin)
	}
}

// TestMirrorOrder checks that a preferred mirror that does not answer delays the download by
// about preferFor only.
func TestMirrorOrder(t *testing.T) {
	d, files := tiny(t)
	dead := serve(t, http.NotFound)
	dead.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	good := serve(t, serveFiles(files))
	d.mirrors = []string{dead.base(), good.base()}
	opts := patient(t)
	opts.reachWithin, opts.stallAfter = time.Minute, time.Minute
	start := time.Now()
	if _, _, err := d.load(context.Background(), opts); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 10*preferFor {
		t.Errorf("it took %v, want at most %v", took, 10*preferFor)
	}
}

func TestCacheNotWritable(t *testing.T) {
	d, files := tiny(t)
	d.mirrors = []string{serve(t, serveFiles(files)).base()}
	opts := patient(t)
	blocked := filepath.Join(opts.Cache, "a file")
	write(t, opts.Cache, map[string][]byte{"a file": nil})
	opts.Cache = blocked
	if _, _, err := d.load(context.Background(), opts); err == nil || !strings.Contains(err.Error(), blocked) {
		t.Errorf("error %v, want one that names %s", err, blocked)
	}
}
