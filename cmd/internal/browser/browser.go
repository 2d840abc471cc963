// Package browser drives a headless Chromium in tests, through the pipes of its debugging
// protocol (https://chromedevtools.github.io/devtools-protocol/).
package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// patience is the time that a test waits for the browser.
const patience = 60 * time.Second

// names are the programs that may be a Chromium.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// Browser is a running Chromium.
type Browser struct {
	process *exec.Cmd
	toward  io.WriteCloser

	mutex   sync.Mutex
	lastID  int
	waiting map[int]chan message
	pages   map[string]*Page // by the session
	ended   error            // why there are no more messages
}

// message is a request, its response, or an event.
type message struct {
	ID        int             `json:"id,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Start starts a Chromium, which ends with the test. It skips the test without -browser, and if there
// is no Chromium.
func Start(t testing.TB) *Browser {
	t.Helper()
	if !*inBrowser {
		t.Skip("-browser is not given")
	}
	program := ""
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skipf("there is no Chromium: none of %q is a program of this computer", names)
	}
	fromTest, toward, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	back, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{
		process: exec.Command(program, "--headless", "--no-sandbox", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(),
			"--no-first-run", "--disable-gpu", "--disable-gpu-watchdog", "--disable-accelerated-2d-canvas", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "about:blank"),
		toward: toward, waiting: map[int]chan message{}, pages: map[string]*Page{},
	}
	b.process.ExtraFiles = []*os.File{fromTest, fromBrowser} // the descriptors 3 and 4
	if err := b.process.Start(); err != nil {
		t.Fatal(err)
	}
	fromTest.Close()
	fromBrowser.Close()
	go b.receive(back)
	t.Cleanup(b.stop)
	return b
}

// receive passes messages on to those who wait for them, until the browser ends.
func (b *Browser) receive(back io.Reader) {
	r := bufio.NewReader(back)
	for {
		text, err := r.ReadBytes(0)
		var m message
		if err == nil {
			err = json.Unmarshal(text[:len(text)-1], &m)
		}
		b.mutex.Lock()
		if err != nil {
			b.ended = err
			for _, c := range b.waiting {
				close(c)
			}
			b.waiting = nil
			b.mutex.Unlock()
			return
		}
		c, page := b.waiting[m.ID], b.pages[m.SessionID]
		delete(b.waiting, m.ID)
		b.mutex.Unlock()
		switch {
		case c != nil:
			c <- m
		case page != nil:
			page.event(m)
		}
	}
}

// call sends a request and decodes the response into result, which may be nil.
func (b *Browser) call(session, method string, params, result any) error {
	encoded, err := json.Marshal(params)
	if err != nil {
		return err
	}
	b.mutex.Lock()
	if b.waiting == nil {
		b.mutex.Unlock()
		return fmt.Errorf("%s: the browser has ended: %w", method, b.ended)
	}
	b.lastID++
	m := message{ID: b.lastID, Method: method, Params: encoded, SessionID: session}
	answer := make(chan message, 1)
	b.waiting[m.ID] = answer
	text, err := json.Marshal(m)
	if err == nil {
		_, err = b.toward.Write(append(text, 0))
	}
	b.mutex.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m, ok := <-answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: the browser has ended", method)
		case m.Error != nil:
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		case result == nil:
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-time.After(patience):
		return errors.New(method + ": no answer")
	}
}

// stop ends the browser.
func (b *Browser) stop() {
	ended := make(chan struct{})
	go func() {
		_ = b.process.Wait()
		close(ended)
	}()
	_ = b.call("", "Browser.close", struct{}{}, nil)
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		_ = b.process.Process.Kill()
		<-ended
	}
	b.toward.Close()
}
