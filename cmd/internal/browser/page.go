package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// View is how a page is shown.
type View struct {
	Width, Height int    // of the window, in pixels of CSS; 0 for 1280 x 900
	Dark          bool   // the reader prefers dark colors
	Language      string // of the browser: "" for en-US
	Phone         bool   // touch screen in place of a mouse
}

// Page is a tab of the browser. Its methods end the test after an error.
type Page struct {
	t       testing.TB
	browser *Browser
	session string

	mutex    sync.Mutex
	problems []string
}

// Open opens a page and waits until it has loaded.
func (b *Browser) Open(t testing.TB, address string, v View) *Page {
	t.Helper()
	var context struct{ BrowserContextID string }
	var target struct{ TargetID string }
	var attached struct{ SessionID string }
	err := b.call("", "Target.createBrowserContext", struct{}{}, &context)
	if err == nil {
		err = b.call("", "Target.createTarget", map[string]any{"url": "about:blank", "browserContextId": context.BrowserContextID}, &target)
	}
	if err == nil {
		err = b.call("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	}
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{t: t, browser: b, session: attached.SessionID}
	b.mutex.Lock()
	b.pages[p.session] = p
	b.mutex.Unlock()
	t.Cleanup(func() {
		_ = b.call("", "Target.disposeBrowserContext", map[string]any{"browserContextId": context.BrowserContextID}, nil)
	})
	if v.Width == 0 {
		v.Width, v.Height = 1280, 900
	}
	if v.Language == "" {
		v.Language = "en-US"
	}
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	p.do("Runtime.enable", struct{}{})
	p.do("Log.enable", struct{}{})
	p.do("Page.enable", struct{}{})
	p.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": v.Width, "height": v.Height, "deviceScaleFactor": 1, "mobile": v.Phone})
	p.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
	p.do("Emulation.setLocaleOverride", map[string]any{"locale": v.Language})
	p.do("Network.setUserAgentOverride", map[string]any{"userAgent": "Chromium of a test", "acceptLanguage": v.Language})
	p.Go(address)
	return p
}

// do sends a request to the page.
func (p *Page) do(method string, params any) {
	p.t.Helper()
	if err := p.browser.call(p.session, method, params, nil); err != nil {
		p.t.Fatal(err)
	}
}

// Go opens another address in the page and waits until it has loaded.
func (p *Page) Go(address string) {
	p.t.Helper()
	var navigated struct{ ErrorText string }
	if err := p.browser.call(p.session, "Page.navigate", map[string]any{"url": address}, &navigated); err != nil {
		p.t.Fatal(err)
	}
	if navigated.ErrorText != "" {
		p.t.Fatalf("%s: %s", address, navigated.ErrorText)
	}
	p.Wait("document.readyState === 'complete' && location.href !== 'about:blank'")
}

// event notes errors of scripts and of the console.
func (p *Page) event(m message) {
	var found struct {
		ExceptionDetails struct {
			Text      string
			Exception struct{ Description string }
		}
		Entry struct{ Level, Text, URL string }
	}
	if err := json.Unmarshal(m.Params, &found); err != nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch {
	case m.Method == "Runtime.exceptionThrown":
		p.problems = append(p.problems, found.ExceptionDetails.Text+" "+found.ExceptionDetails.Exception.Description)
	case m.Method == "Log.entryAdded" && found.Entry.Level == "error":
		p.problems = append(p.problems, found.Entry.Text+" "+found.Entry.URL)
	}
}

// Problems returns the errors of scripts and of the console so far, except for those that contain one
// of some texts.
func (p *Page) Problems(except ...string) []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	var list []string
next:
	for _, problem := range p.problems {
		for _, text := range except {
			if strings.Contains(problem, text) {
				continue next
			}
		}
		list = append(list, problem)
	}
	return list
}

// Eval evaluates JavaScript, waits for it if it is a Promise, and decodes the value into result, which
// may be nil.
func (p *Page) Eval(script string, result any) {
	p.t.Helper()
	if err := p.eval(script, result); err != nil {
		p.t.Fatalf("%v\n%.500s", err, script)
	}
}

func (p *Page) eval(script string, result any) error {
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	params := map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true}
	if err := p.browser.call(p.session, "Runtime.evaluate", params, &answer); err != nil {
		return err
	}
	if e := answer.ExceptionDetails; e != nil {
		return fmt.Errorf("%s %s", e.Text, e.Exception.Description)
	}
	if result == nil || answer.Result.Value == nil {
		return nil
	}
	return json.Unmarshal(answer.Result.Value, result)
}

// Wait waits until an expression is true.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	var last error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var ok bool
		if last = p.eval("Boolean("+expression+")", &ok); last == nil && ok {
			return
		}
	}
	p.t.Fatalf("not true within %v: %s (%v), problems %v", patience, expression, last, p.Problems())
}

// Screenshot writes the whole page as a PNG file.
func (p *Page) Screenshot(path string) {
	p.t.Helper()
	var size struct {
		CSSContentSize struct{ X, Y, Width, Height float64 }
	}
	var picture struct{ Data []byte }
	err := p.browser.call(p.session, "Page.getLayoutMetrics", struct{}{}, &size)
	if err == nil {
		c := size.CSSContentSize
		err = p.browser.call(p.session, "Page.captureScreenshot", map[string]any{
			"format": "png", "captureBeyondViewport": true, "clip": map[string]any{"x": c.X, "y": c.Y, "width": c.Width, "height": c.Height, "scale": 1},
		}, &picture)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, picture.Data, 0o666); err != nil {
		p.t.Fatal(err)
	}
}
