package server

import (
	"bytes"
	"flag"
	"io"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inkstone/internal/peakmem"
	"inkstone/model"
)

var (
	load         = flag.Duration("load", 0, "how long each part of TestLoad sends requests; 0 skips it")
	loadRate     = flag.Int("load-rate", 300, "requests per second of the first part of TestLoad")
	loadRequests = flag.Int("load-requests", 100000, "requests of the part of TestLoad that looks at the memory")
	loadModel    = flag.String("load-model", "", "model file for TestLoad; by default cnn with random weights")
)

// client sends requests to a server over TCP.
type client struct {
	http http.Client
	url  string
}

func (c *client) post(t *testing.T, body []byte) {
	r, err := c.http.Post(c.url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("status %d, %v", r.StatusCode, err)
	}
}

// repeat sends a body from n goroutines until more returns false, and returns how often.
func (c *client) repeat(t *testing.T, n int, body []byte, more func(sent int64) bool) int64 {
	var sent atomic.Int64
	var senders sync.WaitGroup
	for range n {
		senders.Go(func() {
			for more(sent.Load()) && !t.Failed() {
				c.post(t, body)
				sent.Add(1)
			}
		})
	}
	senders.Wait()
	return sent.Load()
}

// TestLoad measures the server with a client in the same process.
func TestLoad(t *testing.T) {
	if *load == 0 {
		t.Skip("without -load")
	}
	m, err := model.New(model.Spec{Preset: "cnn", Seed: 1})
	if *loadModel != "" {
		m, err = model.Load(*loadModel)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := New([]*model.Model{m}, Options{Limits: DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	address, _ := listen(t, s)
	c := &client{http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, "http://" + address + predictPath}
	images, _ := samples(256)
	one, many := jsonOf(t, "pixels", images[0]), jsonOf(t, "images", images...)
	c.repeat(t, 4, one, func(sent int64) bool { return sent < 100 })
	t.Logf("%s, GOMAXPROCS %d", m.Preset, runtime.GOMAXPROCS(0))

	latencies := c.paced(t, one)
	slices.Sort(latencies)
	n := len(latencies)
	t.Logf("%d single requests at %d/s: median %v, p99 %v, longest %v", n, *loadRate, latencies[n/2], latencies[n*99/100], latencies[n-1])

	for _, part := range []struct {
		name    string
		clients int
		body    []byte
		images  int64
	}{{"single requests", 32, one, 1}, {"requests of 256 images", 2, many, 256}} {
		start := time.Now()
		sent := c.repeat(t, part.clients, part.body, func(int64) bool { return time.Since(start) < *load })
		t.Logf("%d clients with %s: %.0f images/s", part.clients, part.name, float64(sent*part.images)/time.Since(start).Seconds())
	}

	before := heap()
	c.repeat(t, 16, one, func(sent int64) bool { return sent < int64(*loadRequests) })
	after := heap()
	t.Logf("%d requests: heap of %d KiB before, %d KiB after; peak of the process %d MiB", *loadRequests, before>>10, after>>10, peakmem.Bytes()>>20)
	if after > before+4<<20 {
		t.Error("the requests leave memory behind")
	}
}

// paced sends requests at the rate, whether or not earlier ones are answered, and returns the
// times from each start to the answer. The start is when the timer fires: how late that is depends
// on the machine.
func (c *client) paced(t *testing.T, body []byte) []time.Duration {
	var mutex sync.Mutex
	var latencies []time.Duration
	var senders sync.WaitGroup
	interval := time.Second / time.Duration(*loadRate)
	start := time.Now()
	for i := range int(*load / interval) {
		time.Sleep(time.Until(start.Add(time.Duration(i) * interval)))
		begin := time.Now()
		senders.Go(func() {
			c.post(t, body)
			latency := time.Since(begin)
			mutex.Lock()
			defer mutex.Unlock()
			latencies = append(latencies, latency)
		})
	}
	senders.Wait()
	return latencies
}

// heap returns the bytes of live objects.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
