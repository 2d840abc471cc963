package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// listen serves on a free port. stop ends the server and returns the error of Serve.
func listen(t testing.TB, s *Server) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() { stop() })
	return l.Addr().String(), stop
}

// send writes a part of a request and returns the connection.
func send(t *testing.T, address, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// A client that sends slowly is disconnected and does not keep others waiting.
func TestSlowClients(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Time = 200 * time.Millisecond })
	address, _ := listen(t, s)
	for name, text := range map[string]string{
		"nothing":           "",
		"half of a header":  "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-",
		"half of a body":    "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
		"part of the chunk": "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n\x89PNG",
	} {
		t.Run(name, func(t *testing.T) {
			c := send(t, address, text)
			c.SetReadDeadline(time.Now().Add(20 * time.Second))
			answer, err := io.ReadAll(c) // returns when the server closes the connection
			if err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the connection is still open: %v", err)
			}
			if strings.Contains(name, "body") && !strings.Contains(string(answer), "408") {
				t.Errorf("answer %q, want status 408", answer)
			}
			if r, err := http.Get("http://" + address + "/healthz"); err != nil || r.StatusCode != http.StatusOK {
				t.Errorf("others: %v, %v", r, err)
			}
		})
	}
}

// A server that stops finishes the requests that it has and accepts no more.
func TestGracefulStop(t *testing.T) {
	s := newServer(t, nil)
	address, stop := listen(t, s)
	images, labels := samples(1)
	body := jsonOf(t, "pixels", images[0])
	c := send(t, address, fmt.Sprintf("POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:100]))
	for len(s.requests) == 0 { // until the request has begun
		time.Sleep(time.Millisecond)
	}
	ended := make(chan error)
	go func() { ended <- stop() }()
	for !s.stopping.Load() {
		time.Sleep(time.Millisecond)
	}
	if _, err := c.Write(body[100:]); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK || !strings.Contains(string(text), fmt.Sprintf(`"label":%q`, labels[0])) {
		t.Errorf("status %d, %s, %v, want the label %s", r.StatusCode, text, err, labels[0])
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("the server accepts connections after it has stopped")
	}
}

// A request that does not end is cut off after the grace period.
func TestStopWithoutEnd(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Grace = 50 * time.Millisecond })
	address, stop := listen(t, s)
	send(t, address, "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
	for len(s.requests) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := stop(); err == nil {
		t.Error("no error")
	}
}
